"""Who may do what, where: the one place that every read and write passes.

A grant is a role in an area, and everything below the area. `narrow` restricts a query to what a caller may
see; `require` is asked before anything is changed. What lies outside a caller's areas answers exactly like what
does not exist.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, TypeVarTuple
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, Select, Uuid, bindparam, false, null, or_, select
from sqlalchemy.orm import Session

from inspection.database import Instant
from inspection.errors import Forbidden, NotFound, Unauthenticated
from inspection.grants_used import GrantsUsed
from inspection.signing.limits import IDLE
from inspection.signing.refusals import SignInOver
from inspection.tables.areas import Area, Level
from inspection.tables.people import Device, Grant, Person, Role
from inspection.tables.signing import SignIn

Row = TypeVarTuple("Row")
NOW = bindparam("now", type_=Instant())


class Act(StrEnum):
    """What can be done to something that lies in an area."""

    READ = "read"
    EDIT_FACILITY = "edit_facility"
    SUBMIT_AUDIT = "submit_audit"
    SET_TIME = "set_time"
    PRESCRIBE = "prescribe"
    DECIDE = "decide"
    CONFIRM = "confirm"
    RECORD_USE = "record_use"
    COUNTERSIGN = "countersign"
    READ_JOURNAL = "read_journal"
    ENROL = "enrol"
    ADMINISTER = "administer"


# The one table of roles. A ministry viewer changes nothing; confirming a correction is the head's alone,
# because turning a fail into a pass afterwards is the cheapest bribe. So is the second signature under a statement
# that nobody comes: it takes a place out of every ranking.
MAY: Mapping[Role, frozenset[Act]] = {
    Role.INSPECTOR: frozenset({Act.READ, Act.EDIT_FACILITY, Act.SUBMIT_AUDIT, Act.PRESCRIBE, Act.RECORD_USE}),
    Role.HEAD: frozenset(Act) - {Act.ADMINISTER},
    Role.AKIMAT: frozenset({Act.READ, Act.EDIT_FACILITY, Act.DECIDE, Act.RECORD_USE}),
    Role.MINISTRY: frozenset({Act.READ}),
    Role.ADMIN: frozenset({Act.READ, Act.EDIT_FACILITY, Act.READ_JOURNAL, Act.ENROL, Act.ADMINISTER}),
}
# A tablet is lost or lent more easily than a password: whoever it belongs to, with it they work as an inspector.
WITH_TABLET = MAY[Role.INSPECTOR]


# Whole sentences, because the names of acts and kinds would have to be inflected in other languages.
NEEDS: Mapping[Act, str] = {
    Act.READ: "this needs a role that may read here",
    Act.EDIT_FACILITY: "this needs a role that may edit facilities in that area",
    Act.SUBMIT_AUDIT: "this needs a role that may send audits",
    Act.SET_TIME: "this needs a role that may set the time of audits",
    Act.PRESCRIBE: "this needs a role that may issue prescriptions",
    Act.DECIDE: "this needs a role that may decide about violations",
    Act.CONFIRM: "this needs a role that may confirm corrections",
    Act.RECORD_USE: "this needs a role that may enter evidence of use",
    Act.COUNTERSIGN: "this needs a head of department",
    Act.ENROL: "this needs a role that may enrol tablets",
    Act.READ_JOURNAL: "this needs a role that may read the journal",
    Act.ADMINISTER: "this needs an administrator",
}
NO_SUCH: Mapping[str, str] = {
    "facility": "there is no such facility",
    "operator": "there is no such operator",
    "audit": "there is no such audit",
    "violation": "there is no such violation",
    "decision": "there is no such decision",
    "violation_act": "there is no such act",
    "prescription": "there is no such prescription",
    "fine": "there is no such fine",
    "letter": "there is no such letter",
    "digest": "there is no such digest",
    "reply": "there is no such reply",
    "answer_link": "there is no such link",
    "followup": "there is no such follow-up",
    "duplicate_pair": "there is no such pair",
    "use_record": "there is no such record",
    "person": "there is no such person",
    "saved_view": "there is no such view",
    "object": "there is no such object",
}


class PlacedRow(Protocol):
    """Anything that lies somewhere; read-only here, so that frozen values fit as well as table rows."""

    @property
    def country(self) -> Any: ...
    @property
    def region_code(self) -> Any: ...
    @property
    def district_code(self) -> Any: ...


@dataclass(frozen=True, slots=True)
class Place:
    """A country, region and (if known) district, as plain values."""

    country: str
    region_code: str
    district_code: str | None = None


@dataclass(frozen=True, slots=True)
class HeldGrant:
    """A grant that is in force."""

    role: Role
    area_code: str
    level: Level


@dataclass(frozen=True, slots=True)
class HeldSession:
    """A session of a browser. seen_at: when that was last written down."""

    id: UUID
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who is signed in, with the grants in force at the moment of the request.

    tablet: by which they are, if it is one with tokens of its own; session: the same of a browser. used: which of
    the grants let them do what they have done so far.
    """

    person_id: UUID
    name: str
    language: str
    grants: tuple[HeldGrant, ...]
    tablet: UUID | None = None
    session: HeldSession | None = None
    used: GrantsUsed = field(default_factory=GrantsUsed, compare=False, repr=False)

    def reach(self, act: Act, level: Level) -> tuple[str, ...]:
        """Codes of the areas of this level in which the caller may do this, sorted."""
        found = {g for g in self.grants if g.level == level and self.may_with(g, act)}
        for grant in found:
            self.used.note(grant, reading=act is Act.READ)
        return tuple(sorted({grant.area_code for grant in found}))

    def may_with(self, grant: "HeldGrant", act: Act) -> bool:
        """Whether this grant of the caller's lets them do this where it lies."""
        return act in MAY[grant.role] and (self.tablet is None or act in WITH_TABLET)


