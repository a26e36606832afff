"""The figures of a report once more, in plain SQL text over the tables: shares no line with what it checks.

The text is that of both databases but for the four words of `Words`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Date, bindparam, text
from sqlalchemy.orm import Session

from inspection.periods import Period


@dataclass(frozen=True)
class Words:
    """What the databases call differently.

    day: of a moment in Kazakhstan. seconds: of a moment. episodes: those of the violation v. newest: the last.
    """

    day_text: str
    seconds_text: str
    episodes: str
    newest: str

    def day(self, moment: str) -> str:
        return self.day_text.format(moment)

    def seconds(self, moment: str) -> str:
        return self.seconds_text.format(moment)


WORDS = {
    "sqlite": Words(
        "date({}, '+5 hours')", "unixepoch({})", "json_each(v.episodes) e", "(v.episodes -> '$[#-1]')"
    ),
    "postgresql": Words(
        "CAST(CAST({} AS timestamptz) AT TIME ZONE 'Asia/Almaty' AS date)",
        "extract(epoch FROM CAST({} AS timestamptz))",
        "LATERAL jsonb_array_elements(v.episodes) e(value)",
        "(v.episodes -> -1)",
    ),
}
GROUPS = ("wheelchair", "mobility", "vision", "hearing", "cognitive")
Counted = tuple[str, str, str, str]  # path of the figure as SQL, key of the row, what is counted, rows


def by_sql(session: Session, period: Period, today: date, column: str) -> Mapping[tuple[Any, str], float]:
    """Every figure that is not zero, by the key of its row and its path.

    today: in Kazakhstan. column: what the rows are, region_code, district_code or kind.
    """
    words = WORDS[session.get_bind().dialect.name]
    days = {
        "first": period.first,
        "last": period.last,
        "judged": min(period.last + timedelta(days=1), today),
        "year_before": period.last - timedelta(days=365),
    }
    found: dict[tuple[Any, str], float] = {}
    for path, table, counted, rows in (*_visits(), *_found(words), *_items(words), *_places()):
        key = "f.kind" if column == "kind" and table in "psn" else f"{table}.{column}"
        said = f"SELECT {key}, {path}, {counted} {rows} GROUP BY 1, 2".replace(":year)", f"{period.last.year})")
        given = {name: day for name, day in days.items() if f":{name}" in said}
        statement = text(said).bindparams(*(bindparam(name, type_=Date()) for name in given))
        for row, figure, number in session.execute(statement, given):
            found[row, figure] = found.get((row, figure), 0) + number
    return {place: number for place, number in found.items() if number}


def _visits() -> Iterator[Counted]:
    visits = """FROM audits a JOIN facilities f ON f.id = a.facility_id
        WHERE a.observed_on BETWEEN :first AND :last AND a.corrects_id IS NULL"""
    again = f"{visits} AND a.ground = 'follow_up'"
    but_not = f"{again} AND f.adaptation_declared_on <= a.observed_on AND a.failed > 0"
    yield "'checks.total'", "a", "COUNT(*)", visits
    yield "'checks.' || a.ground", "a", "COUNT(*)", visits
    yield "'rechecks.total'", "a", "COUNT(*)", again
    yield "'rechecks.declared_adapted_but_not'", "a", "COUNT(*)", but_not
    yield "'facilities_checked.total'", "a", "COUNT(DISTINCT a.facility_id)", visits
    yield "'facilities_checked.by_kind.' || a.kind", "a", "COUNT(DISTINCT a.facility_id)", visits
    prescribed = "FROM prescriptions p JOIN facilities f ON f.id = p.facility_id"
    fined = """FROM fines n JOIN facilities f ON f.id = n.facility_id
        WHERE n.withdrawn_at IS NULL AND n.imposed_on BETWEEN :first AND :last"""
    yield "'fines.number'", "n", "COUNT(*)", fined
    yield "'fines.sum'", "n", "SUM(n.sum)", fined
    yield "'prescriptions'", "p", "COUNT(*)", f"{prescribed} WHERE p.issued_on BETWEEN :first AND :last"


def _past(words: Words) -> str:
    """Episodes before the newest as rows called v: began, over, seen (found by an audit), passed, said, due."""
    began, over, declared = (f"(e.value ->> '{name}_at')" for name in ("opened", "ended", "declared"))
    since = f"coalesce(e.value ->> 'continues', {began})"
    return f"""FROM (
        SELECT v.*, {words.day(began)} AS began, {words.day(over)} AS over,
            (e.value ->> 'fails') LIKE '%' || (e.value ->> 'opened_by') || '%' AS seen,
            (e.value ->> 'ended_by') = 'measured_pass' AS passed,
            CASE WHEN (e.value ->> 'refuted_at') IS NULL THEN {words.day(declared)} END AS said,
            (SELECT t.due_on FROM told t WHERE t.violation_id = v.id AND t.due_on IS NOT NULL
                AND {words.seconds("t.stood_at")} >= {words.seconds(since)}
                AND {words.seconds("t.stood_at")} < {words.seconds(over)}
                ORDER BY t.told_at DESC, t.id DESC LIMIT 1) AS due
        FROM violations v, {words.episodes}
        WHERE {over} IS NOT NULL AND {words.seconds(began)} < {words.seconds("v.opened_at")}
    ) v"""


def _found(words: Words) -> Iterator[Counted]:
    newest = f"""FROM violations v WHERE v.state <> 'withdrawn'
        AND {words.day("v.opened_at")} BETWEEN :first AND :last
        AND EXISTS (SELECT 1 FROM audits a WHERE a.id = v.opened_by)"""
    for found in (newest, f"{_past(words)} WHERE v.seen AND v.began BETWEEN :first AND :last"):
        yield "'violations_found.total'", "v", "COUNT(*)", found
        yield "'violations_found.by_severity.' || v.severity", "v", "COUNT(*)", found
        yield "'violations_found.by_zone.' || v.zone", "v", "COUNT(*)", found
        for bit, group in enumerate(GROUPS):
            of_group = f"{found} AND (v.groups & {1 << bit}) <> 0"
            yield f"'violations_found.by_group.{group}'", "v", "COUNT(*)", of_group


def _items(words: Words) -> Iterator[Counted]:
    held = f"v.declared_at IS NOT NULL AND ({words.newest} ->> 'refuted_at') IS NULL"
    said = f"CASE WHEN {held} THEN {words.day(f'({words.newest} ->> {chr(39)}declared_at{chr(39)})')} END"
    done = f"coalesce({said}, {words.day('v.ended_at')})"
    newest = f"""FROM violations v WHERE v.due_on IS NOT NULL AND v.ended_by = 'measured_pass'
        AND {words.day("v.ended_at")} BETWEEN :first AND :last"""
    past = f"{_past(words)} WHERE v.passed AND v.due IS NOT NULL AND v.over BETWEEN :first AND :last"
    for executed, when, due in ((newest, done, "v.due_on"), (past, "coalesce(v.said, v.over)", "v.due")):
        yield "'items.executed_in_time'", "v", "COUNT(*)", f"{executed} AND {when} <= {due}"
        yield "'items.executed_late'", "v", "COUNT(*)", f"{executed} AND {when} > {due}"
    stood = f"(v.ended_at IS NULL OR {words.day('v.ended_at')} > :last)"
    overdue = f"v.state <> 'withdrawn' AND v.due_on < :judged AND {words.day('v.opened_at')} <= :last AND {stood}"
    yield "'items.overdue'", "v", "COUNT(*)", f"FROM violations v WHERE {overdue}"
    over_then = "v.due < :judged AND v.began <= :last AND v.over > :last"
    yield "'items.overdue'", "v", "COUNT(*)", f"{_past(words)} WHERE {over_then}"
    extended = f"""FROM violations v JOIN decisions d ON d.violation_id = v.id
        WHERE d.kind = 'extend' AND {words.day("d.decided_at")} BETWEEN :first AND :last
        AND NOT EXISTS (SELECT 1 FROM decisions r WHERE r.revokes = d.id)"""
    yield "'items.extended'", "v", "COUNT(DISTINCT v.id)", extended


def _places() -> Iterator[Counted]:
    active = "FROM facilities f LEFT JOIN standings s ON s.id = f.id WHERE f.active"
    full = " AND ".join(f"(s.passport -> 'site' ->> '{group}') = 'full'" for group in GROUPS)
    yield "'adapted.plan'", "f", "COUNT(*)", f"{active} AND (f.adaptation_plan_year <= :year)"
    yield "'adapted.declared'", "f", "COUNT(*)", f"{active} AND f.adaptation_declared_on <= :last"
    yield "'adapted.verified'", "f", "COUNT(*)", f"{active} AND {full}"
    record = """SELECT 1 FROM use_records u WHERE u.facility_id = f.id AND u.withdrawn_at IS NULL
        AND u.period_from <= :last"""
    came = """SELECT 1 FROM use_records w WHERE w.facility_id = f.id AND w.withdrawn_at IS NULL AND w.visits > 0
        AND w.period_to > u.signed_on AND w.period_to <= :last"""
    zero = f"""EXISTS ({record} AND u.attested_zero AND u.signed_on BETWEEN :year_before AND :last
        AND u.period_to >= :last AND (u.audit_id IS NOT NULL OR u.countersigned_at IS NOT NULL)
        AND NOT EXISTS ({came}))"""
    counted = f"EXISTS ({record} AND NOT u.attested_zero AND u.source NOT IN ('register', 'complaint'))"
    known = f"(f.catchment IS NOT NULL OR EXISTS ({record} AND u.clients > 0))"
    yield "'use.attested_zero'", "f", "COUNT(*)", f"{active} AND {zero}"
    yield "'use.counted'", "f", "COUNT(*)", f"{active} AND NOT {zero} AND {counted}"
    yield "'use.estimated'", "f", "COUNT(*)", f"{active} AND NOT {zero} AND NOT {counted} AND {known}"
    yield "'use.unknown'", "f", "COUNT(*)", f"{active} AND NOT {zero} AND NOT {counted} AND NOT {known}"
    ranked = "FROM standings s JOIN facilities f ON f.id = s.id WHERE s.obstructed IS NOT NULL"
    yield "'obstructed_visits.now'", "s", "SUM(s.obstructed)", ranked
