"""Tasks: what somebody asked for that takes a while, how far it is, and what was made."""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any
from uuid import UUID

from flask import Response, g, request, url_for
from flask_babel import get_locale, gettext
from werkzeug.datastructures import MultiDict

from api.console import task_words
from api.console.blueprint import page
from api.console.downloads import Download, later
from api.console.page import Page, draw, form_id, go, write, wrong_fields
from api.console.reports_asked import asked as asked_report
from api.console.violation_rows import read, without
from api.console.violation_table import count
from api.disclosing import discloses
from api.photo_store import NotStored, current_store
from api.tasks.running import ring
from api.views.reports import rows_url
from api.work import Work
from inspection import read_areas, tasks
from inspection.errors import DoesNotApply, InspectionError, NotFound
from inspection.tables.disclosures import Kind
from inspection.tables.tasks import Task, TaskKind, TaskState
from inspection.task_rules import OVER, may_cancel
from inspection.tasks import NewTask

LISTS = (TaskKind.VIOLATIONS_CSV, TaskKind.VIOLATIONS_XLSX)
REPORTS = (TaskKind.REPORT_XLSX, TaskKind.REPORT_PDF)
MAKEABLE = (*LISTS, *REPORTS, TaskKind.PLACES_GEOJSON)
BLOCK = 1 << 14  # bytes
NOT_YOURS = "what this file holds does not all lie in your areas any more; ask for it again"
NO_FILE = "the file is not there any more; ask for it again"


@page("/tasks", "tasks")
class Tasks(Page):
    """One's own tasks."""

    def get(self) -> Response:
        """The newest first. With `part` the list alone, for a page that looks again."""
        rows = tasks.own(g.work.session, g.caller)
        alive = any(row.state not in OVER for row in rows)
        return draw("tasks_part" if "part" in request.args else "tasks", rows=rows, alive=alive, **_words())


@page("/tasks/new", "task_new")
class NewOne(Page):
    """Asking for something that takes a while. The address says for what, as that of the list or report does."""

    def get(self) -> Response:
        """What would be made."""
        kind = _kind()
        wish, wrong = _wish(g.work, kind)
        if wrong:
            return _refused(wrong)
        return draw("task_new", wish=wish, form_id=form_id(), wrong={}, **_words())

    def post(self) -> Response:
        """Ask for it."""
        wish, wrong = _wish(g.work, _kind())
        if wrong:
            return _refused(wrong)
        try:
            write(lambda work: _ask(work, wish))
        except InspectionError as error:
            return draw("task_new", 409, wish=wish, form_id=form_id(), wrong=wrong_fields(error), **_words())
        return go("task", task_id=wish.id)


@page("/tasks/<uuid:task_id>", "task")
class OneTask(Page):
    """A task."""

    def get(self, task_id: UUID) -> Response:
        """How far it is. With `part` just that, for a page that looks again; `heard`: what was said aloud last."""
        task = tasks.one(g.work.session, g.caller, task_id)
        if task.state == TaskState.PREPARED:
            return go("boundary", task_id=task_id)
        return _drawn(task, "task_part" if "part" in request.args else "task")

    def post(self, task_id: UUID) -> Response:
        """Cancel it."""
        try:
            write(lambda work: tasks.cancel(work, g.caller, task_id))
        except DoesNotApply as error:
            task = tasks.one(g.work.session, g.caller, task_id)
            return _drawn(task, "task", 409, wrong=wrong_fields(error))
        return go("task", task_id=task_id) if request.form.get("back") != "list" else go("tasks")


@page("/tasks/<uuid:task_id>/file", "task_file")
class TaskFile(Download):
    """What a task made."""

    @discloses(Kind.TABLE)
    def get(self, task_id: UUID) -> Response:
        """The file, for who asked for it and may still see all that can stand in it."""
        task = tasks.one(g.work.session, g.caller, task_id)
        if task.state != TaskState.DONE or task.file is None or task.file_name is None:
            raise NotFound("there is no such file", kind="file")
        if not tasks.may_have(g.work.session, g.caller, task):
            raise DoesNotApply(NOT_YOURS)
        g.kind_shown, g.asked_shown = task_words.DISCLOSED[task.kind], MultiDict(task.asked["query"])
        g.object_shown, g.rows_shown = str(task.id), task.total
        place = task.file
        try:
            pieces = current_store().waiting_pieces(place)
            first = next(pieces, b"")
        except NotStored:
            raise DoesNotApply(NO_FILE) from None
        return later(lambda: _blocks(chain([first], pieces)), _type(task), task.file_name)


def _blocks(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Smaller pieces, of which some are sent at once."""
    return (piece[at : at + BLOCK] for piece in pieces for at in range(0, len(piece), BLOCK))


def _kind() -> TaskKind:
    """Which kind the address asks for. Raises NotFound."""
    said = request.args.get("make", "")
    if said not in MAKEABLE:
        raise NotFound("there is no such page", kind="page")
    return TaskKind(said)


def _wish(work: Work, kind: TaskKind) -> tuple[NewTask, list[str]]:
    """What the address asks for, and what of it was not understood."""
    wrong: list[str] = []
    total = None
    area: str | None = request.args.get("area") or None
    asked: dict[str, Any] = {"query": without(request.args, "make", "cursor", "limit", "part")}
    if kind in LISTS:
        filters, wrong = read(MultiDict(asked["query"]))
        if not wrong:
            total = count(work, g.caller, filters)
            area = filters.get("area")
    elif kind in REPORTS:
        wanted = asked_report()
        asked = {"query": wanted.address(), "rows_url": rows_url(wanted.query())}
        wrong, area = list(wanted.wrong.values()), wanted.area or None
    else:
        asked = {"query": {"area": area} if area else {}}
    if area not in {each.area.code for each in read_areas.areas_of(work.session, g.caller)}:
        area = None  # only a part of it is theirs, or it is none: whatever they read may stand in the file
    tongue = get_locale().language
    return NewTask(form_id(), kind, asked, tongue, area, total), wrong


def _ask(work: Work, wish: NewTask) -> None:
    tasks.ask(work, g.caller, wish)
    work.after_commit(lambda: ring(wish.id))


def _refused(wrong: list[str]) -> Response:
    said = gettext("This part of the address was not understood: %(names)s", names=", ".join(wrong))
    return draw("refused", 422, heading=gettext("This is not possible"), text=said)


def _drawn(task: Task, template: str, status: int = 200, **given: Any) -> Response:
    said = task_words.aloud(task)
    return draw(
        template,
        status,
        task=task,
        over=task.state in OVER,
        cancellable=may_cancel(tasks.turn_of(task)),
        said=said,
        heard=request.args.get("heard", ""),
        here_again=url_for("console.task", task_id=task.id),
        **({"wrong": {}} | given | _words()),
    )


def _words() -> dict[str, Any]:
    return {"words": task_words, "may_cancel": lambda task: may_cancel(tasks.turn_of(task)), "over_states": OVER}


def _type(task: Task) -> str:
    ending = (task.file_name or "").rpartition(".")[2]
    return {
        "csv": "text/csv; charset=utf-8",
        "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "pdf": "application/pdf",
        "geojson": "application/geo+json",
    }[ending]
