"""Links that are signed, not stored: whoever reads the database cannot answer for an operator.

A token is the link's id and its HMAC-SHA256 under the installation's key, cut to 16 bytes, as 43 letters of
base64url.
"""

import hmac
import os
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from contextlib import suppress
from functools import cache
from pathlib import Path
from uuid import UUID

from api.settings import Settings

MAC, KEY = 16, 32  # bytes
LETTERS = 43


def token(key: bytes, link_id: UUID) -> str:
    """The token of a link."""
    return urlsafe_b64encode(link_id.bytes + _mac(key, link_id.bytes)).decode().rstrip("=")


def read_token(key: bytes, text: str) -> UUID | None:
    """The link that a token names; None for one that is not ours."""
    try:
        held = urlsafe_b64decode(text + "=") if len(text) == LETTERS else b""
    except (Error, ValueError):
        return None
    made, mac = held[:16], held[16:]
    if len(mac) != MAC or not hmac.compare_digest(mac, _mac(key, made)):
        return None
    return UUID(bytes=made)


def seal(key: bytes, link_id: UUID, text: str) -> str:
    """A mark on something that a page hands back, so that nobody can hand back anything else."""
    return _mac(key, link_id.bytes + text.encode(errors="surrogatepass")).hex()


def address(settings: Settings, link_id: UUID) -> str | None:
    """Where a link leads, as letters carry it; None where nobody has said how this installation is reached."""
    base = public_url(settings)
    return base and f"{base}/answer/{token(link_key(settings), link_id)}"


def public_url(settings: Settings) -> str | None:
    """What addresses begin with. By itself an installation is reached from its own machine alone."""
    if settings.public_url:
        return settings.public_url.rstrip("/")
    if settings.mail.startswith("smtp"):
        return None
    return f"http://{settings.host}:{settings.port}"


def link_key(settings: Settings) -> bytes:
    """The installation's key, made at first need."""
    return _key(settings.link_key_file)


@cache
def _key(name: str) -> bytes:
    path = Path(name)
    if not path.exists():
        _make(path)
    held = path.read_bytes()
    if len(held) < KEY:
        raise ValueError(f"the key in PANDUS_LINK_KEY_FILE is shorter than {KEY} bytes")
    return held


def _make(path: Path) -> None:
    """Write a new key, whole or not at all; of two who do the first one's holds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "wb") as file:  # noqa: PTH123 - of a descriptor
        file.write(secrets.token_bytes(KEY))
        file.flush()
        os.fsync(descriptor)
    with suppress(FileExistsError):
        os.link(half, path)
    half.unlink()


def _mac(key: bytes, said: bytes) -> bytes:
    return hmac.digest(key, b"pandus answer\0" + said, "sha256")[:MAC]
