"""Where somebody is led after signing in: a path of ours, whatever a link says."""

import re
from urllib.parse import urlsplit

HOME = "/console/"
LONGEST = 2000
# One slash, then no other and no backslash, which browsers take for one; and nothing that they leave out.
OWN = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")


def own_path(wanted: str | None) -> str:
    """The wanted path with its query, if it leads nowhere else; else HOME."""
    if wanted is None or len(wanted) > LONGEST or not OWN.fullmatch(wanted):
        return HOME
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return HOME
    return HOME if parts.scheme or parts.netloc else wanted
