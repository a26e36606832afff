"""Links that are signed, not stored: whoever reads the database cannot answer for an operator.

A token is the link's id and its HMAC-SHA256 under the installation's key, cut to 16 bytes, as 43 letters of
base64url.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from uuid import UUID

from api.keys import Keys, keys
from api.settings import Settings

MAC = 16  # bytes
PURPOSE = b"answer"
LETTERS = 43


def token(keys: Keys, link_id: UUID) -> str:
    """The token of a link."""
    return _letters(link_id.bytes + keys.sign(PURPOSE, link_id.bytes, MAC))


def read_token(keys: Keys, text: str) -> UUID | None:
    """The link that a token names; None for one that is not ours."""
    try:
        held = urlsafe_b64decode(text + "=") if len(text) == LETTERS else b""
    except (Error, ValueError):
        return None
    made, mac = held[:16], held[16:]
    # base64 has several spellings of the same bytes, and a token has one.
    if _letters(held) != text or len(mac) != MAC or not keys.signed(PURPOSE, made, mac):
        return None
    return UUID(bytes=made)


def _letters(held: bytes) -> str:
    return urlsafe_b64encode(held).decode().rstrip("=")


def seal(keys: Keys, link_id: UUID, text: str) -> str:
    """A mark on something that a page hands back, so that nobody can hand back anything else."""
    return keys.sign(PURPOSE, _sealed(link_id, text), MAC).hex()


def is_sealed(keys: Keys, link_id: UUID, text: str, mark: str) -> bool:
    """Whether we made this mark on it."""
    try:
        held = bytes.fromhex(mark)
    except ValueError:
        return False
    return len(held) == MAC and keys.signed(PURPOSE, _sealed(link_id, text), held)


def _sealed(link_id: UUID, text: str) -> bytes:
    return link_id.bytes + text.encode(errors="surrogatepass")


def address(settings: Settings, link_id: UUID) -> str | None:
    """Where a link leads, as letters carry it; None where nobody has said how this installation is reached."""
    base = public_url(settings)
    return base and f"{base}/answer/{token(keys(settings), link_id)}"


def public_url(settings: Settings) -> str | None:
    """What addresses begin with. By itself an installation is reached from its own machine alone."""
    if settings.public_url:
        return settings.public_url.rstrip("/")
    if settings.mail.startswith("smtp"):
        return None
    return f"http://{settings.host}:{settings.port}"
