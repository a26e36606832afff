"""Ranking whole countries, unit by unit."""

from functools import partial
from uuid import UUID

from sqlalchemy import select

from api.work import Units, Work
from inspection.countries import local_date
from inspection.district_ranks import write_district_ranks
from inspection.ranks import Expected, expected, rank_page
from inspection.tables.areas import Area, Level


def update_all(units: Units) -> int:
    """Rank all countries, and let tablets hear of it. Returns how many facilities and violations changed."""
    changed = 0
    for country, regions in units.read(_regions).items():
        before = units.read(partial(_expected, country=country))
        for region in regions:
            after: UUID | None = None
            while True:
                after, page = units.write(partial(rank_page, region=region, before=before, after=after))
                changed += page
                if after is None:
                    break
            units.write(partial(write_district_ranks, region=region))
    return changed


def _regions(work: Work) -> dict[str, list[str]]:
    found = work.session.execute(
        select(Area.country, Area.code).where(Area.level == Level.REGION).order_by(Area.code)
    )
    regions: dict[str, list[str]] = {}
    for country, code in found:
        regions.setdefault(country, []).append(code)
    return regions


def _expected(work: Work, country: str) -> Expected:
    return expected(work.session, country, local_date(work.now, country))
