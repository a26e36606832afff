"""Where an area itself lies, so that who may do what there is asked like of anything else."""

from dataclasses import dataclass

from inspection.tables.areas import Area, Level


@dataclass(frozen=True, slots=True)
class AreaPlace:
    """Country, region and district of an area; a country lies in no region, a region in no district."""

    country: str
    region_code: str | None
    district_code: str | None


def place_of(area: Area) -> AreaPlace:
    """Where an area lies."""
    if area.level == Level.DISTRICT:
        return AreaPlace(area.country, area.parent_code, area.code)
    return AreaPlace(area.country, area.code if area.level == Level.REGION else None, None)
