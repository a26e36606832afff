"""`flask demo`: an invented region with two years of inspections, and who can sign in to it."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from typing import TypeVar
from uuid import UUID

import click
import pyotp
from sqlalchemy import Engine, select

from api.demo_waiting import leave_waiting, plan_a_tour
from api.keys import keys
from api.ranking import update_all
from api.refused import CommandGroup, CommandRefused
from api.settings import Settings
from api.signing.hashing import hashed
from api.signing.sealing import KeySealer
from api.wiring import wiring
from api.work import Units, Work
from inspection.access import token_hash
from inspection.countries import local_date
from inspection.criteria import Checklist
from inspection.demo import acting, founding
from inspection.demo import signing as by_browser
from inspection.demo.acting import Stage
from inspection.demo.chance import chance, made_id
from inspection.demo.counting import Counts, Figures, count_region
from inspection.demo.desk import DESK, work_the_desk
from inspection.demo.events import Event, Fined, Issued, Ruled, Sent
from inspection.demo.people import MAIL
from inspection.demo.settlements import add_settlements
from inspection.demo.story import Story, tell_story, together
from inspection.errors import InspectionError
from inspection.signing import totp
from inspection.tables.areas import Area
from inspection.tables.people import Grant, Person
from inspection.understanding import understand

MOST_ROWS = 500  # of one unit of work
UNFINISHED = "The demo region was not loaded to its end: start over with an empty database (make reset)."
T = TypeVar("T")

command = CommandGroup("demo", help="An invented region with two years of inspections.")


@command.command("load")
@click.option(
    "--seed", type=click.IntRange(min=0), default=1, show_default=True, help="The same seed, the same region."
)
@click.option("--facilities", type=click.IntRange(1, 100_000), default=1000, show_default=True)
@click.option("--end", type=click.DateTime(["%Y-%m-%d"]), help="Day on which the two years end; by default today.")
def load_command(seed: int, facilities: int, end: datetime | None) -> None:
    """Make the demo region. Refused where the database holds anything that is not of a demo."""
    parts = wiring()
    until = end.date() if end else None
    if load(parts.units, seed=seed, facilities=facilities, end=until, settings=parts.settings):
        let_in_by_browser(parts.units, parts.settings)
        _say_sign_ins(parts.units)


@command.command("sign-ins")
def sign_ins_command() -> None:
    """Print who can sign in to the demo region, and with what."""
    _say_sign_ins(wiring().units)


@command.command("codes")
def codes_command() -> None:
    """Print the codes that the apps of the demo people show now."""
    now = wiring().units.now()
    for name in wiring().units.read(lambda work: by_browser.names(work.session)):
        click.echo(f"{pyotp.TOTP(by_browser.app_secret(name)).at(now)}  {name}")


def load(
    units: Units, *, seed: int, facilities: int, end: date | None = None, settings: Settings | None = None
) -> bool:
    """Make the demo region and say what it came to. False, and nothing changed, where there is one already.

    end: day on which the two years end, not after today. settings: where files are kept and ways are asked for;
    without them there are no pictures and no tour. Everything enters by the doors that real documents come
    in by, in units of work at the moments at which it would have happened. Raises click.ClickException.
    """
    try:
        if units.read(founding.is_founded):
            _say_that_it_is_there(units)
            return False
    except InspectionError as refusal:
        raise CommandRefused(refusal) from None
    today = units.read(lambda work: local_date(work.now, founding.COUNTRY))
    if end is not None and end > today:
        raise click.UsageError(f"--end lies after today, {today}")
    checklist = founding.own_checklist()
    story = tell_story(seed, facilities, end or today, checklist)
    loading = _Loading(units, seed, story)
    try:
        stage = loading.run(checklist[1], settings)
    except InspectionError as refusal:
        raise CommandRefused(refusal) from refusal
    units.write(partial(add_settlements, country=founding.COUNTRY, seed=seed))
    update_all(units)
    if settings is not None:
        plan_a_tour(units, stage, settings)
    for line in _summary(units.read(count_region)):
        click.echo(line)
    return True


def sign_ins(units: Units) -> Sequence[str]:
    """Lines that say who can sign in to the demo region, and with what; none where there is no demo."""

    def listed(work: Work) -> Sequence[str]:
        rows = work.session.execute(
            select(Person.name, Person.email, Person.token_hash, Grant.role, Area.name_ru.label("area"))
            .join(Grant, Grant.person_id == Person.id)
            .join(Area, Area.code == Grant.area_code)
            .where(Person.demo)
            .order_by(Person.created_at, Person.email)
        ).all()
        found = [(row, (row.email or "").removesuffix(f"@{MAIL}")) for row in rows]
        return [
            f"  {token:<27} {row.role:<19} {row.name}, {row.area}"
            for row, token in found
            if row.token_hash == token_hash(token)
        ]

    lines = units.read(listed)
    if not lines:
        return ()
    unfinished = () if units.read(founding.is_finished) else (UNFINISHED,)
    return ("Demo sign-ins (Authorization: Bearer <token>):", *lines, *unfinished)


def let_in_by_browser(units: Units, settings: Settings) -> None:
    """See to it that people of a demo can sign in by a browser; where they can, nothing is changed."""
    if units.read(lambda work: by_browser.without_password(work.session)):
        held, sealer = hashed(by_browser.PASSWORD), KeySealer(keys(settings))
        units.write(lambda work: by_browser.enrol(work, held, sealer))


def browser_sign_ins(units: Units) -> Sequence[str]:
    """Lines that say how demo people sign in by a browser; none where there are none."""
    names = units.read(lambda work: by_browser.names(work.session))
    if not names:
        return ()
    listed = (f"  {name:<42} {totp.uri(by_browser.app_secret(name), name)}" for name in names)
    return (
        f"By a browser: password `{by_browser.PASSWORD}`, and a code of an app, or of",
        "`.venv/bin/flask --app wsgi demo codes`:",
        *listed,
    )


def _say_sign_ins(units: Units) -> None:
    for line in (*sign_ins(units), *browser_sign_ins(units)):
        click.echo(line)


class _Loading:
    """Plays a story into a database, each event in a unit of work whose clock stands at that moment."""

    def __init__(self, units: Units, seed: int, story: Story) -> None:
        self._units = units
        self._story = story
        self._seed = seed
        self._now = story.founded_at
        ids = chance(seed, "ids")
        self._then = Units(_engine(units), clock=lambda: self._now, new_id=lambda: made_id(ids))

    def run(self, checklist: Checklist, settings: Settings | None) -> Stage:
        """Everything, to what waits on the last evening. Returns who acted."""
        ids = self._found(checklist)
        stage = self._then.write(lambda work: acting.set_stage(work, self._seed, ids))
        groups = list(together(self._story.events))
        with click.progressbar(
            groups, label="Loading the demo region", file=sys.stderr, hidden=not sys.stderr.isatty()
        ) as shown:
            for group in shown:
                self._now = group[0].at
                self._happen(stage, group)
        self._now += DESK
        self._then.write(lambda work: work_the_desk(work, stage))
        leave_waiting(self._then, stage, settings)
        everything = self._units.read(acting.every_facility)
        for part in _parts(everything, MOST_ROWS):
            self._units.write(partial(acting.settle_anew, facilities=part))
        self._units.write(founding.finish)
        return stage

    def _found(self, checklist: Checklist) -> Mapping[str, UUID]:
        ids = self._then.write(lambda work: founding.found_region(work, self._seed, checklist))
        registers = self._story.registers
        for operators in _parts(registers.operators, MOST_ROWS):
            self._then.write(partial(founding.enter_operators, operators=operators))
        for facilities in _parts(registers.facilities, MOST_ROWS):
            self._then.write(partial(founding.enter_facilities, facilities=facilities))
        return ids

    def _happen(self, stage: Stage, group: Sequence[Event]) -> None:
        write = self._then.write
        if sent := [event for event in group if isinstance(event, Sent)]:
            keys = write(lambda work: acting.keep_sent(work, stage, sent))
            write(lambda work: understand(work, keys))
        elif issued := [event for event in group if isinstance(event, Issued)]:
            write(lambda work: acting.issue_all(work, stage, issued))
        elif fined := [event for event in group if isinstance(event, Fined)]:
            write(lambda work: acting.enter_fines(work, stage, fined))
        elif ruled := [event for event in group if isinstance(event, Ruled)]:
            write(lambda work: acting.rule_all(work, stage, ruled))
        else:
            for part in _parts(self._then.read(acting.to_sweep), acting.SWEPT_TOGETHER):
                write(partial(acting.settle_anew, facilities=part))


def _engine(units: Units) -> Engine:
    """The engine behind units of work, to open others on it whose clock can be moved."""
    engine = units.write(lambda work: work.session.get_bind())
    assert isinstance(engine, Engine)  # noqa: S101 - tells the type checker; sessions of units are bound to one
    return engine


def _parts(rows: Sequence[T], most: int) -> Iterator[Sequence[T]]:
    return (rows[start : start + most] for start in range(0, len(rows), most))


def _say_that_it_is_there(units: Units) -> None:
    if not units.read(founding.is_finished):
        raise click.ClickException(UNFINISHED)
    click.echo("There is a demo region in this database already; nothing was changed.")


def _summary(counts: Counts) -> Sequence[str]:
    audits = sum(counts.audits.values())
    return (
        f"{counts.facilities} facilities of {counts.operators} operators, {counts.use_records} use records",
        f"{audits} audits ({_listed(counts.audits)}), {counts.found_per_audit:.2f} violations found per audit",
        f"{sum(counts.violations.values())} violations ({_listed(counts.violations)}), {counts.overdue} overdue",
        f"{counts.prescriptions} prescriptions",
        f"{sum(counts.decisions.values())} decisions ({_listed(counts.decisions)})",
        f"{sum(counts.acts.values())} acts of officials ({_listed(counts.acts)}), {counts.fines} fines",
        f"{sum(counts.followups.values())} follow-ups ({_listed(counts.followups)})",
    )


def _listed(figures: Figures) -> str:
    return ", ".join(f"{number} {name}" for name, number in figures.items())
