"""Narrowing a list to an area that a reader names."""

from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from inspection.errors import Fault, InvalidInput
from inspection.tables.areas import Area, Level


def lies_in(session: Session, model: Any, code: str) -> ColumnElement[bool]:
    """The condition that a row of `model` lies in the area with this code, of whatever level.

    Raises InvalidInput at `/area` for a code that is not known.
    """
    area = session.get(Area, code)
    if area is None:
        accepted = "the code of a country, region or district"
        raise InvalidInput([Fault("/area", "there is no area with this code", accepted)])
    columns = {Level.COUNTRY: model.country, Level.REGION: model.region_code, Level.DISTRICT: model.district_code}
    found: ColumnElement[bool] = columns[Level(area.level)] == code
    return found
