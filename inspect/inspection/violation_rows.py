"""The row of a violation, as it follows from what was settled and told. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID, uuid5

from inspection.countries import local_date
from inspection.criteria import GROUPS
from inspection.dossiers import Dossier
from inspection.history import EndedBy, Episode, Settled, SettledViolation, Spot
from inspection.tables.violations import STANDING, ViolationState
from inspection.telling import Say, Told, by_spot, told_of, true_due

# What ranks and officials write; settling leaves it alone.
NOT_SETTLED = ("rev", "obstructed", "office_id", "answer_by", "last_act", "last_act_at")
ENDED = {EndedBy.MEASURED_PASS: ViolationState.RELEASED, EndedBy.WAIVER: ViolationState.WAIVED}


def violation_id(facility_id: UUID, spot: Spot) -> UUID:
    """The id a violation has for ever: the same facility, criterion and place give the same one."""
    return uuid5(facility_id, f"{spot.criterion}\n{spot.place}")


@cache
def group_bits(groups: tuple[str, ...]) -> int:
    """Affected groups as bits, in the order of criteria.GROUPS."""
    return sum(1 << GROUPS.index(group) for group in groups)


def violation_rows(dossier: Dossier, settled: Settled, now: datetime) -> Iterator[dict[str, Any]]:
    """A row for every violation that ever stood, and the withdrawn ones that no longer do.

    now: what stands is judged as of this moment; what is NOT_SETTLED is not in the rows.
    """
    ledger = by_spot(dossier.told)
    common = _common(dossier)
    for spot, violation in settled.violations.items():
        yield _row(common, spot, violation, ledger.get(spot, ()), now)
    for held in dossier.violations.values():
        if Spot(held.criterion, held.place) not in settled.violations:
            columns = {column.name: getattr(held, column.name) for column in held.__table__.columns}
            withdrawn: dict[str, Any] = {"state": ViolationState.WITHDRAWN.value, "episodes": [], "due_on": None}
            last = {"last_action": "withdrawn", "last_action_at": now}
            changed = withdrawn | last if held.state != ViolationState.WITHDRAWN else {}
            yield {name: v for name, v in (columns | changed).items() if name not in NOT_SETTLED}


def next_change(
    dossier: Dossier, settled: Settled, rows: Iterable[Mapping[str, Any]], now: datetime
) -> date | None:
    """The next local day on which time alone changes something: a waiver runs out, a told date has passed.

    rows: of the facility's violations, as `violation_rows` gives them.
    """
    country = dossier.facility.country
    today = local_date(now, country)
    waived = (
        local_date(e.opened_at, country)
        for v in settled.violations.values()
        for e in v.episodes
        if e.opened_at > now
    )
    standing = {Spot(row["criterion"], row["place"]): row["due_on"] for row in rows if row["state"] in STANDING}
    # An extension counts for the list at once, for the follow-up once it was told: both days matter.
    due = [*standing.values(), *(told.due_on for told in dossier.told if told.spot in standing)]
    passed = (day + timedelta(days=1) for day in due if day is not None and today <= day < date.max)
    return min((*waived, *passed), default=None)


def _common(dossier: Dossier) -> dict[str, Any]:
    """What is the same in every violation of a facility."""
    facility = dossier.facility
    about = {"kind": facility.kind, "ownership": dossier.ownership, "operator_id": facility.operator_id}
    return {name: value for name, value in {**dossier.placed, **about}.items() if name != "rev"}


def _row(
    common: Mapping[str, Any], spot: Spot, violation: SettledViolation, entries: Sequence[Told], now: datetime
) -> dict[str, Any]:
    last = violation.last
    episode = next((e for e in reversed(violation.episodes) if e.opened_at <= now), violation.episodes[0])
    key, version = violation.checklist
    opened_on = local_date(episode.opened_at, common["country"])
    told = told_of(episode, entries)
    return {
        **common,
        "id": violation_id(common["facility_id"], spot),
        "criterion": spot.criterion,
        "place": spot.place,
        "zone": last.zone,
        "severity": last.severity.value,
        "groups": group_bits(last.groups),
        "checklist_key": key,
        "checklist_version": version,
        "value": last.value,
        "unit": last.unit,
        "limit_text": last.limit,
        "state": _state(episode, now).value,
        "episodes": [_episode(e) for e in violation.episodes],
        "opened_at": episode.opened_at,
        "opened_by": episode.opened_by,
        "ended_at": episode.ended_at,
        "ended_by": episode.ended_by and episode.ended_by.value,
        "found_again": max(len(episode.fails) - 1, 0),
        "last_audit_id": violation.last_audit,
        # Nobody counts working days for a date that binds nobody.
        "provisional_due_on": opened_on + timedelta(days=last.remediation_days),
        **_told_columns(episode, told),
        # An extension of a duty that people were told is over extends nothing when the duty stands again.
        "extended_until": episode.extended_until if told or episode.continues is None else None,
        "declared_at": episode.declared_at,
        "accepted_at": episode.accepted_at,
        "needs_decision": violation.needs_decision,
        **_last_action(episode, told),
    }


def _state(episode: Episode, now: datetime) -> ViolationState:
    if episode.ended_at is not None and episode.ended_at <= now:
        assert episode.ended_by is not None  # noqa: S101 - an end always has a cause
        return ENDED[episode.ended_by]
    standing_word = episode.declared_at is not None and episode.refuted_at is None
    return ViolationState.DECLARED if standing_word else ViolationState.OPEN


def _told_columns(episode: Episode, entries: tuple[Told, ...]) -> dict[str, Any]:
    prescribed = [entry for entry in entries if entry.say is Say.PRESCRIBED]
    return {
        "due_on": true_due(episode, entries)[1] if prescribed else None,
        "prescription_id": prescribed[-1].by if prescribed else None,
    }


def _last_action(episode: Episode, entries: Sequence[Told]) -> dict[str, Any]:
    actions = [  # of several at one moment the later in this order
        ("found", episode.opened_at),
        ("accepted", episode.accepted_at),
        ("extended", episode.extended_at),
        ("declared", episode.declared_at),
        ("refuted", episode.refuted_at),
        ("recheck_asked", episode.recheck_asked_at),
        *((entry.say.value, entry.told_at) for entry in entries),
        ("waived", episode.waived_at),
        ("released", episode.ended_at if episode.ended_by is EndedBy.MEASURED_PASS else None),
    ]
    newest = max((at, order, name) for order, (name, at) in enumerate(actions) if at is not None)
    return {"last_action": newest[2], "last_action_at": newest[0]}


def _episode(episode: Episode) -> dict[str, Any]:
    """An episode as plain JSON, what is empty left out."""
    plain: dict[str, Any] = {"fails": [str(audit) for audit in episode.fails]}
    for name, value in zip(Episode._fields, episode, strict=True):
        if value is not None and name != "fails":
            plain[name] = value.isoformat() if isinstance(value, date) else str(value)
    return plain
