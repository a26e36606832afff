"""Areas and their boundaries: what is in force, a file that is looked at, and a yes before anything changes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NoReturn
from uuid import UUID

import orjson
from flask import Response, g, request
from flask_babel import get_locale, gettext
from sqlalchemy import func, select

from api.console import tongues
from api.console.blueprint import page
from api.console.boundary_faults import Problem, problems
from api.console.page import Page, draw, form_id, go, write, wrong_fields
from api.photo_store import NotStored, current_store
from api.tasks.boundaries import GONE, edition_of
from api.tasks.run import stored_name
from api.tasks.running import ring
from api.wiring import wiring
from api.work import Work
from inspection import read_areas, tasks
from inspection.access import NEEDS, Act, require_for_country
from inspection.areas import Edition, known_codes, newest_edition
from inspection.boundary_file import AreaRecord, BoundaryFile, read_boundaries
from inspection.boundary_preview import Tried, foresee_import, standing_editions, try_import
from inspection.countries import COUNTRIES, local_date
from inspection.errors import (
    AlreadyDifferent,
    DoesNotApply,
    Fault,
    Forbidden,
    InspectionError,
    InvalidInput,
    NotFound,
)
from inspection.tables.areas import AreaBoundary, AreaEdition, Level
from inspection.tables.tasks import Task, TaskKind, TaskState
from inspection.tasks import NewTask

LONGEST_EDITION, LONGEST_CREDIT = 40, 200
MOST_REMARKS = 50


class _Tried(Exception):
    """Carries what an import came to out of a unit that is to leave nothing behind."""

    def __init__(self, outcome: Tried, standing: list[list[str]]) -> None:
        super().__init__()
        self.outcome, self.standing = outcome, standing


@dataclass(frozen=True, slots=True)
class _Foreseen:
    """A preview, and what it rests on."""

    document: dict[str, Any]
    rests_on: dict[str, Any]


@dataclass(slots=True)
class Upload:
    """A file that somebody sent, and what is wrong with it."""

    wrong: dict[str, str] = field(default_factory=dict)
    problems: Sequence[Problem] = ()


@page("/boundaries", "boundaries")
class Boundaries(Page):
    """The editions, and a form for a file."""

    def get(self) -> Response:
        """What is in force."""
        return _listed(g.work, Upload())

    def post(self) -> Response:
        """Look at a file; nothing is changed."""
        _countries()
        made, upload = form_id(), Upload()
        with TemporaryDirectory(prefix="pandus-boundaries-") as folder:
            path = Path(folder) / "given"
            try:
                _receive(path)
                file = read_boundaries(path, known=known_codes(g.work.session))
                country = _one_country(file.records)
                edition = _edition(g.work, country)
                _prepare(made, path, edition, _foresee(file, edition))
            except InvalidInput as error:
                upload.problems = problems(error, path)
                upload.wrong = {} if upload.problems else _renamed(error)
                return _listed(g.work, upload)
            except (AlreadyDifferent, DoesNotApply) as error:
                upload.wrong = wrong_fields(error)
                return _listed(g.work, upload)
        return go("boundary", task_id=made)


@page("/boundaries/<uuid:task_id>", "boundary")
class OneFile(Page):
    """What a file would change."""

    def get(self, task_id: UUID) -> Response:
        """The picture, the areas, the places that would move."""
        return _preview(task_id)

    def post(self, task_id: UUID) -> Response:
        """Say yes, or put it away."""
        task = _task(task_id)
        require_for_country(g.caller, Act.ADMINISTER, task.asked["country"])
        try:
            if request.form.get("do") != "import":
                write(lambda work: tasks.cancel(work, g.caller, task_id))
                return go("boundaries")
            write(lambda work: _begin(work, task_id))
        except InspectionError as error:
            return _preview(task_id, wrong_fields(error), 409)
        return go("task", task_id=task_id)


def _begin(work: Work, task_id: UUID) -> None:
    tasks.confirm(work, g.caller, task_id)
    work.after_commit(lambda: ring(task_id))


def _countries() -> Sequence[str]:
    """The countries whose boundaries the caller may change. Raises Forbidden."""
    held = g.caller.reach(Act.ADMINISTER, Level.COUNTRY)
    if not held:
        raise Forbidden(NEEDS[Act.ADMINISTER], act=Act.ADMINISTER.value)
    return [code for code in COUNTRIES if code in held]


def _receive(path: Path) -> None:
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise InvalidInput([Fault("/file", "choose a file", "a GeoJSON file")])
    sent.save(path)


def _one_country(records: Sequence[AreaRecord]) -> str:
    countries = sorted({record.country for record in records})
    if len(countries) != 1:
        raise InvalidInput([Fault("/file", "the file holds areas of several countries", "areas of one country")])
    require_for_country(g.caller, Act.ADMINISTER, countries[0])
    return countries[0]


def _edition(work: Work, country: str) -> Edition:
    """The edition of the form: the newest one, unless another is named."""
    given, newest = request.form, newest_edition(work.session, country)
    named, credit = given.get("edition", "").strip(), given.get("attribution", "").strip()
    if newest is not None and named in ("", newest.id):
        return Edition(newest.id, newest.valid_from, newest.attribution)
    today = local_date(work.now, country)
    faults = []
    name = named or f"{country.lower()}-{today.year}"
    if not (name.isascii() and name.replace("-", "").isalnum() and len(name) <= LONGEST_EDITION):
        faults.append(Fault("/edition", "this is no name of an edition", "letters, digits and hyphens"))
    if not 0 < len(credit) <= LONGEST_CREDIT or not credit.isprintable():
        faults.append(Fault("/attribution", "say whose boundaries these are", f"1 to {LONGEST_CREDIT} characters"))
    day = _day(given.get("valid_from", "").strip(), today, faults)
    if faults:
        raise InvalidInput(faults)
    return Edition(name, day, credit)


def _day(said: str, today: date, faults: list[Fault]) -> date:
    try:
        return date.fromisoformat(said) if said else today
    except ValueError:
        faults.append(Fault("/valid_from", "this is no date", "a day such as 2026-12-31"))
        return today


def _foresee(file: BoundaryFile, edition: Edition) -> _Foreseen:
    country = file.records[0].country

    def unit(work: Work) -> NoReturn:
        standing = standing_editions(work.session, country)
        raise _Tried(try_import(work, file.records, edition), standing)

    try:
        wiring().units.write(unit)
    except _Tried as tried:
        document = foresee_import(g.work.session, tried.outcome).document()
        remarks = [[each.pointer, each.done] for each in file.remarks[:MOST_REMARKS]]
        return _Foreseen(document | {"remarks": remarks}, {"country": country, "standing": tried.standing})


def _prepare(made: UUID, path: Path, edition: Edition, seen: _Foreseen) -> None:
    """Keep the file and what it would do, until somebody says yes or a day has passed.

    Raises AlreadyDifferent for an id that stands for another file: what was looked at is what is imported.
    """
    if tongues.only_asked():  # nothing is done, so nothing is kept
        raise DoesNotApply(tongues.ONLY_LANGUAGE)
    given, shown = (stored_name(made, g.work.now.date(), what) for what in ("given", "preview"))
    if (held := g.work.session.get(Task, made)) is None:
        preview = path.with_name("preview")
        preview.write_bytes(orjson.dumps(seen.document))
        store = current_store()
        store.put_waiting(given, path)
        store.put_waiting(shown, preview)
    elif not _is_of(held, path):
        raise AlreadyDifferent("another task has this id", task=str(made))
    about = {"valid_from": edition.valid_from.isoformat(), "attribution": edition.attribution}
    asked = {"edition": edition.id, **about, **seen.rests_on}
    country, tongue = seen.rests_on["country"], get_locale().language
    wish = NewTask(made, TaskKind.BOUNDARIES, asked, tongue, country, given=given, shown=shown, prepared=True)
    write(lambda work: tasks.ask(work, g.caller, wish))


def _is_of(task: Task, path: Path) -> bool:
    """Whether a task of the caller's works on this file: the form was sent twice."""
    if task.person_id != g.caller.person_id or task.given is None:
        return False
    try:
        return b"".join(current_store().waiting_pieces(task.given)) == path.read_bytes()
    except NotStored:
        return False


