"""Reading a catalogue file: strictly, safely, and with every fault at once.

`read_checklist` is for what people write; `as_document` and `from_document` are for what was read before.
"""

from collections.abc import Sequence
from itertools import chain
from typing import Any, ClassVar

from inspection.catalogue_checks import CHECKS, Named, check_unique, check_zone_use
from inspection.catalogue_document import as_document, criterion_from, from_document
from inspection.catalogue_form import CRITERION, CRITERION_OPTIONS, SECTIONS, fields
from inspection.catalogue_nodes import CatalogueFault, Node, Unreadable, compose
from inspection.criteria import Checklist, Criterion
from inspection.errors import InspectionError

__all__ = ["CatalogueFault", "CatalogueRefused", "as_document", "from_document", "read_checklist"]

MOST_CRITERIA = 2_000
MOST_SHOWN = 200  # more than that nobody reads, and a hostile file must not make a huge answer


class CatalogueRefused(InspectionError):
    """The file is no catalogue. errors: line, pointer, reason, accepted of each fault; total: how many of them."""

    slug: ClassVar[str] = "catalogue-refused"

    def __init__(self, faults: Sequence[CatalogueFault]) -> None:
        ordered = sorted(faults, key=lambda fault: fault.line)
        listed = [
            {"line": f.line, "pointer": f.pointer, "reason": f.reason, "accepted": f.accepted}
            for f in ordered[:MOST_SHOWN]
        ]
        super().__init__("the catalogue cannot be accepted", errors=listed, total=len(ordered))
        self.faults = tuple(ordered)


def read_checklist(text: str) -> Checklist:
    """The checklist a catalogue file describes.

    text: YAML of the form of `data/checklist.yaml`, at most 1 MiB.
    Raises CatalogueRefused with everything that is wrong with it.
    """
    faults: list[CatalogueFault] = []
    try:
        root = compose(text, faults)
    except Unreadable as unreadable:
        raise CatalogueRefused([*faults, unreadable.fault]) from None
    sections = fields(root, faults, SECTIONS, {})
    entries = _criteria_nodes(root, sections, faults)
    read = [(fields(node, faults, CRITERION, CRITERION_OPTIONS), node) for node in entries]
    faults.extend(_faults_of_meaning(root, sections, read))
    if faults:
        raise CatalogueRefused(faults)
    return from_document({**sections, "criteria": [values for values, _ in read]})


def _criteria_nodes(root: Node, sections: dict[str, Any], faults: list[CatalogueFault]) -> list[Node]:
    if "criteria" not in sections:
        return []  # the form has said so already
    nodes = root.at("criteria").value
    if not isinstance(nodes, list) or not 0 < len(nodes) <= MOST_CRITERIA:
        faults.append(root.at("criteria").wrong("no list of criteria", f"a list of 1 to {MOST_CRITERIA} criteria"))
        return []
    return nodes


def _faults_of_meaning(
    root: Node, sections: dict[str, Any], read: list[tuple[dict[str, Any], Node]]
) -> list[CatalogueFault]:
    """What the well-formed parts say that cannot be; ill-formed parts are left out, their names stay known."""
    kinds = _ids(root.at("facility_kinds"))
    well_formed = [
        (criterion_from(values, kinds), node) for values, node in read if CRITERION.keys() <= values.keys()
    ]
    by_id: dict[str, Criterion] = {}
    for criterion, _ in well_formed:
        by_id.setdefault(criterion.id, criterion)
    named = Named(
        zones=frozenset(_ids(root.at("zones"))),
        kinds=kinds,
        companions=frozenset(sections.get("companions", ())),
        ids=frozenset(values["id"] for values, _ in read if "id" in values),
        criteria=by_id,
    )
    unique = ("facility_kinds", "zones", "criteria")
    return [
        *chain.from_iterable(check_unique(root.at(section)) for section in unique),
        *(check_zone_use(sections["zone_use"], root.at("zone_use"), named) if "zone_use" in sections else ()),
        *chain.from_iterable(check(criterion, node, named) for criterion, node in well_formed for check in CHECKS),
    ]


def _ids(entries: Node) -> tuple[str, ...]:
    listed = entries.value if isinstance(entries.value, list) else []
    ids = (entry.at("id").value for entry in listed)
    return tuple(name for name in ids if isinstance(name, str))
