"""How this installation is reached: what addresses in its answers begin with."""

from flask import request

from api.wiring import wiring


def root() -> str:
    """What addresses of ours begin with, without a slash at the end.

    PANDUS_PUBLIC_URL where it is set. Only where nobody has said how the installation is reached it is what the
    asker called it, in an answer to that asker alone: a Host header is anybody's.
    """
    return wiring().settings.public_url.rstrip("/") or request.url_root.rstrip("/")