@dataclass(frozen=True, slots=True)
class OfTablet:
    """What an access token says whose signature was checked and whose time is not over: which tablet asks."""

    device_id: UUID


@dataclass(frozen=True, slots=True)
class OfSession:
    """What the cookie of a browser says: the hash of the secret in it."""

    secret_hash: bytes


Bearer = str | OfTablet  # a person's token, or a tablet's
Credential = Bearer | OfSession  # or a browser's cookie


def sign_in(session: Session, credential: Credential, *, now: datetime) -> Caller:
    """The person behind a bearer token or a cookie, with the grants in force at `now`, in one query.

    Raises Unauthenticated for a token that is not ours, SignInOver for a session that has ended or is not ours,
    Forbidden for a tablet that was stopped; a person without a grant is signed in and sees nothing.
    """
    if isinstance(credential, OfSession):
        return _sign_in_session(session, credential, now)
    # Plain rows of a statement that is built once: every request begins here, and the ORM takes thrice as long.
    if isinstance(credential, OfTablet):
        asked = {"device": credential.device_id, "now": now}
        rows = session.connection().execute(SIGN_IN_TABLET, asked).all()
    else:
        rows = session.connection().execute(SIGN_IN, {"hash": token_hash(credential), "now": now}).all()
    if not rows:
        raise Unauthenticated("the token is not known")
    if rows[0].stopped_at is not None:
        raise Forbidden("this tablet has been stopped", act="sync")
    tablet = credential.device_id if isinstance(credential, OfTablet) else None
    return Caller(rows[0].id, rows[0].name, rows[0].language, _held(rows), tablet)


def _sign_in_session(session: Session, credential: OfSession, now: datetime) -> Caller:
    asked = {"hash": credential.secret_hash, "now": now, "idle": now - IDLE}
    rows = session.connection().execute(SIGN_IN_SESSION, asked).all()
    if not rows:
        raise SignInOver("this sign-in is over")
    first, held = rows[0], HeldSession(rows[0].session_id, rows[0].seen_at)
    return Caller(first.id, first.name, first.language, _held(rows), session=held)


def _held(rows: Sequence[Any]) -> tuple[HeldGrant, ...]:
    return tuple(HeldGrant(Role(r.role), r.code, Level(r.level)) for r in rows if r.role is not None)


def _sign_in(
    whose: ColumnElement[bool], by: FromClause | None = None, further: tuple[ColumnElement[Any], ...] = ()
) -> Select[Any]:
    """by: a table whose rows belong to people, and further: what is read of it."""
    people, grants, areas = Person.__table__, Grant.__table__, Area.__table__
    in_force = (grants.c.person_id == people.c.id) & (grants.c.valid_from <= NOW)
    in_force &= grants.c.valid_to.is_(None) | (grants.c.valid_to > NOW)
    shown = (people.c.id, people.c.name, people.c.language, grants.c.role, areas.c.code, areas.c.level)
    whoever = people if by is None else by.join(people, people.c.id == by.c.person_id)
    return (
        select(*shown, *further)
        .select_from(whoever.outerjoin(grants, in_force).outerjoin(areas, areas.c.code == grants.c.area_code))
        .where(whose)
        .order_by(areas.c.level, areas.c.code, grants.c.role)
    )


