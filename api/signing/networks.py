"""Where a request comes from, as far as that can be known behind proxies."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from flask import Request

from api.settings import Settings

BEFORE = "werkzeug.proxy_fix.orig"  # where the library keeps what it replaced


def network_of(request: Request, settings: Settings) -> str | None:
    """The network a request comes from: an IPv4 address, or the /64 that a household of IPv6 is given.

    None where it is not known: a proxy hides it, and nobody said how many there are (PANDUS_TRUSTED_PROXIES).
    """
    came = _address(request.remote_addr)
    if settings.trusted_proxies:
        if request.environ.get(BEFORE, {}).get("REMOTE_ADDR") == request.remote_addr:
            return None  # the proxy's own: it passed nothing on
    elif came is not None and not came.is_global and settings.public_url.startswith("https://"):
        return None
    if came is None:
        return None
    if isinstance(came, IPv6Address):
        return str(ip_network((came, 64), strict=False))
    return str(came)


def _address(text: str | None) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address((text or "").strip("[]").partition("%")[0])
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found
