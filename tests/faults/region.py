"""The invented region of a run: founded in an empty database as the demo is, with inspectors who have tablets."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from random import Random
from uuid import UUID

from api.work import Units
from inspection.access import token_hash
from inspection.criteria import Checklist
from inspection.database import connect
from inspection.demo import founding
from inspection.demo.chance import made_id
from inspection.demo.geography import DISTRICTS, Ground
from inspection.demo.people import REGION
from inspection.demo.people import token as demo_token
from inspection.demo.sites import draw_registers
from inspection.tables.people import Device, Grant, Person, Role
from inspection.unit import Unit
from tests.faults.ledger import Ledger, now

FACILITIES = 24
AGE = timedelta(days=730)  # people and tablets have been there for so long
CODES = tuple(DISTRICTS)


@dataclass(frozen=True, slots=True)
class Tablet:
    """A tablet and who carries it."""

    name: str
    device: UUID
    person: UUID
    token: str


@dataclass(frozen=True)
class Region:
    """What everybody in the simulation knows of the region.

    head: the token of the head of department, who may see and decide everything in it.
    """

    seed: int
    checklist_id: UUID
    checklist: Checklist
    tablets: Sequence[Tablet]
    people: Mapping[UUID, tuple[str, ...]]  # to the districts they begin with
    head: str
    founded_at: datetime
    code: str = REGION
    districts: Sequence[str] = CODES

    @cached_property
    def ground(self) -> Ground:
        """Where one can build."""
        return Ground(Random(f"{self.seed}/ground"))

    @property
    def kinds(self) -> Sequence[str]:
        """Kinds of facility of the checklist."""
        return sorted(self.checklist.kinds)


@contextmanager
def units_on(url: str, *, clock: Callable[[], datetime] = now, ids: Random | None = None) -> Iterator[Units]:
    """Units of work on a database, with nothing left open afterwards."""
    engine = connect(url)
    try:
        yield (
            Units(engine, clock=clock) if ids is None else Units(engine, clock=clock, new_id=lambda: made_id(ids))
        )
    finally:
        engine.dispose()


def found(url: str, seed: int, tablets: int, ledger: Ledger, facilities: int = FACILITIES) -> Region:
    """Found the region in a database that has tables and no rows."""
    founded = now() - AGE
    checklist_id, checklist = founding.own_checklist()
    registers = draw_registers(seed, facilities, checklist.kinds, founded.date())
    chance = Random(f"{seed}/people")
    people = {made_id(chance): _districts(chance, number) for number in range(max(tablets - 1, 1))}
    carriers = [*people, *people][:tablets]  # the first one carries two
    listed = [
        Tablet(f"tablet-{n}", made_id(chance), person, f"tablet-token-{seed}-{person.hex}")
        for n, person in enumerate(carriers, 1)
    ]

    def enter_people(unit: Unit) -> None:
        for number, (person, districts) in enumerate(people.items(), 1):
            name = f"Выдуманный Инспектор {number}"
            token = token_hash(f"tablet-token-{seed}-{person.hex}")
            unit.session.add(Person(id=person, name=name, token_hash=token, demo=True, created_at=founded))
            unit.session.flush()
            for area in districts:
                add_grant(unit, person, area, founded)
        for tablet in listed:
            unit.session.add(
                Device(id=tablet.device, person_id=tablet.person, region_code=REGION, enrolled_at=founded)
            )

    with units_on(url, clock=lambda: founded, ids=Random(f"{seed}/founding")) as units:
        units.write(lambda unit: founding.found_region(unit, seed, checklist))
        units.write(lambda unit: founding.enter_operators(unit, registers.operators))
        units.write(lambda unit: founding.enter_facilities(unit, registers.facilities))
        units.write(enter_people)
    for facility in registers.facilities:
        ledger.found(facility.id, {"id": str(facility.id), "kind": facility.fields["kind"]}, facility.district)
    for person, districts in people.items():
        for area in districts:
            ledger.granted(person, area, founded)
    return Region(seed, checklist_id, checklist, listed, people, demo_token(seed, "demo-head"), founded)


def add_grant(unit: Unit, person: UUID, area: str, since: datetime, until: datetime | None = None) -> UUID:
    """Give somebody an inspector's grant."""
    made = unit.new_id()
    grant = Grant(id=made, person_id=person, role=Role.INSPECTOR, area_code=area, valid_from=since, valid_to=until)
    unit.session.add(grant)
    return made


def _districts(chance: Random, number: int) -> tuple[str, ...]:
    """Of the n-th inspector: one has the whole region, the others two or three districts each."""
    return (REGION,) if number == 3 else tuple(sorted(chance.sample(CODES, chance.randint(2, 3))))
