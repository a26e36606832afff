"""Every route, by every role, with a grant here, around, elsewhere, over, to come, and without any."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import pytest

from api.settings import Settings
from inspection.access import MAY, Act
from inspection.tables.people import Role
from tests.access.document import document
from tests.access.doors import DOORS, LIVE, Door, Lies, Needs
from tests.access.scene import signed_in
from tests.access.stage import Stage, rules
from tests.api.copies import quick_app
from tests.house import ROOT
from tests.inspection.world import COUNTRY, DISTRICT, NEIGHBOUR, OTHER_REGION, REGION, World
from tests.tally import Tried

T = TypeVar("T")
PARTS = 4  # so that several processes can share the work
AREAS = (DISTRICT, REGION, COUNTRY, NEIGHBOUR, OTHER_REGION, "KG")
# Whatever somebody brings: a wrong secret opens nothing, and a database without migrations is not ready.
ALIKE_FOR_ALL = {Needs.NOTHING: {200, 503}, Needs.SECRET: {401, 404, 410}}
# What is one's own is somebody else's here, and nobody has a password.
WHOEVER_IT_IS = {Needs.SIGN_IN: {200, 204}, Needs.OWN: {404}, Needs.PROOF: {409}}


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person who tries. area: of their grant, None without one in force. once: a grant that is over.

    cookie: of the browser by which they ask, instead of a token; forged: another site had the browser do so.
    """

    called: str
    person: UUID | None = None
    role: Role | None = None
    area: str | None = None
    once: bool = False
    device: UUID | None = None
    cookie: str | None = None
    forged: bool = False

    def holds(self, act: Act | None) -> bool:
        """Whether their role may do this, wherever that is."""
        return self.role is not None and act in MAY[self.role]

    def reaches(self, door: Door) -> bool:
        """Whether the area of their grant holds what the door leads to."""
        return self.area in ({DISTRICT, REGION, COUNTRY} if door.lies is Lies.IN_DISTRICT else {REGION, COUNTRY})

    def may(self, door: Door) -> bool:
        """Whether they may do what the door is for."""
        if door.act is Act.READ:
            return self.sees(door)
        return self.reaches(door) and (self.holds(door.act) or self.holds(door.also))

    def sees(self, door: Door) -> bool:
        """Whether what the door leads to exists for them."""
        if door.hidden or (door.act is not Act.READ and door.needs is Needs.SIGN_IN):
            return self.may(door)
        if door.lies is Lies.FOR_REGION and self.area in (DISTRICT, NEIGHBOUR):
            return self.holds(Act.READ)
        if door.lies is Lies.OF_REGION and self.area in (DISTRICT, NEIGHBOUR):
            # What answers for a facility of theirs, and all for whom they may name one.
            return self.holds(Act.READ if self.area == DISTRICT else Act.EDIT_FACILITY)
        return self.reaches(door) and self.holds(Act.READ)


def everybody(world: World) -> Iterator[Somebody]:
    """All who try: no token, a token without a grant, and each role in each place and time."""
    yield Somebody("without a token")
    yield Somebody("without a grant", nobody := world.person(), device=world.device(nobody))
    now = world.clock()
    for role in Role:
        for area in AREAS:
            person = world.person(role, area)
            yield Somebody(f"{role} of {area}", person, role, area, device=world.device(person))
        before, later = world.person(), world.person()
        world.grant(before, role, DISTRICT, until=now - timedelta(days=1))
        world.grant(later, role, DISTRICT, since=now + timedelta(days=1))
        until, since = f"{role} of the district until yesterday", f"{role} of the district from tomorrow"
        yield Somebody(until, before, role, once=True, device=world.device(before))
        yield Somebody(since, later, role, device=world.device(later))


def by_browser(world: World) -> Iterator[Somebody]:
    """The same roles with a browser that is signed in, one where that is over, and one that another site uses."""
    for role in Role:
        person, secret = world.person(role, DISTRICT), f"pds_{role}"
        signed_in(world, person, secret)
        yield Somebody(f"{role} with a browser", person, role, DISTRICT, cookie=secret)
    yield Somebody(f"{role} by a forged request", person, role, DISTRICT, cookie=secret, forged=True)
    signed_in(world, world.head, "pds_over", ended_at=world.clock(), ended_why="signed_out")
    yield Somebody("by a session that was ended", cookie="pds_over")


