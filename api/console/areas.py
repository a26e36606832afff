"""The area that a page is about."""

from collections.abc import Sequence

from flask import g, request

from inspection import read_areas


def chosen_area(areas: Sequence[read_areas.Named]) -> read_areas.Named:
    """The area that the address names, else the first. Raises NotFound for one that is not the caller's."""
    asked = request.args.get("area")
    if not asked:
        return areas[0]
    chosen = next((each for each in areas if each.area.code == asked), None)
    return chosen or read_areas.one(g.work.session, g.caller, asked)
