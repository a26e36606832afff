"""The blueprint of the console, and how a page gets its address."""

from collections.abc import Callable
from typing import TypeVar

from flask import Blueprint

from api.resource import Resource

blp = Blueprint("console", __name__, url_prefix="/console", template_folder="templates")
View = TypeVar("View", bound=type[Resource])


def page(rule: str, name: str) -> Callable[[View], View]:
    """Serve a class at an address below /console. name: by which `url_for("console.<name>")` finds it."""

    def serve(view: View) -> View:
        blp.add_url_rule(rule, view_func=view.as_view(name))
        return view

    return serve
