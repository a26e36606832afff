"""What waits for a person to look at it: which lists there are, and for whom."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import g
from flask_babel import lazy_gettext

from inspection import (
    duplicates,
    geocode_review,
    intake_review,
    position_questions,
    reviews,
    use_signatures,
)
from inspection.access import Act, Caller
from inspection.answers import answering
from inspection.keyset import Page
from inspection.tables.answers import ReplyKind, ReplyState
from inspection.tables.geocoding import GeocodeState

_ = lazy_gettext
ASKED = (ReplyKind.EXTENSION, ReplyKind.CONTEST, ReplyKind.MESSAGE)  # what an official has to answer


@dataclass(frozen=True, slots=True)
class Queue:
    """One list. endpoint: of its page. acts: whoever may do one of these somewhere is offered it.

    waiting: what nobody has decided yet; takes area, cursor and limit by name.
    """

    endpoint: str
    title: Any
    about: Any
    acts: frozenset[Act]
    waiting: Callable[..., Page]


def _intake(**asked: Any) -> Page:
    area = asked.pop("area", None)
    return intake_review.page(g.work.session, g.caller, intake_review.Filters(area=area), **asked)


def _duplicates(**asked: Any) -> Page:
    return duplicates.page(g.work.session, g.caller, open=True, **asked)


def _positions(**asked: Any) -> Page:
    return position_questions.page(g.work.session, g.caller, open=True, **asked)


def _addresses(**asked: Any) -> Page:
    return geocode_review.page(g.work.session, g.caller, states=[GeocodeState.DOUBTFUL], **asked)


def _replies(**asked: Any) -> Page:
    waiting = [ReplyState.WAITING.value]
    return answering.page(g.work.session, g.caller, state=waiting, kinds=ASKED, **asked)


def _declarations(**asked: Any) -> Page:
    return answering.page(g.work.session, g.caller, kinds=[ReplyKind.REMEDIED], unproven=True, **asked)


def _cases(**asked: Any) -> Page:
    return reviews.page(g.work.session, g.caller, open=True, **asked)


def _zeros(**asked: Any) -> Page:
    return use_signatures.waiting(g.work.session, g.caller, now=g.work.now, **asked)


QUEUES: Sequence[Queue] = (
    Queue(
        "review_replies",
        _("Requests of operators"),
        _("They ask for a later date, do not agree, or write something else."),
        frozenset({Act.DECIDE}),
        _replies,
    ),
    Queue(
        "review_declarations",
        _("Declarations of operators"),
        _("They say that it is remedied; a re-check is queued already."),
        frozenset({Act.DECIDE}),
        _declarations,
    ),
    Queue(
        "review_cases",
        _("What was told and is not true any more"),
        _("The operator has to be told what holds instead."),
        frozenset({Act.CONFIRM}),
        _cases,
    ),
    Queue(
        "review_intake",
        _("What tablets sent"),
        _("Nothing could be made of it, or others had changed the same."),
        frozenset({Act.SET_TIME, Act.ADMINISTER}),
        _intake,
    ),
    Queue(
        "review_duplicates",
        _("Places written down twice"),
        _("Two places that look like one."),
        frozenset({Act.CONFIRM}),
        _duplicates,
    ),
    Queue(
        "review_positions",
        _("Positions in question"),
        _("Inspectors measured another position than the one that is held."),
        frozenset({Act.EDIT_FACILITY}),
        _positions,
    ),
    Queue(
        "review_addresses",
        _("Addresses in doubt"),
        _("The address led to a place that only a person can believe."),
        frozenset({Act.EDIT_FACILITY}),
        _addresses,
    ),
    Queue(
        "review_zeros",
        _("Statements that nobody comes"),
        _("They count once a second person has signed."),
        frozenset({Act.COUNTERSIGN}),
        _zeros,
    ),
)


def queues_of(caller: Caller) -> Sequence[Queue]:
    """The lists in which a caller could decide something."""
    return [queue for queue in QUEUES if may_somewhere(caller, queue.acts)]


def may_somewhere(caller: Caller, acts: frozenset[Act]) -> bool:
    """Whether there is any area in which the caller may do one of these."""
    return any(caller.may_with(grant, act) for grant in caller.grants for act in acts)


def queue(endpoint: str) -> Queue:
    """The list at an endpoint."""
    return next(each for each in QUEUES if each.endpoint == endpoint)
