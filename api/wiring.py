"""What one application was put together from, and how the edges reach it."""

from dataclasses import dataclass, field

from flask import Flask, current_app
from sqlalchemy import Engine

from api.languages import Phrasebook
from api.settings import Settings
from api.work import Units
from inspection.maps import Maps

KEY = "pandus"


@dataclass(frozen=True, slots=True)
class Wiring:
    """The parts that live as long as the application."""

    settings: Settings
    engine: Engine
    units: Units
    phrasebook: Phrasebook
    maps: Maps = field(default_factory=Maps)


def wire(app: Flask, wiring: Wiring) -> None:
    """Give an application its parts."""
    app.extensions[KEY] = wiring


def wiring() -> Wiring:
    """The parts of the current application: for views and commands."""
    parts: Wiring = current_app.extensions[KEY]
    return parts
