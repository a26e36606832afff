"""What is asked of a tour and shown of it, and reading the question."""

from typing import Any

from marshmallow import fields, validate

from api.fields import Boolean, Day, Float, Integer, Moment, Query, Schema
from geo.tour_days import Day as Hours
from geo.tour_days import Lunch
from inspection import tour_candidates, tours
from inspection.errors import Fault, InvalidInput
from inspection.siting import check_spot
from inspection.tables.tours import TourState
from inspection.tour_candidates import Named

ID = "01890a5d-ac96-774b-bcce-b302099a8061"
CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9]"
CLOCK_ACCEPTED = "a time of the day, for example 09:00"
STOP_EXAMPLE = {
    "facility_id": "01890a5d-ac96-774b-bcce-b302099a8057",
    "kind": "polyclinic",
    "name_kk": "№1 үлгі емханасы",
    "name_ru": "Поликлиника-пример № 1",
    "address_kk": "Мысал көшесі, 1",
    "address_ru": "ул. Примерная, 1",
    "lat": 43.2567,
    "lon": 76.9286,
    "arrives_at": "2026-03-17T09:12:00+05:00",
    "begins_at": "2026-03-17T09:12:00+05:00",
    "leaves_at": "2026-03-17T10:12:00+05:00",
    "prize": 153.6,
    "required": False,
}
IN_EXAMPLE = {
    "id": ID,
    "day": "2026-03-17",
    "start": {"lat": 43.24, "lon": 76.91},
    "begins": "09:00",
    "ends": "18:00",
    "lunch": {"earliest": "12:00", "latest": "14:00", "minutes": 60},
    "minutes": 60,
}
OUT_EXAMPLE = {
    "id": ID,
    "state": "proposed",
    "day": "2026-03-17",
    "country": "KZ",
    "time_zone": "Asia/Almaty",
    "start": {"lat": 43.24, "lon": 76.91},
    "begins_at": "2026-03-17T09:00:00+05:00",
    "ends_at": "2026-03-17T10:24:00+05:00",
    "returns": True,
    "lunch_at": None,
    "collected": 153.6,
    "unranked": 0,
    "missed": [],
    "found_by": "greedy",
    "cut_short": False,
    "travel": "straight_line",
    "considered": 1,
    "more": 0,
    "unlocated": 0,
    "hidden": 0,
    "stops": [STOP_EXAMPLE],
    "made_at": "2026-03-16T09:00:00Z",
    "accepted_at": None,
}


def _clock(**options: Any) -> fields.String:
    return fields.String(validate=validate.Regexp(rf"{CLOCK}\Z"), metadata={"accepted": CLOCK_ACCEPTED}, **options)


class SpotIn(Schema):
    """Degrees of WGS 84."""

    lat = Float(required=True, validate=validate.Range(min=-90, max=90))
    lon = Float(required=True, validate=validate.Range(min=-180, max=180))


class LunchIn(Schema):
    """A break between visits."""

    earliest = _clock(load_default="12:00")
    latest = _clock(load_default="14:00")
    minutes = Integer(load_default=60, validate=validate.Range(min=5, max=240))


class OpenIn(Schema):
    """Hours in which a place is open; the whole visit lies within them."""

    opens = _clock(required=True)
    closes = _clock(required=True)


class PlaceIn(Schema):
    """A place that could be visited."""

    facility_id = fields.UUID(required=True)
    prize = Float(
        allow_none=True,
        load_default=None,
        validate=validate.Range(min=0, max=1_000_000),
        metadata={"description": "visits a month that are obstructed there; null: as it is ranked"},
    )
    minutes = Integer(allow_none=True, load_default=None, validate=validate.Range(min=5, max=600))
    required = Boolean(load_default=False, metadata={"description": "must be visited if the day allows it"})
    opens = fields.List(fields.Nested(OpenIn), load_default=list, validate=validate.Length(max=4))


class TourIn(Schema):
    """A day, and where one could go."""

    id = fields.UUID(required=True, metadata={"description": "made by the client"})
    day = Day(required=True)
    start = fields.Nested(SpotIn, required=True)
    begins = _clock(load_default="09:00")
    ends = _clock(load_default="18:00")
    returns = Boolean(load_default=True, metadata={"description": "whether the day ends at its start"})
    lunch = fields.Nested(LunchIn, allow_none=True, load_default=None)
    minutes = Integer(
        load_default=60, validate=validate.Range(min=5, max=600), metadata={"description": "of a visit"}
    )
    area = fields.String(
        allow_none=True,
        load_default=None,
        validate=validate.Length(min=1, max=16),
        metadata={"description": "code of a country, region or district; not beside facilities"},
    )
    facilities = fields.List(
        fields.Nested(PlaceIn),
        allow_none=True,
        load_default=None,
        validate=validate.Length(min=1, max=tour_candidates.MOST),
        metadata={"description": "null: your queue of re-checks, and where most is obstructed"},
    )
    seed = Integer(load_default=0, validate=validate.Range(min=0, max=2**31 - 1))


