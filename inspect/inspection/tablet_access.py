"""How a tablet comes to its access and keeps it: a pairing code, then refresh tokens that follow one another.

Tokens are computed from the tablet's id and a generation by whoever holds the key (`api/tablet_tokens.py`); here
is which generation comes next. A lost answer or two calls at once must not lock anybody out in the field, so the
token before the newest is good for the newest once more. One older than that was copied: the tablet is stopped.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from inspection.access import Act, Caller, known, require
from inspection.area_places import place_of
from inspection.bulk import insert_new_rows
from inspection.calendar_links import revoke_of
from inspection.errors import (
    AlreadyDifferent,
    Fault,
    InvalidInput,
    NotFound,
    NotPaired,
    Unauthenticated,
    WrongCode,
)
from inspection.granting import governs, still_governs
from inspection.journal import Change
from inspection.tables.areas import Area, Level
from inspection.tables.people import Device, Pairing
from inspection.unit import Unit

PAIRING_LASTS = timedelta(minutes=15)
SILENCE = timedelta(days=180)  # after which a tablet has to be paired anew
STILL_SENDS = timedelta(days=60)  # a stopped tablet what it holds, for a person to look at


@dataclass(frozen=True, slots=True)
class NewPairing:
    """An official's wish. id is made by the client; code_hash: of the code that they will show to the tablet."""

    id: UUID
    person_id: UUID
    region_code: str
    code_hash: bytes


@dataclass(frozen=True, slots=True)
class Report:
    """What a tablet says of itself when it asks for tokens. unsent: documents that wait on it."""

    app_version: str | None = None
    unsent: int | None = None


@dataclass(frozen=True, slots=True)
class Access:
    """What a tablet may be given tokens for. stopped: it only sends what it holds, and is given nothing."""

    device_id: UUID
    generation: int
    region_code: str
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class Generations:
    """What a presented token leads to: the generation that is handed out, or the end of trust."""

    generation: int
    copied: bool = False


def follow(held: int, presented: int) -> Generations:
    """Which generation comes after the presented one, where `held` is the newest that was handed out.

    More than that is known of a tablet whose last renewals a restored backup forgot: it goes on from where it is.
    """
    if presented >= held:
        return Generations(presented + 1)
    return Generations(held, copied=presented < held - 1)


def make_pairing(unit: Unit, caller: Caller, wish: NewPairing) -> Pairing:
    """Allow one tablet to be enrolled for a person in a region.

    For people all of whose grants lie where the caller may enrol tablets; of others there is no such person.
    Raises NotFound, Forbidden, InvalidInput for an area that is no region or holds nothing for that person, and
    AlreadyDifferent for an id or code that is taken.
    """
    region = unit.session.get(Area, wish.region_code)
    if region is None or region.level != Level.REGION:
        raise InvalidInput([Fault("/region", "a tablet belongs to a region", "the code of a region")])
    require(caller, Act.ENROL, place_of(region), what="person")
    _refuse_others(unit, caller, wish.person_id, region)
    row = {
        "id": wish.id,
        "person_id": wish.person_id,
        "region_code": wish.region_code,
        "code_hash": wish.code_hash,
        "made_by": caller.person_id,
        "made_at": unit.now,
        "expires_at": unit.now + PAIRING_LASTS,
    }
    if not insert_new_rows(unit.session, Pairing, [row]):
        raise AlreadyDifferent("this pairing was made before; make another", pairing=str(wish.id))
    facts = {"person_id": (None, wish.person_id), "expires_at": (None, row["expires_at"])}
    unit.journal.add(Change(region.code, "pairing.made", "pairing", str(wish.id), facts))
    return unit.session.get_one(Pairing, wish.id)


