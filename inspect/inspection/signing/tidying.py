"""What of signing in is erased when its time has come."""

from uuid import UUID

from sqlalchemy import delete, select

from inspection.bulk import table_of
from inspection.signing.limits import ENDED_KEPT, FORGOTTEN
from inspection.signing.totp import Sealer
from inspection.tables.signing import Invitation, PasswordSignIn, SignIn, SignInFailure
from inspection.unit import Unit

AT_ONCE = 500  # rows of one unit


def move_to_newest_key(unit: Unit, sealer: Sealer, after: UUID | None) -> UUID | None:
    """Encrypt some of what is kept of apps by the newest key; the last person looked at, None at the end."""
    rows = select(PasswordSignIn).order_by(PasswordSignIn.person_id).limit(AT_ONCE).with_for_update()
    if after is not None:
        rows = rows.where(PasswordSignIn.person_id > after)
    last = None
    for held in unit.session.scalars(rows):
        last = held.person_id
        held.totp_secret = sealer.renewed(held.totp_secret) or held.totp_secret
    return last


def tidy(unit: Unit) -> dict[str, int]:
    """Erase sessions and invitations that are long over and failures that no longer count; how many of each."""
    long_ago = unit.now - ENDED_KEPT
    over = {
        "sign_ins": (SignIn, SignIn.ends_at <= long_ago),
        "invitations": (Invitation, Invitation.expires_at <= long_ago),
        "failures": (SignInFailure, SignInFailure.last_at <= unit.now - FORGOTTEN),
    }
    execute = unit.session.connection().execute
    return {
        name: len(execute(delete(table_of(model)).where(which).returning(*table_of(model).primary_key)).all())
        for name, (model, which) in over.items()
    }
