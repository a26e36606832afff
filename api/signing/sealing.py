"""What is kept of apps that make codes, encrypted by keys that are not in the database."""

from base64 import urlsafe_b64encode

import structlog
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from api.keys import Keys

PURPOSE = b"seal totp"

log = structlog.get_logger("pandus.signing")


class KeySealer:
    """Encrypts by the first of the installation's keys, and opens by any of them."""

    def __init__(self, keys: Keys) -> None:
        derived = [Fernet(urlsafe_b64encode(key)) for key in keys.derived(PURPOSE)]
        self._newest, self._all = derived[0], MultiFernet(derived)

    def seal(self, secret: str) -> bytes:
        """The secret, encrypted."""
        return self._newest.encrypt(secret.encode())

    def open(self, sealed: bytes) -> str | None:
        """The secret; None if the key was taken out of the file."""
        try:
            return self._all.decrypt(sealed).decode()
        except InvalidToken:
            log.warning("sealed_by_a_key_that_is_gone")
            return None

    def renewed(self, sealed: bytes) -> bytes | None:
        """The same under the first key; None if it is, or if no key opens it."""
        try:
            self._newest.decrypt(sealed)
        except InvalidToken:
            secret = self.open(sealed)
            return None if secret is None else self.seal(secret)
        return None
