"""What an inspector writes down on a visit: signed audits, facilities that were not in any register, drafts."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from inspection.audit_documents import ALTERNATIVES
from inspection.demo.chance import made_id
from inspection.demo.conditions import reading
from inspection.history import MAIN
from inspection.tables.audits import Ground
from tests.faults.ledger import Document, Ledger, Signed
from tests.faults.region import Region, Tablet
from tests.faults.tablet_clock import TabletClock

SPOTS = 5  # criteria that anybody looks at in one facility: few, so that visits contradict each other
OLDEST, NEWEST = 30 * 24 * 60, 12  # minutes before the simulation that visits took place
GROUNDS = tuple(ground.value for ground in Ground)
PLACES = (MAIN, MAIN, MAIN, "entrance-2")
STATES = ("not_checked", "not_applicable")


def sign_audit(
    chance: Random,
    region: Region,
    ledger: Ledger,
    *,
    tablet: Tablet,
    clock: TabletClock,
    facility: UUID,
    corrects: Signed | None = None,
    anchored: bool = True,
) -> Document:
    """A visit that took place in the month before the simulation, signed, and remembered by the ledger."""
    begun = int(ledger.begun_at.timestamp()) // 60
    minutes = (begun - chance.randint(NEWEST, OLDEST) for _ in range(10_000))
    observed = datetime.fromtimestamp(60 * ledger.take_minute(facility, minutes), UTC)
    signed = observed + timedelta(seconds=chance.randint(20, 150))
    kind = ledger.facilities[facility]["kind"]
    document: Document = {
        "id": str(made_id(chance)),
        "facility": str(facility),
        "checklist": str(region.checklist_id),
        "ground": chance.choice(GROUNDS),
        "started_at": _spelled(clock.reads(observed - timedelta(minutes=chance.randint(10, 90)))),
        "finished_at": _spelled(clock.reads(observed)),
        "signed_at": _spelled(clock.reads(signed)),
        "answers": _answers(chance, region, facility, kind),
    }
    if anchored:
        document["anchor"] = clock.anchor(signed, chance)
    if corrects is not None:
        document["corrects"] = str(corrects.id)
    if chance.random() < 0.3:
        document["alternative"] = {"wheelchair": chance.choice(ALTERNATIVES)}
    if chance.random() < 0.3:
        document["appointment"] = {
            "number": f"Сынақ-{chance.randint(1, 999)} 🏛",
            "date": clock.reads(observed).date().isoformat(),
        }
    ledger.sign(Signed(document, tablet.person, tablet.name, observed, signed))
    return document


def shuffled(chance: Random, document: Document) -> Document:
    """The same document with its keys in another order, as a program started anew may send it."""
    names = list(document)
    chance.shuffle(names)
    return {name: document[name] for name in names}


def new_facility(
    chance: Random, region: Region, ledger: Ledger, districts: Sequence[str], at: datetime
) -> Document:
    """A place that stands in no register yet, with the positions that the tablet measured there."""
    made, district, kind = made_id(chance), chance.choice(districts), chance.choice(region.kinds)
    lon, lat = region.ground.point(chance, district)
    number = chance.randint(1, 9999)
    document: Document = {
        "id": str(made),
        "kind": kind,
        "name_kk": f"№ {number} жаңа нысан (үлгі)",
        "name_ru": f"Новый объект № {number} (пример)",
        "address_ru": f"ул. Выдуманная, {chance.randint(1, 200)}",
        "fixes": [{"lat": lat, "lon": lon, "accuracy_m": float(chance.randint(3, 15)), "at": _spelled(at)}],
    }
    ledger.found(made, document, district)
    return document


def edited_facility(chance: Random, held: Document) -> Document:
    """The facility with one field changed."""
    edits: dict[str, Any] = {
        "address_ru": f"ул. Исправленная, {chance.randint(1, 200)}",
        "address_kk": f"Түзетілген көше, {chance.randint(1, 200)}",
        "catchment": chance.randint(100, 50_000),
        "building_year": chance.randint(1930, 2020),
    }
    name = chance.choice(sorted(edits))
    return {**held, name: edits[name]}


def a_draft(chance: Random, facility: str, draft_id: str | None = None) -> Document:
    """An audit that is not signed yet, or its next state."""
    return {
        "id": draft_id or str(made_id(chance)),
        "facility": facility,
        "note": f"черновик {chance.randint(1, 10_000)}",
        "answers": [{"criterion": "entrance-ramp-slope", "value": chance.randint(1, 20)}],
    }


def _spelled(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _answers(chance: Random, region: Region, facility: UUID, kind: str) -> list[Document]:
    plain = [
        criterion
        for criterion in region.checklist.criteria.values()
        if criterion.applies_if is None and criterion.rule.op != "min_per" and kind in criterion.applies_to
    ]
    looked_at = Random(f"{region.seed}/{facility}").sample(plain, min(SPOTS, len(plain)))
    answers = []
    for criterion in chance.sample(looked_at, chance.randint(1, len(looked_at))):
        answer: Document = {"criterion": criterion.id, "place": chance.choice(PLACES)}
        if chance.random() < 0.12:
            answer["state"] = chance.choice(STATES)
        else:
            answer["value"] = reading(chance, criterion, good=chance.random() < 0.5)
            answer["note"] = chance.choice(("шаг", "🙂 шаг", "өлшенді", "\u200bпорог"))
        answers.append(answer)
    return answers
