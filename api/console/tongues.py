"""Another language for a page that was drawn after a form was sent: what was typed stays, and nothing is done."""

from collections.abc import Sequence

from flask import current_app, request
from werkzeug.exceptions import HTTPException

from api.signing.csrf import FIELD, CrossSite, require_own_page

MARK = "language_only"  # the field by which a form says that it is only to be shown again
MOST_KEPT = 200_000  # characters
SECRET = ("password", "secret", "code")  # parts of names of fields that are never written into a page
ONLY_LANGUAGE = "only the language was changed: nothing was done yet"
SENTENCES = (ONLY_LANGUAGE,)


def only_asked() -> bool:
    """Whether the form that was sent is only to be shown again."""
    return request.method == "POST" and MARK in request.form


def kept() -> Sequence[tuple[str, str]] | None:
    """The fields of the form that was sent, if they may stand in a page.

    None for those of another site, for a secret among them, and for more than a page should carry.
    """
    try:
        require_own_page(request)
    except CrossSite:
        return None
    pairs = [(name, value) for name, value in request.form.items(multi=True) if name not in (FIELD, MARK)]
    secret = any(part in name for name, _value in pairs for part in SECRET)
    return None if secret or sum(len(value) for _, value in pairs) > MOST_KEPT else pairs


def own_page() -> str:
    """The address nearest to that of this form at which there is a page."""
    path, adapter = request.path, current_app.create_url_adapter(request)
    while adapter is not None and path.count("/") > 1:
        try:
            if adapter.match(path, method="GET")[0] != "console.unknown":
                return path
        except HTTPException:  # nothing there, or only a form
            pass
        path = path.rpartition("/")[0]
    return "/console/"
