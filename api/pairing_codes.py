"""Codes by which tablets are paired: made for a person, shown once, kept as a keyed hash."""

import secrets
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from api.answers.tokens import public_url
from api.keys import Keys, keys
from api.qr_codes import qr_svg
from api.wiring import wiring
from api.work import Work
from inspection.access import Caller
from inspection.tablet_access import NewPairing, make_pairing

# Without what is easily misread. Eight of them are 2**39: nobody guesses one that lasts a quarter of an hour.
LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
LENGTH = 8
PURPOSE = b"pairing"


def new_code(work: Work, caller: Caller, pairing_id: UUID, person_id: UUID, region: str) -> dict[str, Any]:
    """A code for one tablet of a person, as a document: with a link and a QR code where the server has an address.

    Raises as `make_pairing` does.
    """
    code = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
    wish = NewPairing(pairing_id, person_id, region, code_hash(keys(wiring().settings), code))
    made = make_pairing(work, caller, wish)
    shown = {name: getattr(made, name) for name in ("id", "person_id", "region_code", "expires_at")}
    spelled = f"{code[:4]}-{code[4:]}"
    base = public_url(wiring().settings)
    link = base and f"pandus://pair?{urlencode({'server': base, 'code': spelled})}"
    return {**shown, "code": spelled, "link": link, "qr": link and qr_svg(link).decode()}


def code_hash(held: Keys, code: str) -> bytes:
    """What is kept of a code, however it was typed."""
    plain = "".join(sign for sign in code.upper() if sign.isalnum())
    return held.sign(PURPOSE, plain.encode(errors="surrogatepass"))
