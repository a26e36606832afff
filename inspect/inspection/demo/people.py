"""Who signs in to the demo region.

Their tokens are no secrets: they are printed at every start, begin with `demo-`, and every grant ends at the
border of the demo region, so that they open nothing else, whatever comes into the database later.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from inspection.people import NewPerson
from inspection.tables.people import Role

REGION = "990000000"  # of data/demo-areas.geojson
AKIMAT_DISTRICT = "991000000"
MAIL = "people.example"


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """One of the cast. slug: a name for the other modules; skew_s: how fast their tablet's clock is, seconds."""

    slug: str
    name: str
    language: str
    role: Role
    area_code: str = REGION
    skew_s: int = 0


HEAD, AKIMAT = "demo-head", "demo-akimat"
CAST: Mapping[str, DemoPerson] = {
    person.slug: person
    for person in (
        DemoPerson("demo-inspector-1", "Айсұлу Үлгібаева (демо)", "kk", Role.INSPECTOR, skew_s=95),
        DemoPerson("demo-inspector-2", "Ерлан Примеров (демо)", "ru", Role.INSPECTOR, skew_s=-640),
        DemoPerson(HEAD, "Сәуле Демоқызы (демо)", "kk", Role.HEAD),
        DemoPerson(AKIMAT, "Болат Сынақов (демо)", "kk", Role.AKIMAT, AKIMAT_DISTRICT),
        DemoPerson("demo-ministry", "Гүлнар Образцова (демо)", "ru", Role.MINISTRY),
        DemoPerson("demo-admin", "Администратор Демо (демо)", "ru", Role.ADMIN),
    )
}
INSPECTORS = tuple(slug for slug, person in CAST.items() if person.role is Role.INSPECTOR)


def token(seed: int, slug: str) -> str:
    """What a demo person signs in with."""
    return f"{slug}-{hashlib.sha256(f'{seed}/{slug}'.encode()).hexdigest()[:8]}"


def new_person(seed: int, slug: str) -> NewPerson:
    """A demo person as they are entered; the address holds the token, which is how it can be printed again."""
    person, held = CAST[slug], token(seed, slug)
    return NewPerson(person.name, held, person.language, f"{held}@{MAIL}", demo=True)
