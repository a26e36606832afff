"""What the words of the domain are called on pages, and how numbers, days and names are written."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from flask_babel import format_decimal, format_percent, get_locale, gettext, lazy_gettext, ngettext

from api.mail.judged import measured, wanted
from inspection.countries import COUNTRIES

_ = lazy_gettext
MINUS = "\N{MINUS SIGN}"
STATES: Mapping[str, Any] = {
    "open": _("open"),
    "declared": _("declared remedied"),
    "waived": _("waived"),
    "released": _("released"),
    "withdrawn": _("withdrawn"),
}
SEVERITIES: Mapping[str, Any] = {
    "gross": _("gross"),
    "significant": _("significant"),
    "minor": _("minor"),
}
GROUPS: Mapping[str, Any] = {
    "wheelchair": _("wheelchair"),
    "mobility": _("reduced mobility"),
    "vision": _("vision"),
    "hearing": _("hearing"),
    "cognitive": _("mental disability"),
}
OWNERSHIPS: Mapping[str, Any] = {"state": _("state"), "private": _("private"), "unknown": _("not known")}
GROUNDS: Mapping[str, Any] = {
    "preventive": _("preventive"),
    "unscheduled": _("unscheduled"),
    "prosecutor": _("on the prosecutor's demand"),
    "follow_up": _("follow-up"),
}
ROLES: Mapping[str, Any] = {
    "inspector": _("inspector"),
    "head_of_department": _("head of department"),
    "akimat_official": _("official of the akimat"),
    "ministry_viewer": _("ministry viewer"),
    "admin": _("administrator"),
}
ACCESS: Mapping[str, Any] = {
    "full": _("fully accessible"),
    "partial": _("partially accessible"),
    "conditional": _("conditionally accessible"),
    "blocked": _("not accessible"),
    "unknown": _("not known"),
}

ACTIONS: Mapping[str, Any] = {
    "found": _("found"),
    "accepted": _("accepted"),
    "extended": _("extended"),
    "declared": _("declared remedied"),
    "refuted": _("found not remedied"),
    "recheck_asked": _("re-check asked for"),
    "prescribed": _("prescribed"),
    "corrected": _("corrected"),
    "released": _("released"),
    "waived": _("waived"),
    "withdrawn": _("withdrawn"),
}
USES: Mapping[str, Any] = {
    "counted": _("counted"),
    "estimated": _("estimated"),
    "unknown": _("not known"),
    "attested_zero": _("attested zero"),
}
SOURCES: Mapping[str, Any] = {
    "counted": _("counted on the spot"),
    "tickets": _("tickets or visits in a register"),
    "observed": _("seen by an inspector"),
    "register": _("register of clients"),
    "statement": _("statement that nobody comes"),
    "complaint": _("complaint"),
}


def called(text: Mapping[str, str] | None, fallback: str = "") -> str:
    """A text in the reader's language; who reads English gets the Russian one where there is none."""
    if not text:
        return fallback
    tongue = get_locale().language
    return text.get(tongue) or text.get("ru") or text.get("kk") or fallback


def named(row: Mapping[str, Any], what: str = "name") -> str:
    """A name that stands in a row as `name_kk` and `name_ru`."""
    return called({"kk": row.get(f"{what}_kk") or "", "ru": row.get(f"{what}_ru") or ""})


def day(value: date | str | None) -> str:
    """A day as officials write it; nothing for None."""
    if value is None:
        return ""
    if isinstance(value, str):
        value = datetime.fromisoformat(value).date()
    return value.strftime("%d.%m.%Y")


def clock(moment: datetime | None) -> str:
    """The time of the day, of a moment that has the offset of its country; nothing for None."""
    return "" if moment is None else moment.strftime("%H:%M")


def local_moment(at: datetime | None, country: str) -> str:
    """A day and a time by the clocks of a country; nothing for None."""
    return "" if at is None else at.astimezone(COUNTRIES[country].time_zone).strftime("%d.%m.%Y %H:%M")


def moment(at: datetime | None) -> str:
    """The same by the clocks of Almaty, for what lies in no country."""
    return local_moment(at, "KZ")


def number(value: float | None) -> str:
    """A number as the reader writes it: one decimal below ten, none above; a dash for what is not known."""
    if value is None:
        return "—"
    return str(format_decimal(round(value, 1) if abs(value) < 10 else round(value)))


def signed(value: float) -> str:
    """A difference with its sign."""
    written = number(abs(value))
    return written if written == number(0) else f"{'+' if value > 0 else MINUS}{written}"


def left(days: int | None) -> str:
    """How many days are left until a date, or have passed since."""
    if days is None:
        return ""
    if days == 0:
        return str(gettext("today is the last day"))
    if days > 0:
        return str(ngettext("%(num)s day left", "%(num)s days left", days))
    return str(ngettext("%(num)s day overdue", "%(num)s days overdue", -days))


def found(row: Mapping[str, Any]) -> str:
    """What was measured, with its unit."""
    return measured(row["value"], row["unit"], written())


def norm(row: Mapping[str, Any]) -> str:
    """What it was judged against, with its unit."""
    return wanted(row["limit"], row["value"], row["unit"], written())


def written() -> str:
    """The language in which numbers with their units are written: there are no English ones."""
    tongue = get_locale().language
    return tongue if tongue in ("kk", "ru") else "ru"


def date_class(row: Mapping[str, Any]) -> str:
    """How urgent a violation is, as the name of its mark: it has a shape and words besides its colour."""
    if row["state"] not in ("open", "declared"):
        return "over"
    days = row["days_left"]
    if days is None:
        return "untold"
    return "overdue" if days < 0 else "soon" if days <= 10 else "later"


def share(part: float) -> str:
    """A share as a percentage without decimals."""
    return str(format_percent(round(part, 2)))
