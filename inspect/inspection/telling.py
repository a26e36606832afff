"""The ledger of what people were told, as plain values, and what has to be told now.

Nothing told is rewritten. Where what is true no longer agrees with it, a person reviews the case and a letter
corrects it openly; the letter is one more entry.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from enum import StrEnum
from itertools import takewhile
from uuid import UUID

from inspection.clocks import last_moment
from inspection.history import Episode, Outcome, Settled, SettledViolation, Spot


class Say(StrEnum):
    """What an entry of the ledger told; of several told at one moment the later in this order holds."""

    PRESCRIBED = "prescribed"  # remedy this until due_on
    EXTENDED = "extended"  # you have until due_on
    CORRECTED = "corrected"  # due_on holds instead; without a date: the item is withdrawn
    RELEASED = "released"  # the item is remedied or waived


@dataclass(frozen=True, slots=True)
class Told:
    """One thing told about one violation.

    stood_at: the observation on which the item rested: of the audit a prescription was issued on, else when the
    episode opened. It names the episode, and unlike an ordinal or the opening it still does when late audits
    or corrections move the episode's ends. due_on: always given when prescribed or extended. told_at: server
    clock. by: the prescription or letter.
    """

    spot: Spot
    stood_at: datetime
    say: Say
    due_on: date | None
    told_at: datetime
    by: UUID


class Why(StrEnum):
    """Why something has to be told."""

    PRESCRIBE = "prescribe"  # open and never told
    RELEASED = "released"  # told, and measured as a pass or waived since
    REOPENED = "reopened"  # open, but people were told it is over, or were told of an earlier episode only
    VANISHED = "vanished"  # told, but by what is known now it never stood
    DUE_CHANGED = "due_changed"  # another date holds than the one told


REVIEWS = frozenset({Why.REOPENED, Why.VANISHED, Why.DUE_CHANGED})


@dataclass(frozen=True, slots=True)
class ToTell:
    """One thing people do not know yet.

    say: the kind of entry that settles it; stood_at belongs into that entry. due_on: for due_changed the date
    that holds, for a told item else the date it was told with, None when nothing was told.
    """

    spot: Spot
    why: Why
    say: Say
    stood_at: datetime
    due_on: date | None

    @property
    def review(self) -> bool:
        """Whether a person has to look at it first: what was told turned out otherwise.

        An extension is no such case: whoever decided it knows, and a notice will tell it.
        """
        return self.why in REVIEWS and self.say is not Say.EXTENDED

    @property
    def news(self) -> bool:
        """Whether the operator hears of it without anybody looking first: an extension, a release."""
        return self.say in (Say.EXTENDED, Say.RELEASED) and not self.review


def to_tell(settled: Settled, told: Iterable[Told], today: date, *, zone: tzinfo) -> tuple[ToTell, ...]:
    """What is true as of a local day and was not told, by spot.

    told: the facility's ledger in any order. today: in zone, the facility's time zone.
    Once an entry as named by each result is in the ledger, nothing is left to tell. An open item that was never
    told waits for a prescription; whether and when to issue it is the department's matter.
    """
    ledger = by_spot(told)
    now = last_moment(today, zone)
    compared = (
        _compare(spot, settled, ledger.get(spot, ()), now) for spot in sorted(settled.violations.keys() | ledger)
    )
    return tuple(case for case in compared if case is not None)


def by_spot(told: Iterable[Told]) -> dict[Spot, tuple[Told, ...]]:
    """The ledger of each spot, oldest entry first."""
    entries: dict[Spot, list[Told]] = defaultdict(list)
    for entry in set(told):
        entries[entry.spot].append(entry)
    return {spot: tuple(sorted(listed, key=_order)) for spot, listed in entries.items()}


def due_on(entries: Iterable[Told]) -> date | None:
    """The date that the told entries of one episode leave standing; None if none was told or it is over."""
    last = max(entries, key=_order, default=None)
    return last.due_on if last and _stands(last) else None


def holding_due(episode: Episode, entries: Iterable[Told]) -> date | None:
    """The date that holds for an open episode, extensions included that are still to be told.

    entries: the ledger of its spot, oldest first. None if nobody was told anything that stands.
    """
    of_this = told_of(episode, entries)
    return true_due(episode, of_this)[1] if due_on(of_this) else None


def told_of(episode: Episode, entries: Iterable[Told]) -> tuple[Told, ...]:
    """Those entries of a spot's ledger, oldest first, that speak of this episode.

    What was told before a waiver interrupted the duty is of the episode that continues it, unless people were told
    since that it is over: then nobody has to know of it any more.
    """
    of_this = [entry for entry in entries if covers(episode, entry.stood_at)]
    taken_back = [n for n, e in enumerate(of_this, 1) if e.stood_at < episode.opened_at and not _stands(e)]
    return tuple(of_this[taken_back[-1] :] if taken_back else of_this)


def covers(episode: Episode, moment: datetime) -> bool:
    """Whether an item that rested on an observation at this moment is of this episode or of what it continues."""
    since = episode.continues or episode.opened_at
    if moment in (since, episode.opened_at):
        return True  # also when a pass of the same moment ended it at once
    return since < moment and (episode.ended_at is None or moment < episode.ended_at)


def _compare(spot: Spot, settled: Settled, entries: tuple[Told, ...], now: datetime) -> ToTell | None:
    violation = settled.violations.get(spot)
    standing = violation.open_at(now) if violation else None
    last = entries[-1] if entries else None
    if standing is None:
        return _told_but_not_open(violation, last) if last and _stands(last) else None
    stood_at = _rests_on(standing, settled, spot)
    if last is None:
        return ToTell(spot, Why.PRESCRIBE, Say.PRESCRIBED, stood_at, None)
    of_this = told_of(standing, entries)
    if not _stands(last) or last not in of_this:
        # Who was told of this very episode gets a letter that corrects; another episode is another prescription.
        say = Say.CORRECTED if of_this else Say.PRESCRIBED
        return ToTell(spot, Why.REOPENED, say, stood_at, last.due_on)
    say, due = true_due(standing, of_this)
    return None if due == last.due_on else ToTell(spot, Why.DUE_CHANGED, say, stood_at, due)


def _told_but_not_open(violation: SettledViolation | None, last: Told) -> ToTell:
    if violation and any(covers(episode, last.stood_at) for episode in violation.episodes):
        return ToTell(last.spot, Why.RELEASED, Say.RELEASED, last.stood_at, last.due_on)
    return ToTell(last.spot, Why.VANISHED, Say.CORRECTED, last.stood_at, last.due_on)


def true_due(standing: Episode, entries: tuple[Told, ...]) -> tuple[Say, date | None]:
    """The date that holds and how to say it: the last letter's, unless an extension was decided after it.

    entries: of this episode; what was told before the item was last taken back no longer holds.
    """
    in_force = list(takewhile(_stands, reversed(entries)))
    letter = next((entry for entry in in_force if entry.say is not Say.EXTENDED), None)
    if standing.extended_at and (letter is None or standing.extended_at >= letter.told_at):
        return Say.EXTENDED, standing.extended_until
    return Say.CORRECTED, letter.due_on if letter else entries[-1].due_on


def _rests_on(standing: Episode, settled: Settled, spot: Spot) -> datetime:
    """The newest fail of an open episode, so that a correction of an older one does not lose the item."""
    newest = settled.latest.get(spot)
    if newest and newest.finding.outcome is Outcome.FAIL and covers(standing, newest.observed_at):
        return max(newest.observed_at, standing.opened_at)  # a waiver may have ended since the fail
    return standing.opened_at


def _stands(entry: Told) -> bool:
    """Whether people, told this last, have something to remedy."""
    if entry.say is Say.CORRECTED:
        return entry.due_on is not None
    return entry.say is not Say.RELEASED


def _order(entry: Told) -> tuple[datetime, int, UUID]:
    return entry.told_at, tuple(Say).index(entry.say), entry.by
