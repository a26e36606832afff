"""`docs/privacy.md` says of every table whether it holds anything about people."""

import re

import inspection.tables  # noqa: F401 - registers every table
from inspection.database import Base
from tests.house import ROOT


def test_every_table_is_named_once() -> None:
    page = (ROOT / "docs/privacy.md").read_text("utf-8")
    rows = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `")]
    nothing = page.partition("No personal data:")[2].partition("\n\n")[0]
    named = re.findall(r"`(\w+)`", " ".join([*rows, nothing]))
    assert sorted(named) == sorted(Base.metadata.tables)
