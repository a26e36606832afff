"""Where the settings of an installation are."""

from flask import Response, g

from api.console.blueprint import page
from api.console.menu import SETTINGS
from api.console.page import Page, draw


@page("/settings", "settings")
class Settings(Page):
    """The pages of settings that the caller gets."""

    def get(self) -> Response:
        """Each with what it is about."""
        return draw("settings", pages={name: each for name, each in SETTINGS.items() if each.given_to(g.caller)})
