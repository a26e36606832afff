"""What people change of their own sign-in, once they have shown again that it is them (`entering.prove`)."""

from collections.abc import Sequence
from uuid import UUID

from inspection.access import Caller
from inspection.errors import DoesNotApply, Fault, InvalidInput
from inspection.signing import recovery, sessions, totp
from inspection.signing.journalled import note
from inspection.signing.limits import PENDING_LASTS
from inspection.signing.totp import Sealer
from inspection.tables.signing import Ending, PasswordSignIn
from inspection.unit import Unit

WITHOUT = "there is no password to sign in with; an administrator can invite"
WRONG_CODE, SIX = "this is not the code that the app shows now", "the six digits that the app shows"


def change_password(unit: Unit, caller: Caller, password_hash: str) -> None:
    """Give the caller another password. All their other sessions end. Raises DoesNotApply for who has none."""
    held = _held(unit, caller.person_id)
    held.password_hash, held.set_at = password_hash, unit.now
    sessions.end_others(unit, caller, Ending.PASSWORD)
    note(unit, caller.person_id, "password.changed")


def show_app(unit: Unit, caller: Caller, sealed: bytes) -> str:
    """Keep the encrypted secret of another app until a code proves it; the name by which the caller signs in.

    Raises DoesNotApply for who has no password.
    """
    held = _held(unit, caller.person_id)
    held.pending_totp, held.pending_at = sealed, unit.now
    return held.name


def prove_app(unit: Unit, caller: Caller, code: str, sealer: Sealer) -> None:
    """Take the other app in place of the one before; all other sessions end.

    Raises DoesNotApply where no other app was shown lately, InvalidInput for a code that is not its.
    """
    held = _held(unit, caller.person_id)
    if held.pending_totp is None or held.pending_at is None or held.pending_at + PENDING_LASTS <= unit.now:
        raise DoesNotApply("no other app was begun within the last quarter of an hour")
    secret = sealer.open(held.pending_totp)
    step = None if secret is None else totp.step_of(secret, code, unit.now, 0)
    if step is None:
        raise InvalidInput([Fault("/code", WRONG_CODE, SIX)])
    held.totp_secret, held.totp_step = held.pending_totp, max(step, held.totp_step)
    held.pending_totp = held.pending_at = None
    sessions.end_others(unit, caller, Ending.PASSWORD)
    note(unit, caller.person_id, "totp.replaced")


def replace_recovery_codes(unit: Unit, caller: Caller, codes: Sequence[str]) -> None:
    """Give the caller other codes for when the app is lost. Raises DoesNotApply for who has no password."""
    _held(unit, caller.person_id)
    recovery.replace_codes(unit, caller.person_id, codes)
    note(unit, caller.person_id, "recovery_codes.replaced")


def _held(unit: Unit, person_id: UUID) -> PasswordSignIn:
    held = unit.session.get(PasswordSignIn, person_id, with_for_update=True)
    if held is None:
        raise DoesNotApply(WITHOUT)
    return held
