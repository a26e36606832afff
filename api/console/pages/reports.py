"""Reports: the figures of a period by region, district or kind, each leading to the rows that it counts."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Response, g, url_for
from flask_babel import get_locale, gettext, lazy_gettext

from api.console import facts
from api.console.blueprint import page
from api.console.lists import said_in_address
from api.console.page import Page, draw, wrong_fields
from api.console.report_sections import SHARE, TITLES, Drawn, sections
from api.console.reports_asked import Asked, asked, fields_wrong
from api.console.violation_rows import rows_of as violation_rows
from api.disclosing import discloses
from api.report_tables import Figure
from api.report_words import NOT_RECORDED, heading
from api.views.report_files import read_report
from api.wiring import wiring
from inspection import read_areas, violation_details
from inspection.errors import InvalidInput
from inspection.reports import rows
from inspection.reports.asked import By
from inspection.reports.listing import What
from inspection.reports.titles import titles_of
from inspection.tables.disclosures import Kind

_ = lazy_gettext
BY: Mapping[By, Any] = {By.REGION: _("by region"), By.DISTRICT: _("by district"), By.KIND: _("by kind of place")}


@page("/reports", "reports")
class Reports(Page):
    """Figures of a period."""

    def get(self) -> Response:
        """All figures of the total, and one section compared row by row."""
        wanted, said = asked(), said_in_address("show")
        areas = read_areas.areas_of(g.work.session, g.caller)
        about: dict[str, Any] = {"asked": wanted, "areas": areas, "by_words": BY, "titles": TITLES}
        show = said if said in TITLES else "checks"
        try:
            read = read_report(g.work, g.caller, wanted.query())
        except InvalidInput as error:
            wanted.wrong |= fields_wrong(wrong_fields(error))
            return draw("reports", 422, **about, show=show, report=None)
        table = read.table(get_locale().language)
        parts = sections(table, read.titles)
        return draw(
            "reports",
            **about,
            show=show,
            report=table,
            sections=parts,
            shown=next(part for part in parts if part.name == show) if _has(parts, show) else parts[0],
            figure=_figure,
            rows_of=_rows_address(wanted),
            since=read.report["total"]["fines"],
            geojson_area=wanted.area or (areas[0].area.code if areas and not wanted.area else ""),
        )


@page("/reports/rows", "report_rows")
class ReportRows(Page):
    """What a figure counts."""

    @discloses(Kind.REPORT_ROWS)
    def get(self) -> Response:
        """A page of the rows that it counts, by place."""
        wanted, figure = asked(), said_in_address("figure")
        if wanted.wrong:  # the rows of another period would be taken for those that were asked for
            text = " ".join(wanted.wrong.values())
            return draw("refused", 422, heading=gettext("This is not possible"), text=text)
        more: dict[str, Any] = {name: said for name in ("key", "cursor") if (said := said_in_address(name))}
        if said_in_address("unnamed"):
            more["key"] = ""
        found = rows.page(
            g.work.session,
            g.caller,
            figure=figure,
            period=wanted.period,
            now=g.work.now,
            area=wanted.area or None,
            by=wanted.by,
            **more,
        )
        return _draw_rows(wanted, figure, found.rows, found.next_cursor, more)


def _draw_rows(
    wanted: Asked, figure: str, found: Any, next_cursor: str | None, more: Mapping[str, str]
) -> Response:
    language, titles = get_locale().language, titles_of(g.work.session, None)
    key = more.get("key")
    codes = [row["district_code"] or row["region_code"] for row in found]
    here: dict[str, Any] = wanted.address() | {"figure": figure} | ({} if key is None else _key(key))
    return draw(
        "report_rows",
        title=heading(tuple(figure.split(".")), language, wiring().phrasebook, titles, "KZT"),
        key=key,
        key_name=_key_name(wanted, key, titles),
        asked=wanted,
        rows=found,
        violations=_violations(found),
        titles=titles,
        areas=read_areas.names_of(g.work.session, codes),
        area_name=_area_name(wanted.area),
        following=url_for("console.report_rows", **here, cursor=next_cursor) if next_cursor else None,
        first=url_for("console.report_rows", **here) if "cursor" in more else None,
    )


def _violations(found: Any) -> Mapping[UUID, str]:
    """What was required of the violations among the rows, by id."""
    ids = {row["id"] for row in found if row["object"] == What.VIOLATION}
    rows = violation_rows(violation_details.several(g.work.session, g.caller, ids, now=g.work.now))
    return {UUID(row["id"]): row["title"] for row in rows}


def _has(parts: Any, name: str) -> bool:
    return any(part.name == name for part in parts)


def _figure(drawn: Drawn, value: Figure) -> str:
    """A figure as the page says it."""
    if value is None:
        return wiring().phrasebook.say(NOT_RECORDED, get_locale().language)
    return facts.share(value) if drawn.path == SHARE else facts.number(value)


def _rows_address(wanted: Asked) -> Any:
    """Where the rows of a figure are listed. key: of the row; None: of the total."""

    def address(figure: str, key: str | None = None) -> str:
        return url_for(
            "console.report_rows", **wanted.address(), figure=figure, **({} if key is None else _key(key))
        )

    return address


def _key(key: str) -> dict[str, Any]:
    # A browser leaves an empty value out of an address sooner or later, and then it would mean the total.
    return {"key": key} if key else {"unnamed": "1"}


def _key_name(wanted: Asked, key: str | None, titles: Any) -> str:
    if key is None:
        return ""
    if not key:
        return str(gettext("The district is not known"))
    if wanted.by is By.KIND:
        return facts.called(titles.kinds.get(key), key)
    return _area_name(key)


def _area_name(code: str) -> str:
    return facts.called(read_areas.names_of(g.work.session, [code]).get(code), code) if code else ""
