from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from sqlalchemy import Engine, make_url, select
from sqlalchemy.exc import DBAPIError, StatementError
from sqlalchemy.orm import Session

from inspection.database import connect, reading
from inspection.tables.people import Person
from tests.clock import NOW
from tests.inspection.world import World

EXTREMES = (datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC))


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
@pytest.mark.parametrize("zone", ["Asia/Almaty", "America/Lima"])
def test_every_moment_comes_back_whatever_time_zone_the_server_is_set_to(
    fresh_url: str, fresh_database: Engine, zone: str
) -> None:
    with fresh_database.begin() as connection:
        connection.exec_driver_sql(f"ALTER DATABASE \"{make_url(fresh_url).database}\" SET timezone TO '{zone}'")
    engine = connect(fresh_url)
    with Session(engine) as session, session.begin():
        for number, moment in enumerate(EXTREMES):
            session.add(Person(id=UUID(int=number), name="x", created_at=moment))
    with Session(engine) as session:
        assert session.scalars(select(Person.created_at).order_by(Person.created_at)).all() == list(EXTREMES)
    engine.dispose()


def test_a_moment_is_stored_in_utc_and_one_without_a_zone_is_refused(session: Session) -> None:
    session.add(Person(id=UUID(int=1), name="x", created_at=NOW.astimezone(timezone(timedelta(hours=5)))))
    session.flush()
    session.expire_all()
    assert session.get_one(Person, UUID(int=1)).created_at == NOW
    assert session.get_one(Person, UUID(int=1)).created_at.tzinfo is UTC
    session.add(Person(id=UUID(int=2), name="x", created_at=NOW.replace(tzinfo=None)))
    with pytest.raises(StatementError):
        session.flush()


def test_a_unit_that_only_reads_cannot_write(own_world: World, fresh_database: Engine) -> None:
    with Session(reading(fresh_database)) as session:
        assert session.get(Person, own_world.head) is not None
        session.add(Person(id=UUID(int=3), name="x", created_at=NOW))
        with pytest.raises(DBAPIError):
            session.flush()
