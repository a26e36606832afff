"""What the figures of a report are called, in sentences of every language; kinds and zones by their own titles."""

from collections.abc import Mapping

from api.languages import Phrasebook
from inspection.criteria import Text
from inspection.reports.asked import By, Path
from inspection.reports.titles import Titles

HEADINGS: Mapping[str, str] = {
    "checks.total": "Checks, total",
    "checks.preventive": "Preventive checks",
    "checks.unscheduled": "Unscheduled checks",
    "checks.prosecutor": "Checks on the prosecutor's demand",
    "checks.follow_up": "Follow-up checks",
    "facilities_checked.total": "Facilities checked, total",
    "facilities_checked.by_kind": "Facilities checked, kind: {kind}",
    "violations_found.total": "Violations found, total",
    "violations_found.by_severity.gross": "Gross violations",
    "violations_found.by_severity.significant": "Significant violations",
    "violations_found.by_severity.minor": "Minor violations",
    "violations_found.by_group.wheelchair": "Violations that concern people in wheelchairs",
    "violations_found.by_group.mobility": "Violations that concern people with reduced mobility",
    "violations_found.by_group.vision": "Violations that concern people with impaired vision",
    "violations_found.by_group.hearing": "Violations that concern people with impaired hearing",
    "violations_found.by_group.cognitive": "Violations that concern people with mental disabilities",
    "violations_found.by_zone": "Violations found, zone: {zone}",
    "prescriptions": "Prescriptions issued",
    "items.executed_in_time": "Items executed in time",
    "items.executed_late": "Items executed late",
    "items.extended": "Items extended",
    "items.overdue": "Items overdue",
    "rechecks.total": "Re-checks, total",
    "rechecks.declared_adapted_but_not": "Re-checks: declared adapted but found not to be",
    "adapted.plan": "Facilities planned to be adapted",
    "adapted.declared": "Facilities declared adapted",
    "adapted.verified": "Facilities verified as adapted",
    "use.counted": "Facilities whose visits are counted",
    "use.estimated": "Facilities whose visits are estimated",
    "use.unknown": "Facilities whose visits are not known",
    "use.attested_zero": "Facilities that nobody visits, as attested",
    "fines.number": "Fines, number",
    "fines.sum": "Fines, sum",
    "obstructed_visits.now": "Obstructed visits a month, now",
    "obstructed_visits.at_start": "Obstructed visits a month, at the start of the period",
    "obstructed_visits.placeholder_share": "Share of ranked facilities whose visits rest on placeholders",
}
SUMS: Mapping[str | None, str] = {"KZT": "Fines, sum in tenge", "KGS": "Fines, sum in som"}
NOT_RECORDED = "not recorded"
TOTAL = "Total"
NO_DISTRICT = "The district is not known"
ROWS: Mapping[By, str] = {By.REGION: "Region", By.DISTRICT: "District", By.KIND: "Kind of facility"}


def heading(path: Path, language: str, phrasebook: Phrasebook, titles: Titles, currency: str | None = None) -> str:
    """What a figure is called. path: as in the report. currency: of sums, where it is one."""
    name = ".".join(path)
    if name == "fines.sum" and currency in SUMS:
        return phrasebook.say(SUMS[currency], language)
    if name in HEADINGS:
        return phrasebook.say(HEADINGS[name], language)
    *way, word = path
    pattern = HEADINGS[".".join(way)]
    title = called(titles.zones if way[-1] == "by_zone" else titles.kinds, word, language)
    said = phrasebook.say(pattern, language)
    return said.replace("{kind}", title).replace("{zone}", title)


def called(titles: Mapping[str, Text], word: str, language: str) -> str:
    """The title of a kind or zone; the word itself where no checklist has it."""
    return titles.get(word, {}).get(language) or word


def name_of_row(row: Mapping[str, object], by: By, language: str, phrasebook: Phrasebook, titles: Titles) -> str:
    """What a row of a report is about: the name of an area, or a kind."""
    key = row["key"]
    if key is None:
        return phrasebook.say(NO_DISTRICT, language)
    if by is By.KIND:
        return called(titles.kinds, str(key), language)
    return str(row.get(f"name_{language}") or row.get("name_kk") or key)
