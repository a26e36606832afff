"""The application for one test, quickly: its routes are made once, and what depends on settings for each test.

Putting all routes together takes a quarter of a second. They are shared, so who adds a route makes an application
of their own (`create_app`).
"""

from copy import copy
from functools import cache

from flask import Config, Flask

from api.app import create_app, equip
from api.limits import limiter
from api.settings import Settings

OF_ROUTES = {"babel", "compress", "flask-smorest", "limiter"}  # extensions that settings say nothing to


@cache
def _template() -> Flask:
    # A test may have put the limits off; one that is off when an application is made can never be put on again.
    before, limiter.enabled = limiter.enabled, True
    try:
        return create_app(Settings(database_url="sqlite:////nowhere/no.sqlite3"))
    finally:
        limiter.enabled = before


def quick_app(settings: Settings) -> Flask:
    """What `create_app` makes of these settings, inline only: no queue and no proxies."""
    template = _template()
    app = copy(template)
    app.config = Config(template.config.root_path, template.config)
    app.extensions = {name: held for name, held in template.extensions.items() if name in OF_ROUTES}
    equip(app, settings)
    limiter.reset()
    return app
