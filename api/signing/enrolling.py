"""What pages and the API do with an invitation: look at it, and accept it with a password and an app."""

import secrets
from base64 import b32encode
from dataclasses import dataclass

from flask import Request

from api.answers.tokens import public_url
from api.keys import keys
from api.signing import cookies, devices, hashing
from api.signing.entering import Entered, device_cookie, forget_before, new_session, noted
from api.signing.sealing import KeySealer
from api.wiring import wiring
from api.work import Work
from inspection.access import token_hash
from inspection.errors import DoesNotApply, Fault, InvalidInput
from inspection.signing import enrolling, invitations, passwords, recovery, totp
from inspection.signing.changing import SIX, WRONG_CODE
from inspection.signing.enrolling import Enrolled, NewPassword
from inspection.signing.invitations import Opened

PREFIX = "pdi_"
# The secret stands behind the #, which browsers send to nobody: no log and no proxy ever sees it.
PAGE = "/console/invitation#"
PURPOSE = b"totp of invitation"


@dataclass(frozen=True, slots=True)
class Shown:
    """An invitation before it is accepted. uri: for the app, None for who has no name to sign in by."""

    opened: Opened
    totp_secret: str
    uri: str | None


def new_secret() -> str:
    """The secret of an invitation, to be shown once."""
    return PREFIX + secrets.token_urlsafe(32)


def link(secret: str) -> str | None:
    """Where an invitation leads; None where nobody has said how this installation is reached."""
    base = public_url(wiring().settings)
    return base and f"{base}{PAGE}{secret}"


def show(secret: str) -> Shown:
    """What an invitation is for, and the app's secret that goes with it. Raises InvitationOver."""
    opened = wiring().units.look(
        lambda work: invitations.open_invitation(work.session, token_hash(secret), work.now)
    )
    shared = app_secret(secret)
    return Shown(opened, shared, opened.sign_in_name and totp.uri(shared, opened.sign_in_name))


def accept(request: Request, secret: str, password: str, code: str) -> tuple[Entered, list[str]]:
    """Set the password, prove the app and sign in; and ten recovery codes, to be shown once.

    Raises InvitationOver, InvalidInput for a password that is not accepted and for a code that is not the app's,
    DoesNotApply for who has no address of mail of their own.
    """
    shown, sealer = show(secret), KeySealer(keys(wiring().settings))
    step = totp.step_of(shown.totp_secret, code, wiring().units.now(), 0)
    faults = list(passwords.faults_of(password, shown.opened.about))
    if step is None:
        faults.append(Fault("/code", WRONG_CODE, SIX))
    if faults or step is None:
        raise InvalidInput(faults)
    if shown.uri is None:
        raise DoesNotApply("this person has no address of mail to sign in with")
    with hashing.turns.turn(known=True):  # whoever holds an invitation is no stranger
        password_hash = hashing.hashed(password)
    codes = new_recovery_codes()
    given = NewPassword(password_hash, sealer.seal(shown.totp_secret), step, codes)
    new, session_secret = new_session(request)

    def unit(work: Work) -> Enrolled:
        return enrolling.accept_with_password(noted(work), token_hash(secret), given, new)

    enrolled = wiring().units.write(unit)
    forget_before()
    device = devices.read(keys(wiring().settings), cookies.device_text(request))
    entered = Entered(enrolled.begun, session_secret, device_cookie(device, enrolled))
    return entered, [recovery.spelled(each) for each in codes]


def app_secret(secret: str) -> str:
    """The secret of the app that an invitation enrols, in base32: made from it, so a page may be loaded again."""
    made = keys(wiring().settings).sign(PURPOSE, secret.encode(errors="surrogatepass"), totp.SECRET)
    return b32encode(made).decode()


def new_app_secret() -> str:
    """The secret of another app, in base32."""
    return b32encode(secrets.token_bytes(totp.SECRET)).decode()


def new_recovery_codes() -> list[str]:
    """Ten codes for the day on which the app is lost."""
    letters = recovery.LETTERS
    return ["".join(secrets.choice(letters) for _ in range(recovery.LENGTH)) for _ in range(recovery.HOW_MANY)]
