"""What operators answered to their prescriptions and nobody has read yet on the last evening; one was answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select

from inspection.answers.answering import Answer, answer
from inspection.answers.links import link_for_letters
from inspection.answers.replying import SentFile, Submission, receive, reply_id
from inspection.countries import local_date
from inspection.demo.acting import Stage
from inspection.demo.chance import chance, made_id
from inspection.demo.people import HEAD, REGION
from inspection.demo.sites import LEFT_ALONE
from inspection.tables.answers import ReplyKind, ReplyState
from inspection.tables.violation_acts import ActKind, ViolationAct
from inspection.tables.violations import Violation, ViolationState
from inspection.unit import Unit

V = Violation


@dataclass(frozen=True, slots=True)
class Said:
    """What one operator says. later: days after the date that holds. files: how many pictures come along."""

    kind: ReplyKind
    words: str
    by: str
    later: int | None = None
    files: int = 0
    refused: str | None = None


SAID = (
    Said(
        ReplyKind.REMEDIED, "Пандус салынып бітті, тұтқалар орнатылды.", "Шаруашылық меңгерушісі (демо)", files=2
    ),
    Said(ReplyKind.EXTENSION, "Подрядчик сорвал поставку, просим ещё два месяца.", "Завхоз (демо)", later=60),
    Said(
        ReplyKind.CONTEST,
        "Замер сделан по крыльцу, которое давно закрыто; вход со двора.",
        "Юрист (демо)",
        files=1,
    ),
    Said(ReplyKind.MESSAGE, "Есік тапсырыс берілді, екі аптада орнатылады.", "Директордың орынбасары (демо)"),
    Said(ReplyKind.REMEDIED, "Порог снят, дверь расширена.", "Заведующая (демо)"),
    Said(
        ReplyKind.EXTENSION,
        "Жұмыс жоспары келесі жылға бекітілді.",
        "Бас инженер (демо)",
        later=120,
        refused="Мерзім бұрын бір рет ұзартылған; себебі сол күйі қалды.",
    ),
)
EXPLAINED = Said(ReplyKind.MESSAGE, "Ремонт начался в понедельник, договор приложим.", "Завхоз (демо)")


def answer_prescriptions(unit: Unit, stage: Stage, files: Sequence[SentFile]) -> None:
    """Let operators write by the links of their letters: each of another prescription, as far as there are some.

    files: pictures that lie in the store, to be sent along.
    """
    today = local_date(unit.now, "KZ")
    asked = select(ViolationAct.violation_id).where(
        ViolationAct.home_region == REGION, ViolationAct.kind == ActKind.ASK.value
    )
    # The explained ones first: they are fewest. Only before its date has passed can more time be asked for.
    explained, late, due = (_told(unit, where) for where in (V.id.in_(asked), V.due_on < today, V.due_on >= today))
    desk = _Desk(unit, stage, chance(stage.seed, "replies"), files)
    desk.receive(EXPLAINED, explained)
    for said in SAID:
        desk.receive(said, due if said.later else late)


class _Desk:
    """Where answers arrive. answered: prescriptions that were answered already."""

    def __init__(self, unit: Unit, stage: Stage, source: Random, files: Sequence[SentFile]) -> None:
        self._unit, self._stage, self._source, self._files = unit, stage, source, files
        self._answered: set[UUID] = set()

    def receive(self, said: Said, told: Sequence[Any]) -> None:
        """Receive what is said of the first item that nobody has answered."""
        item = next((row for row in told if row.prescription_id not in self._answered), None)
        if item is None:
            return
        self._answered.add(item.prescription_id)
        link = link_for_letters(self._unit, (REGION, item.prescription_id))
        assert link is not None  # noqa: S101 - nobody has revoked it
        until = item.due_on + timedelta(days=said.later) if said.later else None
        made, files = made_id(self._source), tuple(self._files[: said.files])
        receive(self._unit, link, Submission(made, said.kind, (item.id,), said.words, said.by, until, files))
        if said.refused:
            caller = self._stage.sign_in(self._unit, HEAD)
            answer(self._unit, caller, reply_id(made, item.id), Answer(ReplyState.REFUSED, said.refused))


def _told(unit: Unit, where: ColumnElement[bool]) -> Sequence[Any]:
    """Open violations that operators were told of, the most urgent first."""
    still = (V.home_region == REGION) & (V.state == ViolationState.OPEN.value) & V.prescription_id.is_not(None)
    wanted = select(V.id, V.prescription_id, V.due_on).where(still, where, V.kind != LEFT_ALONE)
    return unit.session.execute(wanted.order_by(V.due_on, V.facility_id, V.criterion, V.place)).all()
