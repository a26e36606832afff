from datetime import timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.orm import Session

from inspection.bulk import among, insert_new_rows, insert_rows, upsert_rows
from inspection.tables.facilities import Standing
from inspection.tables.intake import IntakeRow
from inspection.tables.regions import Home
from tests.clock import NOW
from tests.inspection.traffic import counted, full_scans
from tests.inspection.world import COUNTRY, OTHER_REGION, REGION


def homes(*numbers: int, kind: str = "audit") -> list[dict[str, Any]]:
    return [{"id": UUID(int=number), "region": REGION, "kind": kind} for number in numbers]


def standing(number: int, region: str = REGION, **about: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {"passport": {}, "barriers": [], "without_effect": {}, "awaiting": {}}
    place = {"country": COUNTRY, "region_code": region, "district_code": None}
    rest = {"home_region": region, "id": UUID(int=number), "rev": 1, "audited_at": None, "changes_on": None}
    return {**rest, **place, **plain, "settled_at": NOW, **about}


def test_a_thousand_rows_are_inserted_by_few_statements(session: Session) -> None:
    with counted(session) as traffic:
        insert_rows(session, Home, homes(*range(1000)))
    assert traffic.statements <= 2
    assert len(session.scalars(select(Home.id)).all()) == 1000


def test_rows_that_must_be_new_and_are_not_are_refused(session: Session) -> None:
    insert_rows(session, Home, homes(1))
    with pytest.raises(IntegrityError), session.begin_nested():
        insert_rows(session, Home, homes(2, 1))


def test_rows_whose_key_is_taken_are_left_as_they_are(session: Session) -> None:
    insert_rows(session, Home, homes(1, 2))
    new = insert_new_rows(session, Home, homes(1, 2, 3, kind="facility"))
    assert new == {(UUID(int=3),)}
    assert session.get_one(Home, UUID(int=1)).kind == "audit"


def test_an_upsert_replaces_counts_up_and_keeps_what_it_is_told_to_keep(session: Session) -> None:
    upsert_rows(session, Standing, [standing(1, barriers=[1]), standing(2)])
    later = NOW + timedelta(hours=1)
    upsert_rows(session, Standing, [standing(1, barriers=[2], settled_at=later)], keep=["settled_at"])
    first, second = (session.get_one(Standing, (REGION, UUID(int=n))) for n in (1, 2))
    assert (first.rev, first.barriers, first.settled_at) == (2, [2], NOW)
    assert second.rev == 1


def test_nothing_to_write_sends_nothing(session: Session) -> None:
    with counted(session) as traffic:
        insert_rows(session, Home, [])
        upsert_rows(session, Standing, [])
        assert insert_new_rows(session, Home, []) == set()
    assert traffic.statements == 0


def test_keys_are_found_among_several_regions_by_the_primary_key(session: Session) -> None:
    insert_rows(session, Standing, [standing(n, region) for n in range(9) for region in (REGION, OTHER_REGION)])
    wanted = [(REGION, UUID(int=1)), (REGION, UUID(int=2)), (OTHER_REGION, UUID(int=3))]
    condition = among((Standing.home_region, Standing.id), wanted)
    with counted(session) as traffic:
        found = session.execute(select(Standing.home_region, Standing.id).where(condition)).all()
    assert sorted(tuple(row) for row in found) == sorted(wanted)
    assert full_scans(session, traffic) == set()


def test_among_no_keys_nothing_is_found(session: Session) -> None:
    insert_rows(session, Standing, [standing(1)])
    assert session.scalars(select(Standing.id).where(among((Standing.home_region, Standing.id), []))).all() == []


def kept(number: int, **about: Any) -> dict[str, Any]:
    plain = {
        "home_region": REGION,
        "collection": "audits",
        "document_id": UUID(int=number),
        "content_hash": b"\x00\xff",
    }
    return {**plain, "body": bytes(range(256)), "schema_version": 1, "received_at": NOW, **about}


def test_bytes_moments_and_words_come_back_as_they_were_and_what_is_left_out_has_its_default(
    session: Session,
) -> None:
    almaty = NOW.astimezone(timezone(timedelta(hours=5)))
    said = 'quotes " and \\ and \n and ә and \U0001f642 and \\u0000'
    insert_rows(session, IntakeRow, [kept(1, reason=said, device_time=almaty, person_id=None)])
    (row,) = session.scalars(select(IntakeRow)).all()
    assert (row.content_hash, row.body, row.reason) == (b"\x00\xff", bytes(range(256)), said)
    assert (row.device_time, row.state, row.attempts, row.outcome_rev) == (NOW, "kept", 0, 1)


def test_a_document_in_a_row_keeps_its_numbers_and_its_nothing(session: Session) -> None:
    document = {"a": [1, 1.0, 0.1, 1e300, 2**60, None, True, "ә"], "b": {}}
    insert_rows(session, Standing, [standing(1, passport=document)])
    held = session.scalars(select(Standing.passport)).one()
    assert [*map(repr, held["a"])] == [*map(repr, document["a"])]


def test_a_moment_without_a_time_zone_is_refused(session: Session) -> None:
    with pytest.raises((ValueError, StatementError), match="without a time zone"):
        insert_rows(session, IntakeRow, [kept(1, received_at=NOW.replace(tzinfo=None))])
