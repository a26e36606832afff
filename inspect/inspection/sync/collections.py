"""The collections that tablets know, and where in the feed each of them lies for whom."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from inspection.errors import NotFound
from inspection.sync.tablets import Tablet

SCHEMA_VERSION = 1


class Whose(StrEnum):
    """Who may have the documents of a collection."""

    DISTRICTS = "districts"  # who holds a grant where they lie
    COUNTRY = "country"  # everybody in the country
    PERSON = "person"  # one person alone


class Push(StrEnum):
    """What a tablet may send to a collection."""

    NOTHING = "nothing"
    INSERTS = "inserts"  # documents that never change; understood after they are kept
    EDITS = "edits"  # understood at once


@dataclass(frozen=True, slots=True)
class Collection:
    """One collection. most: documents that a page may hold, so that no answer grows beyond a few megabytes."""

    name: str
    whose: Whose
    push: Push = Push.NOTHING
    most: int = 5000

    def region(self, tablet: Tablet) -> str:
        """The region in whose feed the documents lie."""
        return tablet.country if self.whose is Whose.COUNTRY else tablet.region

    def scopes(self, tablet: Tablet) -> tuple[str, ...] | None:
        """The scopes that this tablet may read; None: every scope of the region."""
        if self.whose is Whose.DISTRICTS:
            return tablet.districts
        return ("",) if self.whose is Whose.COUNTRY else (str(tablet.caller.person_id),)


COLLECTIONS: Mapping[str, Collection] = {
    each.name: each
    for each in (
        Collection("facilities", Whose.DISTRICTS, Push.EDITS),
        Collection("checklists", Whose.COUNTRY, most=500),
        Collection("audits", Whose.DISTRICTS, Push.INSERTS, most=500),
        Collection("drafts", Whose.PERSON, Push.EDITS, most=500),
        Collection("violations", Whose.DISTRICTS),
        Collection("prescriptions", Whose.DISTRICTS),
        Collection("followups", Whose.DISTRICTS, Push.EDITS),
        Collection("photos", Whose.DISTRICTS, Push.INSERTS, most=1000),
        Collection("ranks", Whose.DISTRICTS),
        Collection("outcomes", Whose.PERSON),
    )
}


def collection_named(name: str) -> Collection:
    """The collection of this name. Raises NotFound."""
    found = COLLECTIONS.get(name)
    if found is None:
        raise NotFound("there is no such collection", accepted=sorted(COLLECTIONS))
    return found
