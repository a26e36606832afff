"""What an operator sent by the form, field by field: what is wrong is said there, and nothing is lost."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from flask import Request

from api.answers.files import BadFile, read_kept, store
from api.answers.waiting import LASTS, Waiting, day_of
from api.keys import Keys
from inspection.answers.replying import MOST_FILES, TOO_MANY_FILES, Submission
from inspection.tables.answers import ReplyKind

FIELDS = ("items", "kind", "until", "said", "files", "said_by")


@dataclass(slots=True)
class Form:
    """A form as it was filled in, to be shown again. wrong: field to what is wrong, in the reader's words."""

    submission: UUID
    kind: str = ""
    items: frozenset[str] = frozenset()
    until: str = ""
    said: str = ""
    said_by: str = ""
    files: list[Waiting] = field(default_factory=list)
    wrong: dict[str, str] = field(default_factory=dict)


def read_form(
    request: Request, key: Keys, link: UUID, today: date, *, new_id: Callable[[], UUID], say: Callable[..., str]
) -> Form:
    """The form of a request; its files are stored, to wait. say: a word of the page. Raises StoreAway."""
    given = request.form
    form = Form(
        _uuid(given.get("submission", "")) or new_id(),
        kind=given.get("kind", ""),
        items=frozenset(given.getlist("items")),
        until=given.get("until", "").strip(),
        said=_text(given.get("said", "")),
        said_by=" ".join(_text(given.get("said_by", "")).split()),
    )
    for waiting in read_kept(key, link, given.getlist("kept")):
        if today - (day_of(waiting.name) or date.min) > LASTS:
            form.wrong["files"] = say("gone_file", name=waiting.file.name)
        else:
            form.files.append(waiting)
    for sent in [each for each in request.files.getlist("files") if each.filename]:
        if len(form.files) >= MOST_FILES:
            form.wrong["files"] = TOO_MANY_FILES
            break
        try:
            form.files.append(store(sent, today, new_id()))
        except BadFile as error:
            form.wrong["files"] = say(error.word, name=error.name)
    if form.kind not in set(ReplyKind):
        form.wrong["kind"] = say("no_kind")
    if form.until and form.kind == ReplyKind.EXTENSION and _day(form.until) is None:
        form.wrong["until"] = say("bad_date")
    return form


def submission(form: Form) -> Submission:
    """What a form without faults says."""
    kind = ReplyKind(form.kind)
    return Submission(
        form.submission,
        kind,
        tuple(sorted(_uuids(form.items))),
        form.said,
        form.said_by,
        _day(form.until) if kind is ReplyKind.EXTENSION else None,
        tuple(waiting.file for waiting in form.files),
    )


def _uuids(given: frozenset[str]) -> Iterator[UUID]:
    for each in given:
        yield _uuid(each) or UUID(int=0)  # no item has it, so it is refused like any other that is not ours


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        pass
    parts = text.split(".")  # as it is written where a browser has no field for dates
    try:
        return date(int(parts[2]), int(parts[1]), int(parts[0])) if len(parts) == 3 else None
    except (ValueError, OverflowError):
        return None


def _text(given: str) -> str:
    """Words without signs that no database or paper takes."""
    whole = given.replace("\r\n", "\n").encode("utf-8", "ignore").decode("utf-8")
    return "".join(sign for sign in whole if sign == "\n" or sign >= " ").strip()
