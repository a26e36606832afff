"""Pandus, asked by its door for tablets; the database was made by `python -m bench.sync prepare`."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import adapters  # type: ignore[import-not-found]
from http1 import Client, Request, Response, json_request  # type: ignore[import-not-found]

from bench.sync.documents import audit_document, district_code, facility_document
from bench.sync.place import TABLET, Tokens
from bench.violations.country import Callers

PAGES = {"facilities": 5000, "audits": 500}
PATIENCE = 600  # seconds that a backlog may take to be understood
# What the bench calls a severity and a status; overdue is no state here but a question of dates.
SEVERITIES = {"critical": "gross", "major": "significant", "minor": "minor"}
STATUSES = {"open": "state=open", "in_progress": "state=declared", "overdue": "state=open,declared&overdue=true"}


class Adapter(adapters.Adapter):  # type: ignore[misc]
    """One tablet of an inspector of the whole region."""

    gzip_push = True
    gzip_pull = True
    seed_batch = 500
    headers: Mapping[str, str] = {"Authorization": f"Bearer {Tokens.inspector}", "Device-Id": str(TABLET)}

    def __init__(self) -> None:
        self._held: dict[str, Any] = {}  # facilities as they were last pulled
        self._cursors: list[str] = []

    async def setup(self, client: Client) -> None:
        """Sign in, and walk to the pages of violations that will be asked for."""
        answer = await client.send(Request("GET", "/api/v1/me"))
        assert answer.status == 200, answer.body[:300]
        self._cursors = [
            await _cursor(client, page, _list_path(n)) for n, (*_, page) in enumerate(adapters.FILTERS)
        ]

    def push(self, audits: Sequence[Mapping[str, Any]]) -> Request:
        """One request for all of them."""
        return json_request("POST", "/sync/audits/1/push?outcomes", _rows(map(audit_document, audits)))

    def outcome(self, response: Response, audits: Sequence[Mapping[str, Any]]) -> list[str]:
        """What the answer claims; what was put aside is refused."""
        if response.status != 200:
            return [adapters.REFUSED] * len(audits)
        said = response.json()
        assert [each["id"] for each in said] == [audit["id"] for audit in audits]
        return [_verdict(each) for each in said]

    def seed(self, kind: str, docs: Sequence[Mapping[str, Any]]) -> Request | None:
        """Push facilities; those that were pulled before are changed."""
        if kind != "facilities":
            return None
        return json_request("POST", "/sync/facilities/1/push", [self._facility_row(doc) for doc in docs])

    def _facility_row(self, facility: Mapping[str, Any]) -> Mapping[str, Any]:
        new = {**facility_document(facility), "district_code": district_code(facility["district"])}
        held = self._held.get(new["id"])
        if held is None:
            return {"newDocumentState": new}
        changed = {**held, "catchment": held["catchment"] + 1}  # anew in every repetition
        return {"assumedMasterState": held, "newDocumentState": changed}

    async def pull(self, client: Client, kind: str, cursor: Any = None, headers: Any = None) -> Any:
        """All pages behind a checkpoint."""
        result, most = adapters.Pull(), PAGES[kind]
        lwt, token = cursor or (0, "")
        while True:
            path = f"/sync/{kind}/1/pull?lwt={lwt}&id={token}&limit={most}"
            answer = await client.send(Request("GET", path, headers or {}))
            assert answer.status == 200, answer.body[:300]
            said = answer.json()
            documents = said["documents"]
            result.add(answer, [each["id"] for each in documents])
            lwt, token = said["checkpoint"]["lwt"], said["checkpoint"]["id"]
            if kind == "facilities":
                self._held.update((each["id"], each) for each in documents)
            if len(documents) < most:
                result.cursor = (lwt, token)
                return result

    async def settled(self, client: Client) -> None:
        """Wait until nothing is left to be understood. Nothing may have been put aside on the way."""
        head = {"Authorization": f"Bearer {Tokens.head}"}
        # A connection of its own: in a race the given one is in use.
        async with Client(f"http://{client.host}:{client.port}", head) as asking:
            for _ in range(PATIENCE * 10):
                answer = await asking.send(Request("GET", "/api/v1/intake/backlog"))
                assert answer.status == 200, answer.body[:300]
                backlog = answer.json()
                if backlog["count"] == 0:
                    assert not backlog["states"], backlog
                    return
                await asyncio.sleep(0.1)
        raise AssertionError(f"the backlog is not understood: {backlog}")

    def violations(self, number: int) -> Request:
        """A page of the list of the whole country."""
        index = number % len(adapters.FILTERS)
        cursor = f"&cursor={self._cursors[index]}" if self._cursors[index] else ""
        return Request("GET", _list_path(index) + cursor, {"Authorization": f"Bearer {Callers.ministry}"})


def _rows(documents: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [{"newDocumentState": document} for document in documents]


def _verdict(said: Mapping[str, Any]) -> str:
    if said["state"] in ("quarantined", "conflict"):
        return str(adapters.REFUSED)
    return str(adapters.DUPLICATE if said["known"] else adapters.NEW)


def _list_path(index: int) -> str:
    severity, status, _ = adapters.FILTERS[index]
    return f"/api/v1/violations?severity={SEVERITIES[severity]}&{STATUSES[status]}&sort=opened"


async def _cursor(client: Client, page: int, path: str) -> str:
    """What opens this page of a list, the first being 0; nothing where the list is not there."""
    cursor = ""
    for _ in range(page):
        asked = f"{path}&cursor={cursor}" if cursor else path
        answer = await client.send(Request("GET", asked, {"Authorization": f"Bearer {Callers.ministry}"}))
        if answer.status == 401:
            return ""  # no violations were prepared
        assert answer.status == 200, answer.body[:300]
        cursor = answer.json()["next_cursor"] or cursor
    return cursor
