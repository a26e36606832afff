"""Writing down what follows from a facility's history: violations, passport, follow-up, review cases.

Everything here can be computed again at any time and comes out the same; only what changed is written, in a
number of statements that does not grow with the facilities.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, false, func, or_, select

from inspection.bulk import insert_rows, upsert_rows
from inspection.countries import local_date
from inspection.dossiers import Dossier, open_dossiers
from inspection.followup_acts import covered
from inspection.followup_needs import FollowUpItem, needs_followup
from inspection.history import EndedBy, Outcome, Settled
from inspection.journal import Change
from inspection.notices.failed_rechecks import announce_failed_rechecks
from inspection.obstruction import Obstruction, obstruction
from inspection.passport import Passport, passport
from inspection.ranks_due import rank_later
from inspection.settle import settle
from inspection.tables.checklists import PublishedChecklist
from inspection.tables.facilities import Standing
from inspection.tables.followups import FollowUp, FollowUpState
from inspection.tables.telling import ReviewCase
from inspection.tables.violations import Violation
from inspection.telling import ToTell, to_tell
from inspection.unit import Unit
from inspection.violation_rows import next_change, violation_id, violation_rows
from inspection.violations_in_hand import render_in_hand

TRACED = ("state", "due_on", "opened_at", "found_again")  # columns whose change stands in the journal
NOTHING: Mapping[str, Any] = dict.fromkeys(TRACED)


def settle_dossier(dossier: Dossier) -> Settled:
    """What is true of a facility by its dossier."""
    kind = dossier.facility.kind
    current = {c.id for c in dossier.checklist.criteria.values() if kind in c.applies_to}
    return settle(dossier.history, current=current, zone=dossier.country.time_zone)


def to_be_told(unit: Unit, dossier: Dossier, settled: Settled) -> Sequence[ToTell]:
    """What is true as of today and was not told."""
    today = local_date(unit.now, dossier.facility.country)
    return to_tell(settled, dossier.told, today, zone=dossier.country.time_zone)


def write_settled(unit: Unit, dossiers: Collection[Dossier]) -> None:
    """Settle these facilities and write what changed."""
    violations: list[tuple[Dossier, dict[str, Any]]] = []
    standings: list[dict[str, Any]] = []
    followups: list[dict[str, Any]] = []
    cases: list[dict[str, Any]] = []
    for dossier in dossiers:
        settled = settle_dossier(dossier)
        untold = to_be_told(unit, dossier, settled)
        rows = list(violation_rows(dossier, settled, dossier.moment(unit.now)))
        violations += [(dossier, row) for row in _changed_violations(unit, dossier, rows)]
        standings.append(_standing_row(unit, dossier, settled, rows, untold))
        followups += _followup_rows(unit, dossier, settled)
        cases += _review_rows(unit, dossier, untold)
    announce_failed_rechecks(unit, violations)
    _write_violations(unit, violations)
    upsert_rows(unit.session, Standing, standings)
    insert_rows(unit.session, FollowUp, followups)
    insert_rows(unit.session, ReviewCase, cases)
    rank_later(unit.session, [(dossier.facility.home_region, dossier.facility.id) for dossier in dossiers])


def _write_violations(unit: Unit, changed: Sequence[tuple[Dossier, dict[str, Any]]]) -> None:
    insert_rows(unit.session, Violation, [row for d, row in changed if row["id"] not in d.violations])
    held = [row for d, row in changed if row["id"] in d.violations]
    upsert_rows(unit.session, Violation, held, keep=["obstructed"])
    if changed:
        render_in_hand(unit.session, changed)


def resettle_due(unit: Unit, limit: int = 500) -> int:
    """Settle anew what time or a newer checklist has changed, without anybody having sent anything.

    A waiver has run out, a told date has passed, or other criteria are asked for since. At most `limit`
    facilities, all of one region; returns how many, so that a job can go on, unit by unit, until there are none.
    """
    due = (
        select(Standing.home_region, Standing.id).where(_is_due(unit)).order_by(Standing.home_region, Standing.id)
    )
    found = unit.session.execute(due.limit(limit)).all()
    dossiers = open_dossiers(unit, [(r.home_region, r.id) for r in found if r.home_region == found[0].home_region])
    write_settled(unit, dossiers.values())
    return len(dossiers)


def _is_due(unit: Unit) -> ColumnElement[bool]:
    published = select(PublishedChecklist.home_region, func.max(PublishedChecklist.published_at))
    newest = unit.session.execute(published.group_by(PublishedChecklist.home_region)).all()
    conditions: list[ColumnElement[bool]] = []
    for country, published_at in newest:
        here = Standing.country == country
        conditions.append(here & (Standing.changes_on <= local_date(unit.now, country)))
        conditions.append(here & (Standing.settled_at < published_at))
    return or_(false(), *conditions)


def _changed_violations(unit: Unit, dossier: Dossier, rows: Iterable[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    for row in rows:
        held = dossier.violations.get(row["id"])
        before = {name: getattr(held, name) for name in row} if held else NOTHING
        if before == row:
            continue
        traced = {name: (before[name], row[name]) for name in TRACED if before[name] != row[name]}
        if traced:
            action = f"violation.{row['state']}"
            unit.journal.add(Change(row["home_region"], action, "violation", str(row["id"]), traced))
        yield {**row, "rev": 1}


def _standing_row(
    unit: Unit,
    dossier: Dossier,
    settled: Settled,
    rows: Iterable[dict[str, Any]],
    untold: Iterable[ToTell],
) -> dict[str, Any]:
    facility = dossier.facility
    state = passport(dossier.checklist, facility.kind, settled.latest, settled.alternatives)
    where = {name: value for name, value in dossier.placed.items() if name != "facility_id"}
    return {
        **where,
        "id": facility.id,
        "passport": _passport_document(state),
        "barriers": _barriers(settled),
        "obstruction": _obstruction_document(obstruction(dossier.checklist, facility.kind, settled.latest)),
        "without_effect": {str(each): str(why) for each, why in settled.without_effect.items()},
        "awaiting": {str(each): str(why) for each, why in settled.awaiting.items()},
        "audited_at": max((latest.observed_at for latest in settled.latest.values()), default=None),
        "changes_on": next_change(dossier, settled, rows, dossier.moment(unit.now)),
        "has_news": any(case.news for case in untold),
        "settled_at": unit.now,
    }


def _passport_document(state: Passport) -> dict[str, Any]:
    zones = {
        group: {
            zone: {
                "access": z.access.value,
                "barriers": [f"{spot.criterion}@{spot.place}" for spot in z.barriers],
                "checked": z.checked,
                "applicable": z.applicable,
            }
            for zone, z in by_zone.items()
        }
        for group, by_zone in state.zones.items()
    }
    return {"site": {group: access.value for group, access in state.site.items()}, "zones": zones}


def _obstruction_document(found: Obstruction) -> dict[str, Any]:
    """What ranks are made of; a barrier is [criterion, place, by itself by group, gain of its repair by group]."""
    return {
        "groups": {group: share for group, share in found.by_group.items() if share},
        "measured": sorted(found.measured),
        "barriers": [
            [spot.criterion, spot.place, found.alone[spot], gain] for spot, gain in sorted(found.gains.items())
        ],
    }


def _barriers(settled: Settled) -> list[dict[str, Any]]:
    failed = [each for each in settled.latest.items() if each[1].finding.outcome is Outcome.FAIL]
    return [
        {
            "criterion": spot.criterion,
            "place": spot.place,
            "audit": str(latest.audit),
            "observed_at": latest.observed_at.isoformat(),
            "checklist": list(latest.checklist),
        }
        for spot, latest in sorted(failed)
    ]


def _followup_rows(unit: Unit, dossier: Dossier, settled: Settled) -> Iterable[dict[str, Any]]:
    """A new follow-up if one is needed and none is open; an open one gets its items anew, or is closed.

    What a person said nobody has to go for needs none, until there is another reason.
    """
    zone = dossier.country.time_zone
    today = local_date(unit.now, dossier.facility.country)
    need = needs_followup(settled, dossier.told, today, zone=zone)
    held = dossier.open_followup
    items = [_item(dossier, item) for item in need.items] if need else []
    if held is None:
        if need and not covered(items, dossier.cancelled_followups):
            yield _new_followup(unit, dossier, need.items, items)
    elif not items:
        _close(unit, held, settled)
    elif held.items != items:
        held.items, held.rev = items, held.rev + 1  # the assignee is nobody's business but the department's


def _item(dossier: Dossier, item: FollowUpItem) -> dict[str, Any]:
    return {
        "violation": str(violation_id(dossier.facility.id, item.spot)),
        "criterion": item.spot.criterion,
        "place": item.spot.place,
        "reasons": [reason.value for reason in item.reasons],
        "due_on": item.due_on and item.due_on.isoformat(),
    }


def _new_followup(
    unit: Unit, dossier: Dossier, needed: Sequence[FollowUpItem], items: list[dict[str, Any]]
) -> dict[str, Any]:
    facility = dossier.facility
    made = unit.new_id()
    facts = {"items": (None, [item["violation"] for item in items])}
    unit.journal.add(Change(facility.home_region, "followup.queued", "followup", str(made), facts))
    today = local_date(unit.now, facility.country)
    return {
        **dossier.placed,
        "id": made,
        "state": FollowUpState.QUEUED.value,
        "items": items,
        "wanted_from": min((item.due_on for item in needed if item.due_on), default=today),
        "opened_at": unit.now,
    }


def _close(unit: Unit, held: FollowUp, settled: Settled) -> None:
    """Done if a measurement since its opening ended an item, cancelled if the reasons went away by themselves."""
    ends = [
        (episode.ended_at, episode.ended_by_id)
        for violation in settled.violations.values()
        for episode in violation.episodes
        if episode.ended_by is EndedBy.MEASURED_PASS and episode.ended_at is not None
    ]
    looked = [(latest.observed_at, latest.audit) for latest in settled.latest.values()]
    measured = max(
        (each for each in [*ends, *looked] if each[0] >= held.opened_at), default=None, key=lambda e: e[0]
    )
    before = held.state
    held.state = (FollowUpState.DONE if measured else FollowUpState.CANCELLED).value
    held.closed_at, held.rev = unit.now, held.rev + 1
    held.closed_by = measured[1] if measured else None
    facts = {"state": (before, held.state)}
    unit.journal.add(Change(held.home_region, f"followup.{held.state}", "followup", str(held.id), facts))


def _review_rows(unit: Unit, dossier: Dossier, untold: Iterable[ToTell]) -> Iterable[dict[str, Any]]:
    """New review cases for what was told and is no longer true; those that are true again are closed."""
    facility = dossier.facility
    wanted = {
        (violation_id(facility.id, case.spot), case.why.value): case.stood_at for case in untold if case.review
    }
    # What is found again is the same case: it would be closed under the hands of who is working on it.
    known = {(case.violation_id, case.why) for case in dossier.review_cases if case.closed_at is None}
    for case in dossier.review_cases:
        about = (case.violation_id, case.why)
        if case.closed_at is None and about not in wanted:
            case.closed_at, case.rev = unit.now, case.rev + 1
        elif case.closed_at is not None and about not in known and wanted.get(about) == case.stood_at:
            case.closed_at, case.rev = None, case.rev + 1
            known.add(about)
    for violation, why in sorted(wanted.keys() - known):
        made = unit.new_id()
        unit.journal.add(_case_opened(facility.home_region, made, violation, why))
        yield {
            **dossier.placed,
            "id": made,
            "violation_id": violation,
            "why": why,
            "stood_at": wanted[violation, why],
            "opened_at": unit.now,
        }


def _case_opened(region: str, made: UUID, about: UUID, why: str) -> Change:
    return Change(region, f"review.{why}", "review_case", str(made), {"violation_id": (None, about)})
