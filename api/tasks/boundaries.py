"""Importing boundaries that somebody has looked at: all areas at once, then every facility in small units."""

from collections import Counter
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from api.photo_store import NotStored
from api.tasks.run import NotWanted, Run
from api.work import Work
from inspection import tasks
from inspection.access import Act, require_for_country
from inspection.areas import Edition, import_areas, known_codes
from inspection.boundary_file import AreaRecord, read_boundaries
from inspection.boundary_preview import refuse_later, standing_editions
from inspection.errors import DoesNotApply
from inspection.reassigning import reassign, regions
from inspection.tables.facilities import Facility
from inspection.tables.tasks import Task
from inspection.tasks import Made

CHANGED = "the boundaries were changed since this was looked at; upload the file once more"
GONE = "the file is not there any more; upload it once more"


def take_in(run: Run) -> Made:
    """Import, unless an attempt before this one did; then give facilities their districts."""
    total = run.parts.units.read(_facilities)
    drawn = run.parts.units.read(lambda work: _in_force(work, run))
    if drawn is None:
        records = _records(run)
        drawn = run.parts.units.write(partial(_import, run=run, records=records, total=total))
    became = _reassign(run, total)
    # Not sentences but numbers, which the page puts into the words of its reader.
    numbers = {"drawn": drawn, "moved": became["moved"], "asked": became["asked"], "outside": became["outside"]}
    return Made(said=[numbers])


def edition_of(asked: Any) -> Edition:
    """The edition that was asked for."""
    return Edition(asked["edition"], date.fromisoformat(asked["valid_from"]), asked["attribution"])


def _records(run: Run) -> tuple[AreaRecord, ...]:
    file: Path = run.folder / "given"
    try:
        with file.open("wb") as target:
            target.writelines(run.store.waiting_pieces(run.given or ""))
    except NotStored:
        raise DoesNotApply(GONE) from None
    known = run.parts.units.read(lambda work: known_codes(work.session))
    return read_boundaries(file, known=known).records


def _import(work: Work, run: Run, records: tuple[AreaRecord, ...], total: int) -> int:
    """All of it or nothing, together with the word that it cannot be taken back from now on."""
    caller, country = run.caller(work), run.asked["country"]
    require_for_country(caller, Act.ADMINISTER, country)
    work.journal.acted_by(caller)
    if standing_editions(work.session, country) != run.asked["standing"]:
        raise DoesNotApply(CHANGED)
    edition = edition_of(run.asked)
    refuse_later(work, records, edition)
    report = import_areas(work, records, edition, by=run.person_id)
    if not tasks.tell(work, run.task_id, run.attempt, 0, total, in_force=True):
        raise NotWanted
    work.session.get_one(Task, run.task_id).said = [{"drawn": report.redrawn}]
    return report.redrawn


def _in_force(work: Work, run: Run) -> int | None:
    """How many outlines an attempt before this one has drawn; None where none has come so far."""
    task = work.session.get_one(Task, run.task_id)
    return int(task.said[0]["drawn"]) if task.in_force else None


def _reassign(run: Run, total: int) -> Counter[str]:
    became: Counter[str] = Counter()
    for region in run.parts.units.read(lambda work: regions(work.session)):
        after: UUID | None = None
        while True:
            done = run.parts.units.write(partial(_reassign_some, run=run, region=region, after=after))
            if (after := done.last) is None:
                break
            became += Counter(moved=done.moved, asked=done.asked, outside=done.outside, looked=done.looked)
            run.tell(became["looked"], max(total, became["looked"]))
    return became


def _reassign_some(work: Work, run: Run, region: str, after: UUID | None) -> Any:
    work.journal.acted_by(run.caller(work))
    return reassign(work, region, after)


def _facilities(work: Work) -> int:
    return work.session.execute(select(func.count()).select_from(Facility)).scalar_one()
