"""Places that look like one: both side by side, and what somebody decides about them."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from uuid import UUID

from flask import Response, g, request
from flask_babel import get_locale, gettext, lazy_gettext

from api.console import facts, review_words
from api.console.attempts import Attempt, blank, sent
from api.console.blueprint import page
from api.console.lists import draw_list, listed, said_in_address
from api.console.page import Page, draw, go
from api.console.queues import queue
from api.duplicate_words import explained
from api.wiring import wiring
from api.work import Work
from inspection import duplicates, people_names
from inspection.countries import local_date
from inspection.keyset import Page as Rows
from inspection.read_areas import names_of
from inspection.reports.titles import Titles, titles_of
from inspection.tables.duplicates import PairState

_ = lazy_gettext
ENDPOINT = "review_duplicates"


@page("/review/duplicates", ENDPOINT)
class Duplicates(Page):
    """Pairs that the caller may decide."""

    def get(self) -> Response:
        """The likeliest first."""
        decided = said_in_address("state") == "decided"

        def pairs(**asked: Any) -> Rows:
            return duplicates.page(g.work.session, g.caller, open=not decided, **asked)

        return draw_list(ENDPOINT, listed(ENDPOINT, pairs), decided=decided, distance=_distance)


@page("/review/duplicates/<uuid:pair_id>", "review_duplicate")
class OnePair(Page):
    """Two places side by side."""

    def get(self, pair_id: UUID) -> Response:
        """What is alike and what differs."""
        return _draw(pair_id, blank())

    def post(self, pair_id: UUID) -> Response:
        """One place, for which one of the two stands; or two places."""
        form = sent()
        form.want_reason()
        decide = _apart(form, pair_id) if form.given.get("decision") == "different" else _one_place(form, pair_id)
        if form.tried(decide):
            return go(ENDPOINT, done=form.given["decision"])
        return _draw(pair_id, form)


def _apart(form: Attempt, pair_id: UUID) -> Callable[[Work], None]:
    reason, rev = form.words("reason"), form.number("rev")
    return lambda work: duplicates.keep_apart(work, g.caller, pair_id, reason, seen_rev=rev)


def _one_place(form: Attempt, pair_id: UUID) -> Callable[[Work], None]:
    reason, rev, chosen = form.words("reason"), form.number("rev"), form.given.get("survivor", "")
    pair = duplicates.one(g.work.session, g.caller, pair_id)
    survivor = next((end["id"] for end in (pair["first"], pair["second"]) if str(end["id"]) == chosen), pair_id)
    if survivor == pair_id:  # neither
        form.refuse("survivor", gettext("Choose which of the two remains."))
    return lambda work: duplicates.merge(work, g.caller, pair_id, survivor, reason, seen_rev=rev)


def _draw(pair_id: UUID, form: Attempt) -> Response:
    pair = duplicates.one(g.work.session, g.caller, pair_id)
    titles = titles_of(g.work.session, None)
    return draw(
        "review_duplicate",
        form.status,
        pair=pair,
        form=form,
        queue=queue(ENDPOINT),
        why=explained(pair, wiring().phrasebook)[get_locale().language],
        lines=list(_lines(pair, titles)),
        people=people_names.names(g.work.session, {pair["decided_by"]} - {None}),
        words=review_words,
        local=local_date,
        is_open=pair["state"] == PairState.OPEN,
        was=request.form.get("survivor", ""),
    )


def _distance(pair: Mapping[str, Any]) -> float | None:
    return next((each["value"] for each in pair["reasons"] if each["code"] == "distance_metres"), None)


def _lines(pair: Mapping[str, Any], titles: Titles) -> Iterator[tuple[Any, str, str, bool]]:
    """What is compared: its name, what each of the two says, and whether that differs."""
    ends = pair["first"], pair["second"]
    areas = names_of(g.work.session, [end["district_code"] or end["region_code"] for end in ends])
    both = [dict(_said(end, titles, areas)) for end in ends]
    for name, label in LABELS.items():
        first, second = (said[name] or "—" for said in both)
        yield label, first, second, first != second


LABELS: Mapping[str, Any] = {
    "name_kk": _("Name in Kazakh"),
    "name_ru": _("Name in Russian"),
    "kind": _("Kind of place"),
    "address_kk": _("Address in Kazakh"),
    "address_ru": _("Address in Russian"),
    "area": _("Area"),
    "position": _("Position"),
    "operator": _("Operator"),
    "tax_id": _("BIN or IIN"),
    "active": _("In use"),
    "audited": _("Last inspected"),
    "source": _("Where it came from"),
    "created": _("Written down"),
}


def _said(end: Mapping[str, Any], titles: Titles, areas: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in ("name_kk", "name_ru", "address_kk", "address_ru"):
        yield name, end[name] or ""
    code, operator = end["district_code"] or end["region_code"], end["operator"] or {}
    yield "kind", facts.called(titles.kinds.get(end["kind"]), end["kind"])
    yield "area", facts.called(areas.get(code), code)
    yield "position", review_words.position(end["lat"], end["lon"], end["accuracy_m"])
    yield "operator", facts.named(operator) if operator else ""
    yield "tax_id", operator.get("tax_id") or ""
    yield "active", str(gettext("yes") if end["active"] else gettext("no"))
    yield "audited", facts.day(end["audited_at"])
    yield "source", " ".join(filter(None, (end["source"], end["external_id"])))
    yield "created", facts.day(end["created_at"])
