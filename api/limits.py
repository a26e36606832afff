"""How often something may be asked: one counter for all processes where there is a Redis, else one in each."""

import re

from flask import Flask
from flask_limiter import Limiter

from api.settings import QUEUE
from api.wiring import KEY, Wiring

limiter = Limiter(lambda: "", in_memory_fallback_enabled=True)  # each limit says by what it counts


def register(app: Flask) -> None:
    """Count the requests of an application."""
    parts: Wiring = app.extensions[KEY]
    shared = parts.settings.redis_url if parts.settings.understanding == QUEUE else "memory://"
    app.config["RATELIMIT_STORAGE_URI"] = re.sub("^unix://", "redis+unix://", shared)  # the library's word for it
    limiter.init_app(app)
