"""Merging two facilities that turned out to be one place, and separating them again.

A merge is an alias: no row of either moves, nothing signed changes. From then on the survivor is settled by the
histories of both, and the other, whose history counts there, by none. When the alias ends each has its own again.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import select

from inspection.access import Act, Caller, require
from inspection.aliases import lock_merged, merged_into
from inspection.bulk import among, insert_rows
from inspection.dossiers import open_dossiers
from inspection.errors import DoesNotApply, Fault, InvalidInput
from inspection.facilities import KIND, apply
from inspection.handling import rewrite_handling
from inspection.homes import find
from inspection.journal import Change
from inspection.settling import write_settled
from inspection.tables.duplicates import FacilityMerge
from inspection.tables.facilities import Facility, Standing
from inspection.unit import Unit


def merge(unit: Unit, caller: Caller, merged: Facility, survivor: Facility, reason: str) -> None:
    """Let one facility stand for another from now on. Both, and all merged with them, are locked already.

    survivor: where that is itself merged, whoever stands for it is meant. What is merged there already is left as
    it is. Raises Forbidden and NotFound, asked for every facility concerned, InvalidInput for an empty reason, and
    DoesNotApply for facilities of different regions, for one that stands for others or is merged elsewhere, and
    for a survivor that is closed.
    """
    require_reason(reason)
    if survivor.merged_into is not None:
        survivor = unit.session.get_one(Facility, (survivor.home_region, survivor.merged_into))
    for each in (merged, survivor):
        require(caller, Act.CONFIRM, each, what=KIND)
    if survivor.id in (merged.id, merged.merged_into):
        return
    _refuse(unit, merged, survivor)
    row = {
        "home_region": merged.home_region,
        "id": unit.new_id(),
        "rev": 1,
        "facility_id": merged.id,
        "survivor_id": survivor.id,
        "was_active": merged.active,
        "merged_at": unit.now,
        "merged_by": caller.person_id,
        "reason": reason,
    }
    insert_rows(unit.session, FacilityMerge, [row])
    apply(unit, merged, {"active": False, "merged_into": survivor.id}, None)
    _journal(unit, merged, "facility.merged", (None, survivor.id), reason)
    _settle(unit, (merged, survivor))


def separate(unit: Unit, caller: Caller, facility_id: UUID, reason: str) -> Facility:
    """End the merge of a facility: it and the one that stood for it are what they would be without it.

    The same again changes nothing. Raises NotFound, Forbidden, InvalidInput for an empty reason, and DoesNotApply
    for a facility that is merged into no other.
    """
    asked = find(unit.session, Facility, facility_id)
    require(caller, Act.CONFIRM, asked, what=KIND)
    assert asked is not None  # noqa: S101 - require refuses None
    require_reason(reason)
    held, _ = lock_merged(unit.session, [(asked.home_region, facility_id)])
    merged = held[facility_id]
    require(caller, Act.CONFIRM, merged, what=KIND)
    wanted = select(FacilityMerge).where(
        FacilityMerge.home_region == merged.home_region, FacilityMerge.facility_id == facility_id
    )
    alias = unit.session.scalars(wanted.order_by(FacilityMerge.merged_at.desc(), FacilityMerge.id.desc())).first()
    if merged.merged_into is None or alias is None:
        if alias is not None and (alias.ended_by, alias.end_reason) == (caller.person_id, reason):
            return merged
        raise DoesNotApply("this facility is merged into no other", facility=str(facility_id))
    survivor = held[merged.merged_into]
    require(caller, Act.CONFIRM, survivor, what=KIND)
    alias.ended_at, alias.ended_by, alias.end_reason = unit.now, caller.person_id, reason
    alias.rev += 1
    apply(unit, merged, {"active": alias.was_active, "merged_into": None}, None)
    _journal(unit, merged, "facility.separated", (survivor.id, None), reason)
    _settle(unit, (merged, survivor))
    return merged


def require_reason(reason: str) -> None:
    """Refuse an empty reason. Raises InvalidInput."""
    if not reason.strip():
        raise InvalidInput([Fault("/reason", "the reason is empty", "a sentence")])


def _refuse(unit: Unit, merged: Facility, survivor: Facility) -> None:
    """What cannot be merged. Facilities born in two regions are kept in two feeds and two journals."""
    if merged.home_region != survivor.home_region or merged.region_code != survivor.region_code:
        here, there = merged.region_code, survivor.region_code
        raise DoesNotApply("facilities of different regions are not merged", merged=here, survivor=there)
    if merged.merged_into is not None:
        reason = "this facility is merged into another one already: separate them first"
        raise DoesNotApply(reason, facility=str(merged.id), merged_into=str(merged.merged_into))
    if others := merged_into(unit.session, [(merged.home_region, merged.id)]):
        reason = "this facility stands for others: let it be the survivor, or separate them first"
        raise DoesNotApply(reason, facility=str(merged.id), stands_for=sorted(str(each) for each in others))
    if not survivor.active:
        raise DoesNotApply("the facility that would remain is closed", survivor=str(survivor.id))


def _journal(unit: Unit, merged: Facility, action: str, alias: tuple[Any, Any], reason: str) -> None:
    facts = {"merged_into": alias}
    unit.journal.add(Change(merged.home_region, action, KIND, str(merged.id), facts, reason))


def _settle(unit: Unit, facilities: Iterable[Facility]) -> None:
    """Settle both anew, unless nobody has ever found anything there."""
    keys = [(each.home_region, each.id) for each in facilities]
    unit.session.flush()
    dossiers = open_dossiers(unit, keys)
    every = [(dossier.facility.home_region, made) for made, dossier in dossiers.items()]
    found = select(Standing.id).where(among((Standing.home_region, Standing.id), every))
    settled = set(unit.session.scalars(found))
    write_settled(unit, [d for made, d in dossiers.items() if made in settled or d.audits])
    for dossier in dossiers.values():
        if dossier.survivor is None:
            rewrite_handling(unit, dossier.facility)
