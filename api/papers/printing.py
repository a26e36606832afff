"""A prescription as PDF: one file, Kazakh first, then Russian, so that neither travels without the other."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from functools import cache

from api.papers.typesetting import HERE, typeset
from api.papers.wording import prescription
from inspection.prescription_papers import Paper

TEMPLATE = "prescription.typ"
FORM = (TEMPLATE, "words.yaml", "wording.py", "signs.py", "pictures.py")


def print_prescription(paper: Paper, pictures: Mapping[str, bytes]) -> bytes:
    """The PDF of a prescription. pictures: by SHA-256 in hex, JPEG; a photo without one is named, not shown.

    Raises NotPrinted.
    """
    given = prescription(paper, pictures)
    files = {photo["file"]: pictures[photo["sha256"]] for photo in given["photos"]}
    return typeset(TEMPLATE, given, datetime.fromisoformat(paper.content["issued_at"]), files)


def edition(paper: Paper) -> str:
    """What a printed paper follows from, as one hash in hex: content, photos to be seen, template and words."""
    made = hashlib.sha256(paper.content_hash + "".join(sorted(paper.seen)).encode() + _form())
    return made.hexdigest()


@cache
def _form() -> bytes:
    return b"".join((HERE / name).read_bytes() for name in FORM)
