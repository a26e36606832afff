"""Random careers of a facility: audits, late ones, corrections, decisions of every kind, prescriptions.

Small numbers of spots, days and ids on purpose: events then meet, contradict and tie often.
"""

from datetime import date
from uuid import UUID

from hypothesis import strategies as st

from inspection.history import Decision, DecisionKind, Outcome, Prescribed, SignedAudit, Spot
from inspection.telling import Say, Told
from tests.inspection.events import COLLEAGUE, INSPECTOR, a_decision, an_audit, day, on

Event = SignedAudit | Decision | Prescribed

SPOTS = (Spot("entrance-ramp-slope"), Spot("entrance-ramp-slope", "east"), Spot("entrance-door-width"))
DAYS = st.integers(0, 12)
AUDITS, UNKNOWN = 7, 99
FIRST_DECISION = 50


@st.composite
def audits(draw: st.DrawFn, id: int) -> SignedAudit:  # noqa: A002
    observed = draw(DAYS)
    correction = draw(st.booleans()) and draw(st.booleans())
    return an_audit(
        id,
        observed,
        draw(st.dictionaries(st.sampled_from(SPOTS), st.sampled_from(Outcome), max_size=3)),
        signed=observed + draw(st.integers(0, 4)),
        author=draw(st.sampled_from((INSPECTOR, INSPECTOR, COLLEAGUE))),
        corrects=draw(st.sampled_from((*range(1, AUDITS + 1), UNKNOWN))) if correction else None,
        version=draw(st.sampled_from(("1", "2"))),
        alternatives=draw(st.dictionaries(st.sampled_from(("wheelchair", "vision")), st.sampled_from((None, "staff")))),
    )


@st.composite
def decisions(draw: st.DrawFn, id: int) -> Decision:  # noqa: A002
    kind = draw(st.sampled_from((*DecisionKind, DecisionKind.WAIVE, DecisionKind.REVOKE)))
    about_a_spot = kind not in {DecisionKind.CONFIRM, DecisionKind.REVOKE}
    dated = kind is DecisionKind.EXTEND or (kind is DecisionKind.WAIVE and draw(st.booleans()))
    return a_decision(
        id,
        kind,
        draw(DAYS),
        spot=draw(st.sampled_from(SPOTS)) if about_a_spot else None,
        based_on=draw(st.integers(1, AUDITS)),
        until=on(draw(DAYS)) if dated else None,
        revokes=FIRST_DECISION + draw(st.integers(0, 7)) if kind is DecisionKind.REVOKE else None,
    )


@st.composite
def careers(draw: st.DrawFn) -> list[Event]:
    """Events of one facility, each once."""
    happened: list[Event] = [draw(audits(id)) for id in range(1, draw(st.integers(1, AUDITS)) + 1)]  # noqa: A001
    happened += [draw(decisions(FIRST_DECISION + n)) for n in range(draw(st.integers(0, 8)))]
    issues = st.builds(
        Prescribed, st.just(UUID(int=900)), st.integers(1, AUDITS).map(lambda n: UUID(int=n)), DAYS.map(day)
    )
    return happened + draw(st.lists(issues, max_size=2))


@st.composite
def arrivals(draw: st.DrawFn) -> tuple[list[Event], list[Event]]:
    """A career, and the same in another order with some of it twice: late audits, resends."""
    happened = draw(careers())
    resent = draw(st.lists(st.sampled_from(happened), max_size=4))
    return happened, draw(st.permutations(happened + resent))


DROPS: st.SearchStrategy[frozenset[str] | None] = st.none() | st.frozensets(
    st.sampled_from(sorted({spot.criterion for spot in SPOTS}))
)


@st.composite
def ledgers(draw: st.DrawFn) -> tuple[Told, ...]:
    """Anything that may have been told, sensible or not."""
    says = st.sampled_from(Say)
    found: list[Told] = []
    for by in range(draw(st.integers(0, 5))):
        say = draw(says)
        due: date | None = on(draw(st.integers(5, 40)))
        if say is Say.RELEASED or (say is Say.CORRECTED and draw(st.booleans())):
            due = None
        told_at = day(draw(DAYS) + 0.5)
        found.append(Told(draw(st.sampled_from(SPOTS)), day(draw(DAYS)), say, due, told_at, UUID(int=by)))
    return tuple(found)
