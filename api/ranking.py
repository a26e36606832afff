"""Ranking whole countries, or what became known in them, unit by unit. Two at once come to the same."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

import structlog
from sqlalchemy import select

from api.work import Units, Work
from inspection import rank_scopes
from inspection.countries import local_date
from inspection.district_ranks import write_district_ranks
from inspection.rank_scopes import EVERYTHING, Due, Scope, scope
from inspection.ranks import PAGE, Expected, expected, rank_page
from inspection.tables.areas import Area, Level
from inspection.unvisited import Neighbourhoods, neighbourhoods, rank_unvisited_page

Basis = tuple[Expected, Neighbourhoods]
RUNS = 3  # of one that another interferes with

log = structlog.get_logger("pandus.ranking")


@dataclass(frozen=True, slots=True)
class _Start:
    """What a run over a country begins with. ranked_at: when the one before it ended."""

    due: Due
    basis: Basis
    scope: Scope
    ranked_at: datetime | None


def update_all(units: Units) -> int:
    """Rank all countries, and let tablets hear of it. Returns how many facilities and violations changed."""
    return sum(_country(units, *each, whole=True) for each in units.read(_regions).items())


def update_due(units: Units) -> int:
    """Rank what something became known of, and all whom that moves. Returns how many changed.

    Killed at any moment it begins anew: marks are taken away last.
    """
    return sum(_country(units, *each, whole=False) for each in units.read(_regions).items())


def _country(units: Units, country: str, regions: Sequence[str], *, whole: bool) -> int:
    changed = 0
    for _ in range(RUNS):
        if not whole and not units.read(partial(_due, country=country)).marks:
            return changed
        start = units.read(partial(_start, country=country, whole=whole))
        changed += sum(_region(units, region, start) for region in regions)
        near, before = start.basis[1], start.basis[0]
        kept = partial(rank_scopes.keep, country=country, before=before, near=near, seen=start.ranked_at)
        if units.write(kept):
            _forget(units, start.due)
            return changed
        whole = True  # another run ended meanwhile, and either may have written what the other knew better
    log.warning("ranks_disputed", country=country)
    return changed


def _region(units: Units, region: str, start: _Start) -> int:
    basis, scope = start.basis, start.scope
    changed = _pages(units, partial(rank_page, region=region, before=basis[0], of=scope.audited))
    changed += _pages(units, partial(rank_unvisited_page, region=region, basis=basis, of=scope.unvisited))
    units.write(partial(write_district_ranks, region=region))
    return changed


def _forget(units: Units, due: Due) -> None:
    for home in sorted({mark[0] for mark in due.marks}):
        marks = [mark for mark in due.marks if mark[0] == home]
        for n in range(0, len(marks), PAGE):
            units.write(partial(rank_scopes.forget, marks=marks[n : n + PAGE]))


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


def _due(work: Work, country: str) -> Due:
    return rank_scopes.due_in(work.session, country)


def _start(work: Work, country: str, *, whole: bool) -> _Start:
    due = _due(work, country)  # first: what becomes known from now on keeps its mark
    ranked_at = rank_scopes.ranked_at(work.session, country)
    today = local_date(work.now, country)
    basis = expected(work.session, country, today), neighbourhoods(work.session, country)
    return _Start(due, basis, EVERYTHING if whole else scope(work.session, country, due, *basis), ranked_at)