def pair(unit: Unit, code_hash: bytes, device_id: UUID, report: Report) -> Access:
    """Enrol the tablet that knows a code. A tablet whose answer was lost asks again and gets the same.

    Raises WrongCode for a code that is not known, over, used by another tablet, or made by somebody who may not
    enrol for that person any more, which it does not tell apart; AlreadyDifferent for the id of another tablet.
    """
    found = select(Pairing).where(Pairing.code_hash == code_hash, Pairing.expires_at > unit.now)
    pairing = unit.session.scalars(found.with_for_update()).one_or_none()
    if pairing is None or pairing.device_id not in (None, device_id):
        raise WrongCode("this code is not known, or it is over")
    if pairing.device_id is None:
        if not still_governs(unit.session, pairing.made_by, Act.ENROL, pairing.person_id, now=unit.now):
            raise WrongCode("this code is not known, or it is over")
        _enrol(unit, pairing, device_id, report)
    device = unit.session.get_one(Device, device_id, with_for_update=True)
    if device.generation != 0:
        raise WrongCode("this code is not known, or it is over")  # its tokens have moved on
    return Access(device_id, 0, device.region_code, stopped=device.stopped_at is not None)


def renew(unit: Unit, device_id: UUID, presented: int, report: Report) -> Access:
    """The generation that a tablet goes on with, which is also kept.

    A copied token stops the tablet, as if an official had: it may still send what it holds. Raises Unauthenticated
    for a tablet that is not known, NotPaired for one that was silent for too long or was stopped long ago.
    """
    device = unit.session.get(Device, device_id, with_for_update=True)
    if device is None or device.generation is None:
        raise Unauthenticated("the token is not known")
    if device.renewed_at is not None and device.renewed_at + SILENCE < unit.now:
        raise NotPaired("this tablet was silent for too long; it has to be paired anew")
    if device.stopped_at is not None:
        if device.stopped_at + STILL_SENDS < unit.now:
            raise NotPaired("this tablet was stopped, and the time to send what it holds is over")
        _remember(unit, device, report)
        return Access(device_id, device.generation, device.region_code, stopped=True)
    following = follow(device.generation, presented)
    if following.copied:
        _stop_copied(unit, device, presented)
    device.generation = following.generation
    _remember(unit, device, report)
    return Access(device_id, following.generation, device.region_code, stopped=following.copied)


def _enrol(unit: Unit, pairing: Pairing, device_id: UUID, report: Report) -> None:
    row = {
        "id": device_id,
        "person_id": pairing.person_id,
        "region_code": pairing.region_code,
        "enrolled_at": unit.now,
        "stolen": False,
        "generation": 0,
        "renewed_at": unit.now,
        "app_version": report.app_version,
        "unsent": report.unsent,
    }
    if not insert_new_rows(unit.session, Device, [row]):
        raise AlreadyDifferent("another tablet has this id; make a new one", device=str(device_id))
    pairing.device_id = device_id
    facts = {"person_id": (None, pairing.person_id), "pairing": (None, pairing.id)}
    enrolled = Change(pairing.region_code, "tablet.enrolled", "tablet", str(device_id), facts, device_id=device_id)
    unit.journal.add(enrolled)
    unit.session.flush()


def _refuse_others(unit: Unit, caller: Caller, person_id: UUID, region: Area) -> None:
    if not governs(unit, caller, Act.ENROL, person_id):
        raise NotFound("there is no such person", kind="person")
    held = known(unit.session, person_id, now=unit.now).grants
    areas = [unit.session.get_one(Area, grant.area_code) for grant in held]
    if not any(area.code in (region.code, region.country) or area.parent_code == region.code for area in areas):
        raise InvalidInput([Fault("/region", "this person has no grant there", "a region of one of their grants")])


def _stop_copied(unit: Unit, device: Device, presented: int) -> None:
    device.stopped_at, device.stolen = unit.now, True
    facts = {"stopped_at": (None, unit.now), "presented": (None, presented), "newest": (None, device.generation)}
    reason = "a token of this tablet was used again after two newer ones"
    unit.journal.add(Change(device.region_code, "tablet.copied", "tablet", str(device.id), facts, reason=reason))
    revoke_of(unit, device.person_id, device.region_code)


def _remember(unit: Unit, device: Device, report: Report) -> None:
    device.renewed_at = unit.now
    device.app_version = report.app_version or device.app_version
    device.unsent = report.unsent if report.unsent is not None else device.unsent
