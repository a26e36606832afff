"""What the table of use records refuses by itself, and what two people do at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.exc import IntegrityError

from inspection import use_records
from inspection.errors import AlreadyDifferent
from inspection.tables.regions import Home
from inspection.tables.use_records import UseRecord, UseSource
from inspection.use_claims import Claim
from tests.clock import NOW
from tests.inspection.world import COUNTRY, DISTRICT, REGION, World

MARCH = {"period_from": date(2026, 3, 1), "period_to": date(2026, 3, 16)}
DAY = {"period_from": date(2026, 3, 1), "period_to": date(2026, 3, 1)}
COUNT: dict[str, Any] = {"source": "counted", "visits": 4, "completeness": 1.0, **MARCH}
ZERO: dict[str, Any] = {
    **COUNT,
    "source": "statement",
    "visits": 0,
    "attested_zero": True,
    "signed_on": NOW.date(),
}
COMPLAINT: dict[str, Any] = {**COUNT, "source": "complaint", "visits": 1, **DAY}
REGISTER: dict[str, Any] = {**COUNT, "source": "register", "visits": None, "clients": 9, **DAY}
SIGNED: dict[str, Any] = {"countersigned_by": UUID(int=7), "countersigned_at": NOW}
WITHDRAWN: dict[str, Any] = {"withdrawn_by": UUID(int=7), "withdrawn_at": NOW, "withdrawn_why": "ошибка"}


def add(world: World, **about: Any) -> None:
    place = {"home_region": REGION, "country": COUNTRY, "region_code": REGION, "district_code": DISTRICT}
    made = {"id": world.new_id(), "facility_id": world.new_id(), "author_id": world.inspector, "recorded_at": NOW}
    world.add(UseRecord(**place, **(made | about)))


def test_every_kind_of_evidence_can_be_kept(world: World) -> None:
    for about in (COUNT, ZERO, ZERO | SIGNED, COMPLAINT, REGISTER, REGISTER | MARCH, COUNT | WITHDRAWN):
        add(world, **about)
    add(world, **COUNT | {"author_id": None, "groups": {"vision": 4}})
    assert len(world.rows(UseRecord)) == 8


@pytest.mark.parametrize(
    "about",
    [
        COUNT | {"visits": -1},
        COUNT | {"visits": None},
        COUNT | {"clients": 3},
        COUNT | {"source": "hearsay"},
        COUNT | {"completeness": 0.0},
        COUNT | {"completeness": 1.1},
        COUNT | DAY,
        COUNT | {"attested_zero": True},
        COUNT | SIGNED,
        COUNT | {"withdrawn_by": UUID(int=7)},
        COUNT | {"withdrawn_by": UUID(int=7), "withdrawn_at": NOW},
        ZERO | {"visits": 1},
        ZERO | {"signed_on": None},
        ZERO | {"countersigned_by": UUID(int=7)},
        ZERO | SIGNED | {"author_id": UUID(int=7)},
        COMPLAINT | MARCH,
        COMPLAINT | {"visits": 2},
        REGISTER | {"visits": 9},
        REGISTER | {"clients": None},
        REGISTER | {"clients": -1},
        REGISTER | {"period_to": date(2026, 2, 1)},
    ],
)
def test_the_table_refuses_what_can_never_be_true(world: World, about: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError):
        add(world, **about)


def test_of_two_who_enter_one_id_at_once_one_is_refused_if_they_say_different_things(own_world: World) -> None:
    facility = own_world.facility()
    own_world.add(Home(id=facility, region=REGION, kind="facility"))
    made, caller = own_world.new_id(), own_world.caller(own_world.inspector)

    def enter(visits: int) -> bool | None:
        claim = Claim(UseSource.COUNTED, MARCH["period_from"], MARCH["period_to"], visits=visits)
        try:
            with own_world.unit(own_world.inspector) as unit:
                return use_records.enter(unit, caller, facility, made, claim)[1]
        except AlreadyDifferent:
            return None

    with ThreadPoolExecutor(4) as threads:
        outcomes = list(threads.map(enter, (5, 5, 5, 6)))
    (record,) = own_world.rows(UseRecord)
    assert outcomes.count(True) == 1
    assert outcomes.count(None) == (1 if record.visits == 5 else 3)
