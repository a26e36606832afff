"""What the states, kinds and fields of what waits for a person are called on pages."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from flask_babel import gettext, lazy_gettext

from api.console import facts
from api.languages import Phrasebook
from inspection.reports.titles import Titles

_ = lazy_gettext
CROSSED = "others changed the same fields: {fields}".partition("{")[0]  # of `sync/verdicts.py`
AT_FIELD = re.compile(r"/(?P<name>\w+): (?P<text>.+)", re.DOTALL)
COLLECTIONS: Mapping[str, Any] = {
    "facilities": _("a place"),
    "audits": _("an inspection"),
    "followups": _("a re-check"),
    "photos": _("a photo"),
}
INTAKE_STATES: Mapping[str, Any] = {
    "quarantined": _("set aside"),
    "conflict": _("lost against another change"),
    "waiting": _("waits for something else"),
    "kept": _("was not looked at yet"),
    "taken": _("taken"),
    "merged": _("taken in part"),
}
INTAKE_DECISIONS: Mapping[str, Any] = {
    "replay": _("tried again and taken"),
    "take": _("values were taken after all"),
    "keep": _("what is held stays"),
    "dismiss": _("dismissed"),
}
PAIR_STATES: Mapping[str, Any] = {
    "open": _("open"),
    "merged": _("one place"),
    "different": _("two places"),
}
REPLY_KINDS: Mapping[str, Any] = {
    "remedied": _("says it is remedied"),
    "extension": _("asks for a later date"),
    "contest": _("does not agree"),
    "message": _("writes"),
}
REPLY_STATES: Mapping[str, Any] = {
    "waiting": _("waits for an answer"),
    "granted": _("granted"),
    "refused": _("refused"),
    "noted": _("noted"),
}
CASES: Mapping[str, Any] = {
    "reopened": _("told as over, and it stands again"),
    "vanished": _("told, and by what is known now it never stood"),
    "due_changed": _("another date holds than the one that was told"),
}
ABOUT: Mapping[str, Any] = {"position": _("the position"), "district": _("the district")}
QUESTION_STATES: Mapping[str, Any] = {
    "open": _("open"),
    "kept": _("stays where it is"),
    "moved": _("moved"),
    "withdrawn": _("nothing speaks for it any more"),
}
ADDRESS_STATES: Mapping[str, Any] = {
    "waiting": _("waits for its turn"),
    "placed": _("put there"),
    "not_found": _("not found"),
    "doubtful": _("in doubt"),
    "refused": _("refused"),
    "failed": _("could not be asked"),
    "needless": _("has a better position"),
}
FIELDS: Mapping[str, Any] = {
    "kind": _("Kind of place"),
    "name_kk": _("Name in Kazakh"),
    "name_ru": _("Name in Russian"),
    "address_kk": _("Address in Kazakh"),
    "address_ru": _("Address in Russian"),
    "operator_id": _("Operator"),
    "building_year": _("Year of building"),
    "catchment": _("People who live around"),
    "adaptation_declared_on": _("Declared adapted on"),
    "adaptation_plan_year": _("Adaptation planned for"),
    "adaptation_plan_sum": _("Sum of the plan"),
    "active": _("In use"),
    "assignee_id": _("Inspector"),
    "planned_on": _("Planned for"),
    "note": _("Note"),
    "lat": _("Position"),
    "lon": _("Position"),
    "accuracy_m": _("Position"),
    "location_method": _("Position"),
    "district_code": _("District"),
    "region_code": _("Region"),
    "merged_into": _("One place with another"),
    "state": _("State"),
    "facility_id": _("Place"),
    "items": _("What is to be looked at"),
    "observed_at": _("Time of the visit"),
    "time_source": _("Time of the visit"),
    "failed": _("Violations"),
}


def field_value(name: str, value: Any, titles: Titles, called: Mapping[str, str]) -> str:
    """A value of a field as people write it; a dash for nothing. called: names of people and operators by id."""
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return str(gettext("yes") if value else gettext("no"))
    if not isinstance(value, str):
        return str(value)
    if name == "kind":
        return facts.called(titles.kinds.get(value), value)
    if name in ("adaptation_declared_on", "planned_on"):
        return _day(value)
    return called.get(value, value)


def changed(fields: Iterable[str]) -> str:
    """Which fields were changed, each word once, in the reader's language; what has no word stands for itself."""
    return ", ".join(dict.fromkeys(str(FIELDS.get(name, name)) for name in fields))


def position(lat: float | None, lon: float | None, accuracy_m: float | None = None) -> str:
    """A position as text: degrees, and how exact it is."""
    if lat is None or lon is None:
        return str(gettext("not known"))
    where = f"{lat:.5f}, {lon:.5f}"
    if accuracy_m is None:
        return where
    exact = gettext("±%(metres)s m", metres=facts.number(accuracy_m))
    return f"{where} ({exact})"


def sentence(phrasebook: Phrasebook, said: str, language: str) -> str:
    """A sentence of the rules, as a sentence of a page."""
    if said.startswith(CROSSED):
        fields = changed(said.removeprefix(CROSSED).split(", "))
        return str(gettext("Others changed the same: %(fields)s", fields=fields))
    text = phrasebook.say(said, language)
    if (at_field := AT_FIELD.fullmatch(text)) and (called := FIELDS.get(at_field["name"])):
        return f"{called}: {at_field['text']}"
    return text[:1].upper() + text[1:]


def _day(value: str) -> str:
    try:
        return facts.day(date.fromisoformat(value))
    except ValueError:
        return value
