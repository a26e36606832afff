"""Ranking whole countries, unit by unit."""

from collections.abc import Callable
from functools import partial
from uuid import UUID

from sqlalchemy import select

from api.work import Units, Work
from inspection.countries import local_date
from inspection.district_ranks import write_district_ranks
from inspection.ranks import Expected, expected, rank_page
from inspection.tables.areas import Area, Level
from inspection.unvisited import Neighbourhoods, neighbourhoods, rank_unvisited_page


def update_all(units: Units) -> int:
    """Rank all countries, and let tablets hear of it. Returns how many facilities and violations changed."""
    changed = 0
    for country, regions in units.read(_regions).items():
        basis = units.read(partial(_basis, country=country))
        for region in regions:
            changed += _pages(units, partial(rank_page, region=region, before=basis[0]))
            changed += _pages(units, partial(rank_unvisited_page, region=region, basis=basis))
            units.write(partial(write_district_ranks, region=region))
    return changed


def _pages(units: Units, rank: Callable[..., tuple[UUID | None, int]]) -> int:
    """Rank page after page, each in a unit of its own. Returns how many changed."""
    changed, after = 0, None
    while True:
        after, page = units.write(partial(rank, after=after))
        changed += page
        if after is None:
            return changed


def _regions(work: Work) -> dict[str, list[str]]:
    found = work.session.execute(
        select(Area.country, Area.code).where(Area.level == Level.REGION).order_by(Area.code)
    )
    regions: dict[str, list[str]] = {}
    for country, code in found:
        regions.setdefault(country, []).append(code)
    return regions


def _basis(work: Work, country: str) -> tuple[Expected, Neighbourhoods]:
    today = local_date(work.now, country)
    return expected(work.session, country, today), neighbourhoods(work.session, country)
