"""The clock of a tablet: years off, in 1970 until somebody corrects it, or right; and what it can swear to."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

# Any two differ by more than the two years that the tablets are enrolled for, so that a time that rests on the
# wrong one falls outside of what can be believed, and is never believed by mistake.
OFFSETS = (timedelta(0), timedelta(days=5 * 366), timedelta(days=-8 * 366), timedelta(days=-56 * 366))


@dataclass(slots=True)
class TabletClock:
    """skew: by how much it is wrong besides; a tablet keeps that for its life."""

    skew: timedelta
    offset: timedelta = field(default=timedelta(0))
    boots: int = 0

    def reads(self, moment: datetime) -> datetime:
        """What it shows at a true moment."""
        return (moment + self.offset + self.skew).astimezone(UTC)

    def jump(self, chance: Random) -> None:
        """Somebody sets it, or its battery was empty."""
        self.offset = chance.choice([each for each in OFFSETS if each != self.offset])
        self.boots += 1

    def correct(self) -> None:
        """The network sets it right."""
        self.offset = timedelta(0)

    def anchor(self, signed_at: datetime, chance: Random) -> dict[str, Any]:
        """The last time it heard the server's time before a true moment, and how long ago that was."""
        elapsed = timedelta(seconds=chance.randint(30, 9 * 3600))
        return {
            "server_time": (signed_at - elapsed).astimezone(UTC).isoformat(),
            "elapsed_ms": round(elapsed.total_seconds() * 1000),
            "boot_id": f"boot-{self.boots}",
        }
