"""What was measured and what was wanted, in words: the same in letters, on papers and on an operator's page."""

import re
from typing import Any

from api.mail.texts import texts
from inspection.measures import without_unit

TIGHT = "\N{NO-BREAK SPACE}"  # a number never parts from its unit
SHARE = re.compile(r"\(.*: (.*)\)$")  # of `≥ 1 / 25 (60: ≥ 3)` what it comes to


def measured(value: Any, unit: str | None, language: str) -> str:
    """A judged value with its unit; empty where there is none, or a code of a list that has no words."""
    if isinstance(value, bool):
        return texts().say("word", "yes" if value else "no", language)
    if isinstance(value, int | float):
        return with_unit(f"{value:.5g}".replace(".", ","), unit, language)  # both languages write a decimal comma
    return ""


def wanted(limit: str | None, value: Any, unit: str | None, language: str) -> str:
    """The limit that a value was judged by; empty where there is none, or it is a list of codes."""
    if not limit or isinstance(value, str):
        return ""
    if limit in ("true", "false"):
        return texts().say("word", "yes" if limit == "true" else "no", language)
    bare = without_unit(limit, unit) or ""
    share = SHARE.search(bare)
    said = (share[1] if share else bare).replace("<=", "≤").replace(">=", "≥")
    return with_unit(said.replace("≥ ", f"≥{TIGHT}").replace("≤ ", f"≤{TIGHT}").replace(".", ","), unit, language)


def with_unit(said: str, unit: str | None, language: str) -> str:
    """A number with its unit in words."""
    word = texts().unit(unit, language)
    return f"{said}{TIGHT}{word}" if said and word else said
