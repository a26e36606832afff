"""Write `docs/access.md` anew."""

from tests.access.document import document
from tests.house import ROOT

(ROOT / "docs" / "access.md").write_text(document(), encoding="utf-8")