def expected(door: Door, who: Somebody, method: str, path: str) -> set[int] | None:
    """The statuses that are right; None: whatever says that the request was let in."""
    if door.needs in ALIKE_FOR_ALL:  # a provider of identities leads back to the page that says why
        return {303} if path.startswith("/sign-in/") else ALIKE_FOR_ALL[door.needs]
    if who.person is None or (who.cookie is not None and path.startswith(("/sync/", "/uploads/"))):
        return {401}
    if who.forged and method != "GET":
        return {403}
    if door.needs in WHOEVER_IT_IS:
        return WHOEVER_IT_IS[door.needs]
    if door.needs is Needs.ACT_ON_OBJECT and not who.sees(door):
        return {404}
    held = {
        Needs.ACT_ON_OBJECT: who.may(door),
        Needs.ACT_THERE: who.may(door),
        Needs.ACT_ONCE: who.holds(door.act) and (who.area is not None or who.once),
        Needs.ACT_SOMEWHERE: who.holds(door.act) and who.area is not None,
        Needs.ACT_IN_COUNTRY: who.holds(door.act) and who.area == COUNTRY,
    }
    return None if held[door.needs] else {403}


def test_every_route_has_a_row_in_the_table_and_every_row_a_route(tmp_path: Path) -> None:
    app = quick_app(Settings(database_url=f"sqlite:///{tmp_path / 'nowhere.sqlite3'}"))
    assert set(rules(app)) == DOORS.keys() | LIVE


@pytest.fixture(scope="module")
def people(stage: Stage) -> list[Somebody]:
    """All who try."""
    return [*everybody(stage.scene.world), *by_browser(stage.scene.world)]


@pytest.mark.parametrize("part", range(PARTS))
def test_everybody_is_let_in_where_the_table_says_so_and_nowhere_else(
    stage: Stage, people: list[Somebody], part: int, tried: Tried
) -> None:
    objects, wrong = stage.scene, []
    for (method, path), door in list(DOORS.items())[part::PARTS]:
        for who in people:
            reply = stage.ask(method, path, who.person, device=who.device, cookie=who.cookie, forged=who.forged)
            tried("access")
            right = expected(door, who, method, path)
            let_in = reply.status_code not in (401, 403, 404, 405) and reply.status_code < 500
            if not (let_in if right is None else reply.status_code in right):
                wrong.append(f"{method} {path}: {who.called} got {reply.status_code}, not {right or 'in'}")
            elif door.shows and reply.status_code == 200:
                seen = str(door.shows(objects)).encode() in reply.data
                if seen != who.sees(door):
                    wrong.append(f"{method} {path}: {who.called} sees {'it' if seen else 'nothing'}")
    assert not wrong, f"{len(wrong)}:\n" + "\n".join(wrong)


def test_what_lies_elsewhere_answers_exactly_like_what_does_not_exist(
    stage: Stage, people: list[Somebody], tried: Tried
) -> None:
    objects, wrong = stage.scene, []
    strangers = [who for who in people if who.area == OTHER_REGION or who.called == "without a grant"]
    for (method, path), door in DOORS.items():
        if door.needs not in (Needs.ACT_ON_OBJECT, Needs.OWN):
            continue
        arguments = [name for name, value in door.fills(objects).items() if isinstance(value, UUID)]
        for who, argument in product(strangers, arguments):
            answers = [
                told(stage.ask(method, path, who.person, device=who.device, instead=instead))
                for instead in ({}, {argument: objects.world.new_id()})
            ]
            tried("existence", 2)
            if answers[0] != answers[1]:
                wrong.append(f"{method} {path}: {who.called} is told {answers[0]} and {answers[1]}")
    assert not wrong, "\n".join(wrong)


def told(reply: Any) -> Any:
    """All that an answer says but for the id of the request."""
    body = dict(reply.json)
    body.pop("request_id", None)
    return reply.status_code, body, {k: v for k, v in reply.headers if k not in ("X-Request-ID", "Content-Length")}


def test_the_page_about_access_is_what_the_code_says() -> None:
    written = (ROOT / "docs" / "access.md").read_text(encoding="utf-8")
    assert written == document(), "run python -m tests.access"
