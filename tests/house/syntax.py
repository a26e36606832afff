"""Python sources as syntax trees in which every name knows where it was imported from."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tests.house import ROOT


@dataclass(frozen=True)
class Source:
    """One module.

    name: its path in the repository, with slashes. text: its Python source.
    """

    name: str
    text: str

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Every node of the tree."""
        return tuple(ast.walk(ast.parse(self.text, filename=self.name)))

    @cached_property
    def parents(self) -> dict[ast.AST, ast.AST]:
        """The node that each node stands in."""
        return {child: node for node in self.nodes for child in ast.iter_child_nodes(node)}

    @cached_property
    def imported(self) -> dict[str, str]:
        """What each imported name stands for, dotted: `{"Session": "sqlalchemy.orm.Session"}`."""
        names: dict[str, str] = {}
        for node in self.nodes:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    names |= (
                        {alias.asname: alias.name} if alias.asname else {(top := alias.name.split(".")[0]): top}
                    )
            elif isinstance(node, ast.ImportFrom):
                names |= {a.asname or a.name: f"{node.module or ''}.{a.name}" for a in node.names}
        return names

    def origin(self, node: ast.AST) -> str | None:
        """Dotted name an expression stands for if it is an imported name or an attribute of one, else None."""
        if isinstance(node, ast.Name):
            return self.imported.get(node.id)
        if isinstance(node, ast.Attribute) and (owner := self.origin(node.value)):
            return f"{owner}.{node.attr}"
        return None

    def is_called(self, node: ast.AST) -> ast.Call | None:
        """The call in which this expression is what is called."""
        parent = self.parents.get(node)
        return parent if isinstance(parent, ast.Call) and parent.func is node else None

    def at(self, node: ast.AST, what: str) -> str:
        """A complaint with its place."""
        return f"{self.name}:{getattr(node, 'lineno', 0)}: {what}"


def sources(*folders: str) -> Iterator[Source]:
    """Every module under folders of the repository."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield source(path)


def source(path: Path) -> Source:
    """The module in a file of the repository."""
    return Source(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))
