"""`python -m bench.sync prepare | run`; the package says how they are used."""

import argparse
import sys
from datetime import UTC, datetime
from functools import partial

from sqlalchemy import Engine, text

import inspection.tables  # noqa: F401 - registers every table
from api.migrate import upgrade
from api.work import Units
from bench.sync.place import make_facilities, make_region, publish_questions
from bench.sync.shared import use_shared_bench
from bench.violations.country import make as make_country
from inspection.database import connect

FACILITIES_A_UNIT = 1000
COUNTRY_FACILITIES = 43_000  # of 200,000 violations


def main() -> None:
    """Fill a database, or hand over to the shared bench."""
    use_shared_bench()
    if sys.argv[1:2] == ["run"]:
        import run  # type: ignore[import-not-found]

        sys.argv = ["bench.sync run", *sys.argv[2:]]
        run.main()
        return
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=["prepare", "run"])
    parser.add_argument("--database", required=True, help="SQLAlchemy address of an empty database")
    parser.add_argument("--facilities", type=int, default=5000, help="of the region that syncs")
    parser.add_argument("--violations", type=int, default=0, help="of the country around it, for the lists")
    wanted = parser.parse_args()
    prepare(wanted.database, wanted.facilities, wanted.violations)


def prepare(url: str, facilities: int, violations: int) -> None:
    """Make everything that the adapter takes for granted."""
    import data  # type: ignore[import-not-found]

    upgrade(url)
    engine = connect(url)
    if violations:
        sites = max(1000, violations * COUNTRY_FACILITIES // 200_000)
        make_country(engine, violations=violations, facilities=sites, now=datetime.now(UTC))
    units = Units(engine)
    units.write(make_region)
    units.write(lambda work: publish_questions(work, map(data.checklist, range(1, 13)), data.TYPES))
    for first in range(0, facilities, FACILITIES_A_UNIT):
        numbers = range(first, min(first + FACILITIES_A_UNIT, facilities))
        units.write(partial(make_facilities, facilities=[data.facility(n) for n in numbers]))
    _analyse(engine)
    print(f"{facilities} facilities, {violations} violations elsewhere")


def _analyse(engine: Engine) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE" if engine.dialect.name == "postgresql" else "ANALYZE"))


if __name__ == "__main__":
    main()
