"""Random careers of a facility: audits, late ones, corrections, decisions of every kind, prescriptions.

Small numbers of spots, days and ids on purpose: events then meet, contradict and tie often. Hypothesis chooses
how many events there are and one seed for each, so that thousands of careers are cheap and a failing one still
shrinks to few events.
"""

from datetime import timedelta
from random import Random
from uuid import UUID

from hypothesis import strategies as st

from inspection.history import Decision, DecisionKind, Outcome, Prescribed, SignedAudit, Spot
from inspection.telling import Say, Told
from tests.inspection.events import COLLEAGUE, HEAD, INSPECTOR, a_decision, an_audit, day, on

Event = SignedAudit | Decision | Prescribed

SPOTS = (Spot("entrance-ramp-slope"), Spot("entrance-ramp-slope", "east"), Spot("entrance-door-width"))
LAST_DAY = 12
AUDITS, DECISIONS, UNKNOWN = 7, 8, 99
FIRST_DECISION, FIRST_OF_SAGA = 50, 70

# What meets what is a matter of luck, so what has to meet something is drawn more often.
_OUTCOMES = (*Outcome, Outcome.FAIL, Outcome.FAIL, Outcome.PASS)
_ACTS = (DecisionKind.WAIVE, DecisionKind.DECLARE, DecisionKind.RECHECK, DecisionKind.REVOKE)
_KINDS = (*DecisionKind, *_ACTS)


def _audit(id: int, chance: Random) -> SignedAudit:  # noqa: A002
    observed = chance.randint(0, LAST_DAY)
    signed = observed + chance.randint(0, 4)
    return an_audit(
        id,
        observed,
        {spot: chance.choice(_OUTCOMES) for spot in SPOTS if chance.random() < 0.7},
        signed=signed,
        received=signed + chance.choice((0, 0, 1, 5)),
        author=chance.choice((INSPECTOR, INSPECTOR, COLLEAGUE)),
        corrects=_some_audit(chance) if chance.random() < 0.25 else None,
        version=chance.choice(("1", "2")),
        alternatives={"wheelchair": chance.choice((None, "staff"))} if chance.random() < 0.4 else {},
    )


def _decision(id: int, chance: Random, audits: list[SignedAudit]) -> Decision:  # noqa: A002
    kind = chance.choice(_KINDS)
    about_a_spot = kind not in {DecisionKind.CONFIRM, DecisionKind.REVOKE}
    dated = kind is DecisionKind.EXTEND or (kind is DecisionKind.WAIVE and chance.random() < 0.5)
    seen = chance.choice(audits)  # officials decide on what lies before them, mostly
    failing = [spot for spot, finding in seen.findings.items() if finding.outcome is Outcome.FAIL]
    at = (seen.observed_at - day(0)).days + chance.randint(0, 4)
    return a_decision(
        id,
        kind,
        at,
        spot=chance.choice(failing or SPOTS) if about_a_spot else None,
        based_on=seen.id.int if chance.random() < 0.9 else _some_audit(chance),
        until=on(at + chance.randint(-2, 5)) if dated else None,
        revokes=chance.randint(FIRST_DECISION, max(id - 1, FIRST_DECISION))
        if kind is DecisionKind.REVOKE
        else None,
        author=chance.choice((HEAD, INSPECTOR)),  # who decides may audit as well
    )


def _saga(chance: Random, audits: list[SignedAudit]) -> list[Event]:
    """A told duty that is extended, waived, stands again as the waiver ends, and is waived again; or passes."""
    seen = chance.choice(audits)
    failing = [spot for spot, finding in seen.findings.items() if finding.outcome is Outcome.FAIL]
    told, first, spot = (seen.observed_at - day(0)).days, FIRST_OF_SAGA, chance.choice(failing or SPOTS)

    def act(id: int, kind: DecisionKind, at: float, until: int | None = None) -> Decision:  # noqa: A002
        day_of = None if until is None else on(until)
        return a_decision(id, kind, at, spot=spot, based_on=seen.id.int, until=day_of)

    runs_out = chance.random() < 0.5
    passed_at = told + chance.choice((1.75, 4.5))  # under the first waiver, or under the second
    passed = [an_audit(AUDITS + 1, passed_at, {spot: Outcome.PASS})] if chance.random() < 0.3 else []
    return [
        *passed,
        Prescribed(UUID(int=901), seen.id, day(told)),
        act(first, DecisionKind.EXTEND, told + 1, until=told + chance.randint(2, 40)),
        act(first + 1, DecisionKind.WAIVE, told + 1.5, until=told + 2 if runs_out else None),
        a_decision(first + 2, DecisionKind.REVOKE, told + 2.5, spot=None, based_on=None, revokes=first + 1),
        act(first + 3, DecisionKind.WAIVE, told + 4, until=None if runs_out else told + 5),
    ]


def _some_audit(chance: Random) -> int:
    """The number of an audit that there may be; careers are short more often than long."""
    return min(chance.randint(1, AUDITS), chance.randint(1, AUDITS)) if chance.random() < 0.9 else UNKNOWN


def _issue(chance: Random) -> Prescribed:
    return Prescribed(UUID(int=900), UUID(int=chance.randint(1, AUDITS)), day(chance.randint(0, LAST_DAY)))


def _told(by: int, chance: Random) -> Told:
    say = chance.choice(tuple(Say))
    undated = say is Say.RELEASED or (say is Say.CORRECTED and chance.random() < 0.5)
    stood_at, told_at = (day(chance.randint(0, LAST_DAY)) for _ in range(2))
    due = None if undated else on(chance.randint(5, 40))
    return Told(chance.choice(SPOTS), stood_at, say, due, told_at + timedelta(hours=12), UUID(int=by))


def _chances(at_most: int, *, at_least: int = 0) -> st.SearchStrategy[list[Random]]:
    return st.lists(st.integers(0, 2**32).map(Random), min_size=at_least, max_size=at_most)


@st.composite
def careers(draw: st.DrawFn) -> list[Event]:
    """Events of one facility, each once."""
    audits = [_audit(n, chance) for n, chance in enumerate(draw(_chances(AUDITS, at_least=1)), 1)]
    decisions = [_decision(n, c, audits) for n, c in enumerate(draw(_chances(DECISIONS)), FIRST_DECISION)]
    sagas = [event for chance in draw(_chances(1)) for event in _saga(chance, audits)]
    return [*audits, *decisions, *(_issue(chance) for chance in draw(_chances(2))), *sagas]


@st.composite
def arrivals(draw: st.DrawFn) -> tuple[list[Event], list[Event]]:
    """A career, and the same in another order with some of it twice: late audits, resends."""
    happened = draw(careers())
    chance = Random(draw(st.integers(0, 2**32)))
    arrived = happened + chance.choices(happened, k=chance.randint(0, 4))
    chance.shuffle(arrived)
    return happened, arrived


DROPS: st.SearchStrategy[frozenset[str] | None] = st.none() | st.frozensets(
    st.sampled_from(sorted({spot.criterion for spot in SPOTS}))
)


@st.composite
def ledgers(draw: st.DrawFn) -> tuple[Told, ...]:
    """Anything that may have been told, sensible or not."""
    return tuple(_told(by, chance) for by, chance in enumerate(draw(_chances(5))))
