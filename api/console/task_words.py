"""What tasks are called, and how far they are, in words."""

from collections.abc import Mapping
from typing import Any

from flask_babel import format_decimal, gettext, lazy_gettext, ngettext

from api.console import facts
from api.console.languages import language
from api.wiring import wiring
from inspection.tables.disclosures import Kind
from inspection.tables.tasks import Task, TaskKind, TaskState
from inspection.task_rules import quarters

_ = lazy_gettext
KINDS: Mapping[str, Any] = {
    TaskKind.VIOLATIONS_CSV: _("Violations as CSV"),
    TaskKind.VIOLATIONS_XLSX: _("Violations in Excel"),
    TaskKind.REPORT_XLSX: _("A report in Excel"),
    TaskKind.REPORT_PDF: _("A report as PDF"),
    TaskKind.PLACES_GEOJSON: _("Places on a map (GeoJSON)"),
    TaskKind.BOUNDARIES: _("Import of boundaries"),
    TaskKind.ADDRESS_TOLD: _("Telling somebody of their new address of mail"),
}
STATES: Mapping[str, Any] = {
    TaskState.PREPARED: _("looked at, not begun"),
    TaskState.ASKED: _("waiting its turn"),
    TaskState.RUNNING: _("at work"),
    TaskState.DONE: _("is done"),
    TaskState.FAILED: _("failed"),
    TaskState.CANCELLED: _("was cancelled"),
}
MARKS: Mapping[str, str] = {
    TaskState.ASKED: "untold",
    TaskState.RUNNING: "soon",
    TaskState.DONE: "later",
    TaskState.FAILED: "overdue",
    TaskState.CANCELLED: "untold",
}
# As what a file is written down when it is handed over.
DISCLOSED: Mapping[str, Kind] = {
    TaskKind.VIOLATIONS_CSV: Kind.TABLE,
    TaskKind.VIOLATIONS_XLSX: Kind.TABLE,
    TaskKind.REPORT_XLSX: Kind.REPORT,
    TaskKind.REPORT_PDF: Kind.REPORT,
    TaskKind.PLACES_GEOJSON: Kind.REPORT,
}


def far(task: Task) -> str:
    """How far it is."""
    if task.state == TaskState.RUNNING and task.cancel_at is not None:
        return str(gettext("is being cancelled"))
    if task.state == TaskState.RUNNING and task.total is not None:
        return str(gettext("%(done)s of %(total)s", done=number(task.done), total=number(task.total)))
    if task.state == TaskState.ASKED and task.attempts:
        return str(gettext("it is tried once more at %(at)s", at=facts.moment(task.not_before)))
    return str(STATES[task.state])


def aloud(task: Task) -> str:
    """What is said to who hears the page: a quarter more, or how it ended; not every row."""
    if task.state != TaskState.RUNNING:
        return str(STATES[task.state])
    done = quarters(task.done, task.total)
    return str(gettext("%(share)s done", share=facts.share(done / 4))) if done else str(STATES[task.state])


def reasons(task: Task) -> list[str]:
    """Why it failed, or what it came to, in the reader's language."""
    say, tongue = wiring().phrasebook.say, language()
    return [
        text for said in task.said for text in (_imported(said) if isinstance(said, dict) else [say(said, tongue)])
    ]


def _imported(said: Mapping[str, int]) -> list[str]:
    """What importing boundaries came to."""
    words = [ngettext("%(num)s outline drawn.", "%(num)s outlines drawn.", said["drawn"])]
    if "moved" in said:
        words.append(ngettext("%(num)s place moved.", "%(num)s places moved.", said["moved"]))
    if said.get("asked"):
        asked = said["asked"]
        words.append(ngettext("%(num)s place waits for a person.", "%(num)s places wait for a person.", asked))
    if said.get("outside"):
        beyond = said["outside"]
        words.append(ngettext("%(num)s place lies outside.", "%(num)s places lie outside.", beyond))
    return [str(each) for each in words]


def number(value: int) -> str:
    """A number of rows as the reader writes it."""
    return str(format_decimal(value))


def size(value: int) -> str:
    """How large a file is."""
    if value < 1_000_000:
        return str(gettext("%(size)s kB", size=facts.number(max(1, round(value / 1000)))))
    return str(gettext("%(size)s MB", size=facts.number(value / 1_000_000)))
