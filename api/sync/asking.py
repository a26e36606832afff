"""Reading what a tablet says: who and where it is, how far it has read, what it pushes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from typing import Any
from uuid import UUID

import orjson
from flask import Request, g

from api.parsing import MalformedBody, pointer_to
from api.resource import bearer_token
from api.sync.refusals import BatchTooLarge, OutdatedClient
from api.work import Work
from inspection.errors import Fault, InvalidInput, NotFound
from inspection.forms import Fields
from inspection.json_arrays import read_rows
from inspection.json_bodies import read_body
from inspection.sync import tablets
from inspection.sync.collections import SCHEMA_VERSION, Collection, collection_named
from inspection.sync.pulling import Checkpoint
from inspection.sync.pushing import MOST_ROWS
from inspection.sync.tablets import Tablet

MOST_RECEIPTS = 1000
AN_ARRAY = "an array of rows"


def known_collection(name: str, version: int) -> Collection:
    """The collection of an address. Raises NotFound, and OutdatedClient for a schema of the past."""
    collection = collection_named(name)
    if version < SCHEMA_VERSION:
        raise OutdatedClient("this schema version cannot be read any more", accepted=str(SCHEMA_VERSION))
    if version > SCHEMA_VERSION:
        raise NotFound("there is no such schema version", accepted=str(SCHEMA_VERSION))
    return collection


class Asking:
    """The headers of a request from a tablet, read before any unit of work is opened."""

    def __init__(self, request: Request) -> None:
        self.token = bearer_token(request)
        faults: list[Fault] = []
        headers = Fields({name: request.headers.get(name) for name in ("Device-Id", "Device-Time")}, "", faults)
        self.device_id: UUID | None = headers.uuid("Device-Id")
        self.device_time: datetime | None = headers.instant("Device-Time")
        if faults:
            raise InvalidInput(faults)

    def sign_in(self, work: Work) -> Tablet:
        """Who asks, as of now. Raises as `tablets.sign_in` does."""
        return self._known(work, sending=False)

    def sender(self, work: Work) -> Tablet:
        """Who sends what it holds: also a tablet that was stopped."""
        return self._known(work, sending=True)

    def _known(self, work: Work, *, sending: bool) -> Tablet:
        tablet = tablets.sign_in(work.session, self.token, self.device_id, now=work.now, sending=sending)
        g.caller = tablet.caller
        work.journal.acted_by(tablet.caller, tablet.device_id)
        work.journal.request_id = g.get("request_id")
        return tablet


def checkpoint(request: Request) -> Checkpoint:
    """How far the tablet has read. Raises InvalidInput."""
    return Checkpoint(_number(request, "lwt"), request.args.get("id", "")[:100])


def limit(request: Request, most: int) -> int:
    """How many documents are wanted. Raises InvalidInput."""
    return _whole(request, "limit", 1, most, default=1)


FUTURE = 2**62  # further than any feed will ever come, and what every database can hold


def _number(request: Request, name: str) -> int:
    """A number of the feed. Clients of the published form may send a fraction, or nothing behind the name."""
    given = request.args.get(name, "").strip() or "0"
    try:
        number = float(given)
    except ValueError:
        number = -1.0
    if not isfinite(number) or number < 0:
        raise InvalidInput([Fault(pointer_to([name]), "this is not a number", "the number of a checkpoint")])
    return min(int(given) if given.isascii() and given.isdigit() else int(number), FUTURE)


def _whole(request: Request, name: str, low: int, high: int, *, default: int = 0) -> int:
    given = request.args.get(name)
    if given is None:
        return default
    number = int(given) if given.isascii() and given.isdigit() and len(given) < 20 else -1
    if not low <= number <= high:
        reason = "this is not a whole number within the bounds"
        raise InvalidInput([Fault(pointer_to([name]), reason, f"a whole number from {low} to {high}")])
    return number


@dataclass(frozen=True, slots=True)
class Batch:
    """The rows of a push, and the bytes that they were read from."""

    rows: list[Any]
    body: bytes

    def one_by_one(self) -> list[Any]:
        """The rows, each read by itself; those that cannot be kept as JSON as Illegible."""
        return read_rows(self.body)


def batch(request: Request) -> Batch:
    """The rows of a push; one that is not JSON takes no other along.

    Raises MalformedBody for what is no array and BatchTooLarge for more than MOST_ROWS rows.
    """
    body = request.get_data()
    try:
        rows = orjson.loads(body)
    except orjson.JSONDecodeError:
        rows = _leniently(read_rows, body)
    return Batch(_refuse_other(rows, MOST_ROWS), body)


def array(request: Request, most: int) -> list[Any]:
    """The JSON array of the body. Raises as `batch` does."""
    return _refuse_other(_leniently(read_body, request.get_data()), most)


def _refuse_other(rows: Any, most: int) -> list[Any]:
    if not isinstance(rows, list):
        fault = {"pointer": "", "reason": "this is not an array", "accepted": AN_ARRAY}
        raise MalformedBody("the body is not a JSON array", errors=[fault])
    if len(rows) > most:
        raise BatchTooLarge("there are too many rows in the request", accepted=f"at most {most} rows")
    return rows


def _leniently(read: Callable[[bytes], Any], body: bytes) -> Any:
    try:
        return read(body)
    except InvalidInput as refusal:
        (fault,) = refusal.faults
        said = {"pointer": "", "reason": fault.reason, "accepted": fault.accepted}
        raise MalformedBody("the body is not a JSON array", errors=[said]) from refusal


def asked_receipts(rows: list[Any]) -> list[tuple[str, UUID]]:
    """Collection and id of each receipt that is asked for. Raises InvalidInput."""
    faults: list[Fault] = []
    asked = []
    for n, row in enumerate(rows):
        fields = Fields(row, f"/{n}", faults)
        name, made = fields.token("collection", required=True), fields.uuid("id", required=True)
        fields.close()
        if name is not None and made is not None:
            asked.append((name, made))
    if faults:
        raise InvalidInput(faults)
    return asked
