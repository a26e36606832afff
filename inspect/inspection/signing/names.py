"""By what name somebody signs in: their address of mail, however it is spelled."""

import unicodedata

LONGEST = 254


def sign_in_name(address: str) -> str:
    """An address folded, so that capitals and look-alike forms make no difference; a name is one person's."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", address).casefold()).strip()
