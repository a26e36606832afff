"""Which stages are in force on a day: those that Pandus comes with, then the editions of a country.

A stage is the same as long as it has its name, whatever its day. To whom it is new it tells nothing of days that
lay before: nobody gets a letter today about a day of last year because somebody added a stage.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from inspection.notices.stages import Recipient, Stage, Stages, stages


@dataclass(frozen=True, slots=True)
class Edition:
    """Stages from a local day on. number: 0 for those that Pandus comes with, which are as old as time."""

    number: int
    since: date
    stages: Stages


@dataclass(frozen=True, slots=True)
class Opening:
    """From which day on a stage had so many days, for one kind of recipient."""

    days: int
    since: date


@dataclass(frozen=True, slots=True)
class Final:
    """When nothing more comes of a told date: this stage of it was decided in [since, until).

    until: None: for ever. due_before: and the date lies before; None: whatever date it is.
    """

    stage: str
    since: date
    until: date | None
    due_before: date | None


SHIPPED = Edition(0, date.min, stages())


@dataclass(frozen=True)
class Timetable:
    """The editions that have begun by a day, oldest first; the last one is in force."""

    editions: tuple[Edition, ...] = (SHIPPED,)

    @property
    def stages(self) -> Stages:
        """What is in force."""
        return self.editions[-1].stages

    @cached_property
    def by_kind(self) -> Mapping[Recipient, tuple[Sequence[Stage], Mapping[str, Sequence[Opening]]]]:
        """For each kind of recipient the stages that a date brings, earliest first, and openings of new ones."""
        return {kind: (self.stages.for_(kind), dict(self._openings(kind))) for kind in Recipient}

    def _openings(self, kind: Recipient) -> Iterable[tuple[str, Sequence[Opening]]]:
        for stage in self.stages.for_(kind):
            run = self._run(stage.name, kind)
            if run[0].number > 0:
                yield stage.name, _openings_in(run, stage.name)

    def _run(self, name: str, kind: Recipient) -> Sequence[Edition]:
        """The editions since which a stage has told that kind without a break. The last one is in force."""
        run: list[Edition] = []
        for edition in reversed(self.editions):
            if not _tells(edition, name, kind):
                break
            run.insert(0, edition)
        return run

    def finals(self) -> Sequence[Final]:
        """What stands in the notices of dates of which nothing more comes: they need not be looked at.

        When the last stage of an edition was decided under it, the date had passed, which ends all reminders, and
        all others of it had come and were decided with it. What can come after that is what was new since.
        """
        found: list[Final] = []
        for n, edition in enumerate(self.editions):
            until = self.editions[n + 1].since if n + 1 < len(self.editions) else None
            final = Final(edition.stages.by_day[-1].name, edition.since, until, self._new_from(edition))
            last = found[-1] if found else None
            if last is not None and (last.stage, last.due_before) == (final.stage, final.due_before):
                found[-1] = Final(last.stage, last.since, until, last.due_before)
            else:
                found.append(final)
        return found

    def _new_from(self, edition: Edition) -> date | None:
        """From which due date on something may be open that this edition had not decided with its last stage."""
        pairs = [(s.name, kind) for s in self.stages.by_day for kind in s.to if s.days is not None and s.days > 0]
        found = [day for pair in pairs if (day := self._opened_after(edition, *pair)) is not None]
        return date.fromordinal(max(1, min(found))) if found else None

    def _opened_after(self, edition: Edition, name: str, kind: Recipient) -> int | None:
        run = self._run(name, kind)
        known = [each for each in run if each.number <= edition.number]
        later = [each for each in run if each.number > edition.number]
        if not later or any(each.number == 0 for each in known):
            return None  # open for every date then
        first = min(_first_due(each, name) for each in later)
        return first if not known or first < min(_first_due(each, name) for each in known) else None


def _tells(edition: Edition, name: str, kind: Recipient) -> bool:
    stage = edition.stages.by_name.get(name)
    return stage is not None and stage.days is not None and kind in stage.to


def _first_due(edition: Edition, name: str) -> int:
    """The first due date, as an ordinal, whose stage did not lie before this edition."""
    return edition.since.toordinal() - (edition.stages.by_name[name].days or 0)


def _openings_in(run: Sequence[Edition], name: str) -> Sequence[Opening]:
    found: list[Opening] = []
    for edition in run:
        days = edition.stages.by_name[name].days or 0
        if all(opening.days != days for opening in found):
            found.append(Opening(days, edition.since))
    return tuple(found)
