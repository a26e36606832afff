"""Typst at work: PDF/UA-1 from built-in fonts alone.

No font, package or clock of the machine is asked: the same template with the same content and the same pictures
gives the same bytes wherever it is printed.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import typst

HERE = Path(__file__).parent


class NotPrinted(Exception):
    """A paper could not be made. Its text says why, for whoever keeps the server."""


def typeset(template: str, given: Mapping[str, Any], at: datetime, pictures: Mapping[str, bytes]) -> bytes:
    """The PDF of a paper.

    template: name of a file beside this one, given: what it prints; at: the moment that stands in the file;
    pictures: by the name of their file. Raises NotPrinted.
    """
    with TemporaryDirectory(prefix="pandus-paper-") as folder:  # for each: others print at the same time
        for name, picture in pictures.items():
            (Path(folder) / name).write_bytes(picture)
        return _compile((HERE / template).read_bytes(), given, folder, at)


def _compile(template: bytes, given: Mapping[str, Any], folder: str, at: datetime) -> bytes:
    (source := Path(folder) / "paper.typ").write_bytes(template)
    compiler = typst.Compiler(source, root=folder, font_paths=_fonts(), ignore_system_fonts=True)
    said = {"given": json.dumps(given, ensure_ascii=False)}
    try:
        made = compiler.compile(format="pdf", sys_inputs=said, pdf_standards="ua-1", timestamp=int(at.timestamp()))
    except RuntimeError as error:  # of which the library's own error is one kind
        raise NotPrinted(f"the paper could not be printed: {error}") from error
    if not isinstance(made, bytes):
        raise NotPrinted("the printer gave no single file")
    return made


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False)