class SpotOut(Schema):
    """Degrees of WGS 84."""

    lat = Float(required=True)
    lon = Float(required=True)


class StopOut(Schema):
    """One visit."""

    facility_id = fields.UUID(required=True)
    kind = fields.String(required=True)
    name_kk = fields.String(required=True)
    name_ru = fields.String(required=True)
    address_kk = fields.String(required=True, allow_none=True)
    address_ru = fields.String(required=True, allow_none=True)
    lat = Float(required=True)
    lon = Float(required=True)
    arrives_at = Moment(required=True, metadata={"description": "with the offset of the country"})
    begins_at = Moment(required=True)
    leaves_at = Moment(required=True)
    prize = Float(required=True, allow_none=True, metadata={"description": "null: not known"})
    required = Boolean(required=True)


class TourOut(Schema):
    """A tour."""

    id = fields.UUID(required=True)
    state = fields.String(required=True, validate=validate.OneOf(list(TourState)))
    day = Day(required=True)
    country = fields.String(required=True)
    time_zone = fields.String(required=True)
    start = fields.Nested(SpotOut, required=True)
    begins_at = Moment(required=True)
    ends_at = Moment(required=True)
    returns = Boolean(required=True)
    lunch_at = Moment(required=True, allow_none=True)
    collected = Float(required=True, metadata={"description": "known obstructed visits a month on the way"})
    unranked = Integer(required=True, metadata={"description": "stops of which nobody knows them"})
    missed = fields.List(fields.UUID(), required=True, metadata={"description": "required, but the day is short"})
    found_by = fields.String(required=True, validate=validate.OneOf(["greedy", "solver"]))
    cut_short = Boolean(required=True, metadata={"description": "time ran out: another try may find more"})
    travel = fields.String(required=True, validate=validate.OneOf([tours.STRAIGHT, tours.ROUTED]))
    considered = Integer(required=True, metadata={"description": "places to choose from"})
    more = Integer(required=True, metadata={"description": "places left out because they were too many"})
    unlocated = Integer(required=True, metadata={"description": "places left out: nobody knows where they are"})
    hidden = Integer(required=True, metadata={"description": "stops that you may not see any more"})
    stops = fields.List(fields.Nested(StopOut), required=True)
    made_at = Moment(required=True)
    accepted_at = Moment(required=True, allow_none=True)


class LeftOut(Schema):
    """A re-check that stays as it was."""

    followup_id = fields.UUID(required=True)
    facility_id = fields.UUID(required=True)
    reason = fields.String(required=True)


class AcceptedOut(TourOut):
    """A tour that was accepted."""

    left = fields.List(fields.Nested(LeftOut), required=True)


class ToursOut(Schema):
    """Tours by day."""

    items = fields.List(fields.Nested(TourOut), required=True)


class DaysQuery(Query):
    """Of which days."""

    since = Day(data_key="from")
    until = Day(data_key="to")


def _seconds(clock: str) -> int:
    hours, minutes = clock.split(":")
    return 3600 * int(hours) + 60 * int(minutes)


def read_hours(asked: dict[str, Any]) -> Hours:
    """The hours of the day. Raises InvalidInput for what ends before it begins, or a start that is nowhere."""
    begins, ends, lunch = _seconds(asked["begins"]), _seconds(asked["ends"]), asked["lunch"]
    start = asked["start"]
    faults = [Fault(f"/start/{f.pointer}", f.reason, f.accepted) for f in check_spot(start["lat"], start["lon"])]
    if ends <= begins:
        faults.append(Fault("/ends", "the day ends before it begins", "a later time of the same day"))
    if lunch is not None and _seconds(lunch["latest"]) < _seconds(lunch["earliest"]):
        faults.append(Fault("/lunch/latest", "it is earlier than earliest", "a later time of the same day"))
    if asked["facilities"] is not None and asked["area"] is not None:
        faults.append(Fault("/area", "the facilities are named already", "area or facilities, not both"))
    if faults:
        raise InvalidInput(faults)
    rest = lunch and Lunch(_seconds(lunch["earliest"]), _seconds(lunch["latest"]), 60 * lunch["minutes"])
    return Hours(begins, ends, asked["returns"], rest)


def read_place(each: dict[str, Any], n: int) -> Named:
    """The nth place that somebody names. Raises InvalidInput for hours that close before they open."""
    opens = tuple((_seconds(o["opens"]), _seconds(o["closes"])) for o in each["opens"])
    for k, (first, last) in enumerate(opens):
        if last <= first:
            pointer = f"/facilities/{n}/opens/{k}/closes"
            raise InvalidInput([Fault(pointer, "it closes before it opens", "a later time of the same day")])
    return Named(each["facility_id"], each["prize"], each["minutes"], each["required"], opens)