SIGN_IN = _sign_in(Person.__table__.c.token_hash == bindparam("hash"), further=(null().label("stopped_at"),))
_TABLET, _SESSION = Device.__table__, SignIn.__table__
SIGN_IN_TABLET = _sign_in(
    _TABLET.c.id == bindparam("device", type_=Uuid()), _TABLET, further=(_TABLET.c.stopped_at,)
)
SIGN_IN_SESSION = _sign_in(
    (_SESSION.c.secret_hash == bindparam("hash"))
    & _SESSION.c.ended_at.is_(None)
    & (_SESSION.c.ends_at > NOW)
    & (_SESSION.c.seen_at > bindparam("idle", type_=Instant())),
    _SESSION,
    further=(_SESSION.c.id.label("session_id"), _SESSION.c.seen_at),
)


def known(session: Session, person_id: UUID, *, now: datetime) -> Caller:
    """A person who is known by other means than their token, with the grants in force at `now`."""
    person = session.get_one(Person, person_id)
    in_force = (Grant.valid_from <= now) & (Grant.valid_to.is_(None) | (Grant.valid_to > now))
    rows = session.execute(
        select(Grant.role, Area.code, Area.level)
        .join(Area, Area.code == Grant.area_code)
        .where(Grant.person_id == person_id, in_force)
        .order_by(Area.level, Area.code, Grant.role)
    )
    held = tuple(HeldGrant(Role(row.role), row.code, Level(row.level)) for row in rows)
    return Caller(person.id, person.name, person.language, held)


def lasting_grant(moment: datetime) -> ColumnElement[bool]:
    """The condition that a grant was in force after a moment, is, or will be."""
    lasting: ColumnElement[bool] = Grant.valid_to.is_(None) | (Grant.valid_to > moment)
    return lasting


def token_hash(token: str) -> bytes:
    """What is kept of a token: tokens are long and random, so a plain SHA-256 is enough."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()


def narrow(statement: Select[*Row], model: Any, caller: Caller, act: Act = Act.READ) -> Select[*Row]:
    """The statement restricted to rows of `model` in which the caller may do this.

    model: a table class, or alias, with country, region_code and district_code.
    """
    return statement.where(within(model, caller, act))


def within(model: Any, caller: Caller, act: Act = Act.READ) -> ColumnElement[bool]:
    """The condition that a row of `model` lies where the caller may do this."""
    conditions: list[ColumnElement[bool]] = []
    for level, column in (
        (Level.COUNTRY, model.country),
        (Level.REGION, model.region_code),
        (Level.DISTRICT, model.district_code),
    ):
        codes = caller.reach(act, level)
        if codes:
            # One code is an equality, so that an index on it can also deliver the order of the rows.
            conditions.append(column == codes[0] if len(codes) == 1 else column.in_(codes))
    return or_(*conditions) if conditions else false()


def may(caller: Caller, act: Act, row: PlacedRow) -> bool:
    """Whether the caller may do this to something that lies there."""
    places = {row.country, row.region_code, row.district_code}
    found = [g for g in caller.grants if g.area_code in places and caller.may_with(g, act)]
    if found:
        caller.used.note(max(found, key=lambda grant: grant.level), reading=act is Act.READ)
        caller.used.places.add(row.region_code or row.country)
    return bool(found)


def require(caller: Caller, act: Act, row: PlacedRow | None, *, what: str = "object") -> None:
    """Refuse what the caller may not do.

    Raises NotFound for None and for what the caller may not even see, Forbidden for what they see only.
    """
    if row is None or not may(caller, Act.READ, row):
        raise NotFound(NO_SUCH.get(what, NO_SUCH["object"]), kind=what)
    if not may(caller, act, row):
        raise Forbidden(NEEDS[act], act=act.value)


def require_for_country(caller: Caller, act: Act, country: str) -> None:
    """Refuse what concerns a whole country to those who hold only a part of it, or another. Raises Forbidden."""
    if country not in caller.reach(act, Level.COUNTRY):
        raise Forbidden("this needs an administrator of the whole country", act=act.value, country=country)


def roles_of(grants: Iterable[HeldGrant]) -> tuple[Role, ...]:
    """The distinct roles among grants, in the order of the role table."""
    held = {g.role for g in grants}
    return tuple(r for r in Role if r in held)
