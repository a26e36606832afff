"""Erasing what has come of age, in units of a few hundred rows; what each unit erased is counted in journals."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, delete, func, literal, select, tuple_, update
from sqlalchemy.orm import Session

from inspection.bulk import table_of
from inspection.countries import COUNTRIES
from inspection.forgetting import forget
from inspection.journal import Change
from inspection.retention import RULES, Rule, Terms
from inspection.tables.areas import Area, Level
from inspection.tables.drafts import Draft
from inspection.tables.people import Person
from inspection.unit import Unit

AT_ONCE = 500  # rows
ACTION = "retention.erased"


def due(session: Session, terms: Terms, now: Any) -> Mapping[str, int]:
    """How many rows of each rule have come of age, by its name."""
    counts = ((rule, rule.rows(rule.before(terms, now)).subquery()) for rule in RULES)
    return {rule.name: session.scalar(select(func.count()).select_from(rows)) or 0 for rule, rows in counts}


Key = tuple[Any, ...]


def erase_some(unit: Unit, rule: Rule, terms: Terms, after: Key | None = None) -> tuple[int, Key | None]:
    """Erase up to AT_ONCE rows of a rule; how many there were, and the key of the last if there may be more.

    after: where the unit before ended: what it emptied is not looked at again. A unit that is cut off has erased
    nothing; whoever begins anew finds the rest.
    """
    columns = tuple(table_of(rule.model).primary_key.columns)
    key = [column.name for column in columns]
    wanted = rule.rows(rule.before(terms, unit.now)).order_by(*columns)
    if after is not None:
        reached = (literal(value, column.type) for value, column in zip(after, columns, strict=True))
        wanted = wanted.where(tuple_(*columns) > tuple_(*reached))
    # Locked, and the condition looked at again under the lock: what somebody renews meanwhile is young.
    locked = wanted.limit(AT_ONCE).with_for_update(of=rule.model)
    found = unit.session.execute(locked).mappings().all()
    if not found:
        return 0, None
    keys = [{name: row[name] for name in key} for row in found]
    _erase(unit, rule, keys)
    counted = Counter(row.get("region_of_row") or _country(unit.session) for row in found)
    for region, rows in sorted(counted.items()):
        facts = {"rows": (None, rows), "before": (None, rule.before(terms, unit.now))}
        unit.journal.add(Change(region, ACTION, "rule", rule.name, facts))
    return len(found), tuple(keys[-1].values()) if len(found) == AT_ONCE else None


def _erase(unit: Unit, rule: Rule, keys: Sequence[Mapping[str, Any]]) -> None:
    if rule.model is Person:
        forget(unit, [key["id"] for key in keys])
    elif rule.model is Draft:
        for key in keys:  # one by one: tablets hear of it
            held = unit.session.get(Draft, (key["home_region"], key["id"]))
            if held is not None:
                unit.session.delete(held)
    else:
        table = table_of(rule.model)
        there = and_(*(_is(column) for column in table.primary_key.columns))
        statement: Any = delete(table) if rule.values is None else update(table).values(dict(rule.values))
        named = [{f"key_{name}": value for name, value in key.items()} for key in keys]
        unit.session.connection().execute(statement.where(there), named)


def _is(column: Any) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = column == bindparam(f"key_{column.name}", type_=column.type)
    return condition


def _country(session: Session) -> str:
    """Whose journal counts what lies nowhere."""
    there = set(session.scalars(select(Area.code).where(Area.level == Level.COUNTRY)))
    return next((code for code in COUNTRIES if code in there), next(iter(COUNTRIES)))
