"""A prescription as PDF: one file, Kazakh first, then Russian, so that neither travels without the other.

PDF/UA-1 from built-in fonts alone: no font, package or clock of the machine is asked, and the same content with
the same pictures gives the same bytes wherever it is printed.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import typst

from api.papers.wording import prescription
from inspection.prescription_papers import Paper

TEMPLATE = Path(__file__).parent / "prescription.typ"
FORM = ("prescription.typ", "words.yaml", "wording.py", "signs.py", "pictures.py")


class NotPrinted(Exception):
    """A paper could not be made. Its text says why, for whoever keeps the server."""


def print_prescription(paper: Paper, pictures: Mapping[str, bytes]) -> bytes:
    """The PDF of a prescription. pictures: by SHA-256 in hex, JPEG; a photo without one is named, not shown.

    Raises NotPrinted.
    """
    given = prescription(paper, pictures)
    at = datetime.fromisoformat(paper.content["issued_at"])
    with TemporaryDirectory(prefix="pandus-paper-") as folder:
        for photo in given["photos"]:
            (Path(folder) / photo["file"]).write_bytes(pictures[photo["sha256"]])
        return _compile(TEMPLATE.read_bytes(), given, folder, at)


def _compile(template: bytes, given: Mapping[str, Any], folder: str, at: datetime) -> bytes:
    (source := Path(folder) / "paper.typ").write_bytes(
        template
    )  # a folder for each: others print at the same time
    compiler = typst.Compiler(source, root=folder, font_paths=_fonts(), ignore_system_fonts=True)
    said = {"given": json.dumps(given, ensure_ascii=False)}
    try:
        made = compiler.compile(format="pdf", sys_inputs=said, pdf_standards="ua-1", timestamp=int(at.timestamp()))
    except RuntimeError as error:  # of which the library's own error is one kind
        raise NotPrinted(f"the paper could not be printed: {error}") from error
    if not isinstance(made, bytes):
        raise NotPrinted("the printer gave no single file")
    return made


def edition(paper: Paper) -> str:
    """What a printed paper follows from, as one hash in hex: content, photos to be seen, template and words."""
    made = hashlib.sha256(paper.content_hash + "".join(sorted(paper.seen)).encode() + _form())
    return made.hexdigest()


@cache
def _form() -> bytes:
    return b"".join((Path(__file__).parent / name).read_bytes() for name in FORM)


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False)