def _task(task_id: UUID) -> Task:
    task = tasks.one(g.work.session, g.caller, task_id)
    if task.kind != TaskKind.BOUNDARIES:
        raise NotFound("there is no such task", kind="task")
    return task


def _preview(task_id: UUID, wrong: dict[str, str] | None = None, status: int = 200) -> Response:
    task = _task(task_id)
    if task.state != TaskState.PREPARED or task.file is None:
        return go("task", task_id=task_id)
    try:
        held = orjson.loads(b"".join(current_store().waiting_pieces(task.file)))
    except NotStored:
        raise DoesNotApply(GONE) from None
    stale = standing_editions(g.work.session, task.asked["country"]) != task.asked["standing"]
    return draw(
        "boundary",
        status,
        task=task,
        held=held,
        edition=edition_of(task.asked),
        changed={each["code"] for each in held["changes"]},
        names={each["code"]: {"kk": each["name_kk"], "ru": each["name_ru"]} for each in held["changes"]},
        moved=sum(count for left, entered, fate, count in held["moves"] if fate == "move" and left != entered),
        area_names=read_areas.names_of(
            g.work.session, {code for left, entered, *_ in held["moves"] for code in (left, entered) if code}
        ),
        stale=stale,
        wrong=wrong or {},
        fates={"move": gettext("moves"), "ask": gettext("a person is asked"), "outside": gettext("lies outside")},
    )


def _listed(work: Work, upload: Upload) -> Response:
    countries = _countries()
    rows = work.session.execute(
        select(AreaEdition, func.count(AreaBoundary.code))
        .outerjoin(AreaBoundary, AreaBoundary.edition_id == AreaEdition.id)
        .where(AreaEdition.country.in_(countries))
        .group_by(AreaEdition.id)
        .order_by(AreaEdition.country, AreaEdition.valid_from.desc())
    ).all()
    return draw(
        "boundaries",
        422 if upload.wrong or upload.problems else 200,
        editions=[(row[0], row[1]) for row in rows],
        today=local_date(work.now, countries[0]),
        form=request.form,
        form_id=work.new_id(),
        wrong=upload.wrong,
        problems=upload.problems,
    )


def _renamed(error: InvalidInput) -> dict[str, str]:
    """Faults by the fields of the form; of the file where the form has none."""
    known = ("edition", "attribution", "valid_from")
    return {name if name in known else "file": said for name, said in wrong_fields(error).items()}
