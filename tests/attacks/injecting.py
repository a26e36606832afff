"""Sending one hostile value to one place, and looking at what came of it."""

import json
import re
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote
from uuid import UUID

from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Response

from api.wiring import wire
from tests.access.doors import DOORS
from tests.access.stage import Stage
from tests.attacks.payloads import SIGNS
from tests.attacks.places import Place, headers_of, named, parts, put

CONTROLS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
LONGEST = 15.0  # seconds; the payloads that sleep do so for twenty
HIDDEN = b"\xd0\xa7\xd1\x83\xd0\xb6\xd0\xbe\xd0\xb9-7f3a"  # "Чужой-7f3a", which lies in another region


INTAKE = "/api/v1/intake/<string:collection>/<uuid:document_id>/<string:sha256>"
# Whose answer has a field of this name that is about something else.
SAID_OTHERWISE = {(f"{INTAKE}/{what}", ("reason",)) for what in ("choose", "dismissal", "replay")}


@dataclass
class Attack:
    """Requests of somebody to the doors of a stage, and all that was wrong with the answers."""

    stage: Stage
    person: UUID
    seed: str  # which part of the payloads is tried
    wrong: list[str] = field(default_factory=list)

    def send(self, place: Place, value: Any) -> Any:
        """The answer to a door's own request with one value instead of its own."""
        door, scene = DOORS[place.method, place.rule], self.stage.scene
        wire(self.stage.app, self.stage.real if door.commits else self.stage.undone)
        query, path = dict(door.query(scene)), self._path(place, value)
        given: dict[str, Any] = {"headers": headers_of(self.stage, place, self.person)}
        if place.where == "query":
            query[str(place.way[0])] = value
        if door.body is not None:
            body = door.body(scene)
            sent = put(body, place.way, value) if place.where == "body" else body
            given |= {"data": json.dumps(sent, default=str).encode(), "content_type": "application/json"}
        spelled = "&".join(f"{quote(k, safe='')}={quoted(str(v))}" for k, v in query.items())
        begun = time.perf_counter()
        reply = self.stage.app.test_client().open(
            f"{path}?{spelled}" if spelled else path, method=place.method, buffered=True, **given
        )
        self.look(f"{place} with {value!r:.99}", reply, time.perf_counter() - begun)
        if place.where == "body" and reply.status_code < 300 and isinstance(value, str):
            self._came_back(place, value, reply)
        return reply

    def look(self, what: str, reply: Any, seconds: float = 0.0, *, sent: str = "") -> None:
        """Note what is wrong with an answer. sent: what it may repeat."""
        faults = []
        if reply.status_code >= 500:
            faults.append(f"status {reply.status_code}")
        signs = [sign for sign in (*SIGNS, HIDDEN) if sign.decode() not in what + sent]
        faults += [f"shows {sign!r}" for sign in signs if sign in reply.data and not _is_page(reply)]
        if seconds > LONGEST:
            faults.append(f"took {seconds:.0f} s")
        broken = [name for name, said in reply.headers if "\r" in said or "\n" in said]
        if broken or any("evil" in name.lower() for name, _ in reply.headers) or reply.headers.get("Set-Cookie"):
            faults.append(f"headers {broken} {list(reply.headers.keys())}")
        if faults:
            self.wrong.append(f"{what}: {', '.join(faults)}")

    def _path(self, place: Place, value: Any) -> str:
        if place.where != "path":
            return self.stage.path(place.method, place.rule)
        fills = DOORS[place.method, place.rule].fills(self.stage.scene)
        made = ""
        for part in parts(place.rule):
            if not part.startswith("<"):
                made += part
                continue
            name = named(part)
            made += quoted(str(value)) if name == place.way[0] else quoted(str(fills[name]))
        return made

    def _came_back(self, place: Place, value: str, reply: Any) -> None:
        """A text that was taken is shown as it was written, but for the spaces around it."""
        if not reply.is_json or not isinstance(reply.json, dict) or (place.rule, place.way) in SAID_OTHERWISE:
            return
        shown: Any = reply.json
        for step in place.way:
            try:
                shown = shown[step]
            except (KeyError, IndexError, TypeError):
                return
        spellings = (value, value.strip(), value.lower(), value.upper(), value.strip("{}").lower())  # of a UUID
        if isinstance(shown, str) and shown not in spellings:
            self.wrong.append(f"{place}: {value!r:.60} came back as {shown!r:.60}")


def quoted(text: str) -> str:
    """As it stands in an address, in the bytes of a client that does not care."""
    return quote(text.encode(errors="surrogatepass"), safe="")


def _is_page(reply: Any) -> bool:
    return str(reply.mimetype) in ("text/html", "text/javascript", "application/javascript")


def with_header(stage: Stage, name: str, value: str, *, path: str, method: str, **more: Any) -> Any:
    """The answer to a request with any header that a server hands on, past what a client would refuse to send."""
    environ = EnvironBuilder(path=path, method=method, **more).get_environ()
    key = name.upper().replace("-", "_")
    # No server hands on what ends a line: HTTP itself ends there.
    environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = CONTROLS.sub("", value)
    return Response.from_app(stage.app, environ, buffered=True)
