"""What is on the desk of the demo on its last evening: offices, assignments, planned works, questions."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from random import Random
from uuid import UUID

from sqlalchemy import select

from inspection.countries import local_date
from inspection.demo.acting import Stage
from inspection.demo.chance import chance, made_id
from inspection.demo.people import HEAD, REGION
from inspection.offices import OfficeFields, create
from inspection.tables.violation_acts import ActKind
from inspection.tables.violations import STANDING, Violation
from inspection.unit import Unit
from inspection.violation_acts import Intent, act

DESK = timedelta(hours=1)  # after the last tablet was heard
HEALTH, OTHERS = "health", "employment"
OFFICES: Mapping[str, OfficeFields] = {
    HEALTH: {"name_kk": "Денсаулық сақтау басқармасы (демо)", "name_ru": "Управление здравоохранения (демо)"},
    OTHERS: {
        "name_kk": "Жұмыспен қамту және әлеуметтік бағдарламалар басқармасы (демо)",
        "name_ru": "Управление занятости и социальных программ (демо)",
    },
}
OF_HEALTH = ("polyclinic", "hospital", "pharmacy")
ASSIGNED, PLANNED, ASKED = 0.3, 0.12, 0.08  # shares of what was told and stands
WORDS: Mapping[ActKind, str] = {
    ActKind.ASSIGN: "Нысан басқармаға қарайды.",
    ActKind.PLAN_WORKS: "Күрделі жөндеу жоспарына енгізілді.",
    ActKind.ASK: "Жұмыстар неге басталмағанын түсіндіріңіз.",
}


def work_the_desk(unit: Unit, stage: Stage) -> None:
    """Enter the offices, and what the head of department does about violations that were told and stand."""
    caller = stage.sign_in(unit, HEAD)
    source = chance(stage.seed, "desk")
    offices = {slug: made_id(source) for slug in OFFICES}
    for slug, made in offices.items():
        create(unit, caller, made, REGION, OFFICES[slug])
    V = Violation  # noqa: N806 - as everywhere
    told = (V.home_region == REGION) & V.state.in_([each.value for each in STANDING]) & V.due_on.is_not(None)
    wanted = select(V.id, V.kind).where(told).order_by(V.due_on, V.facility_id, V.criterion, V.place)
    for violation_id, kind in unit.session.execute(wanted).all():
        for given in _intents(source, offices[HEALTH if kind in OF_HEALTH else OTHERS], unit):
            act(unit, caller, violation_id, given)


def _intents(source: Random, office: UUID, unit: Unit) -> Iterator[Intent]:
    today = local_date(unit.now, "KZ")
    if source.random() < ASSIGNED:
        yield Intent(made_id(source), ActKind.ASSIGN, WORDS[ActKind.ASSIGN], office)
    if source.random() < PLANNED:
        amount = source.randint(2, 90) * 100_000 if source.random() < 0.8 else None
        works = WORDS[ActKind.PLAN_WORKS]
        yield Intent(
            made_id(source), ActKind.PLAN_WORKS, works, year=today.year + source.randint(0, 2), sum=amount
        )
    if source.random() < ASKED:
        answer_by = today + timedelta(days=source.choice((0, 0, 7, 14)))
        yield Intent(made_id(source), ActKind.ASK, WORDS[ActKind.ASK], answer_by=answer_by)
