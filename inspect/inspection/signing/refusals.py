"""What is refused about signing in. None of it tells whether somebody is known, or which part was wrong."""

from inspection.errors import Forbidden, InspectionError, Unauthenticated


class WrongSignIn(Unauthenticated):
    """Nobody signs in with these: the name, the password or the code is wrong."""

    slug = "wrong-sign-in"


class SignInOver(Unauthenticated):
    """The session was ended, or was idle for too long, or is not ours."""

    slug = "sign-in-over"


class WrongProof(Forbidden):
    """Somebody who is signed in could not show that it is still them."""

    slug = "wrong-proof"


class TooManyAttempts(InspectionError):
    """It went wrong too often; `retry_after` is in seconds."""

    slug = "too-many-attempts"


class InvitationOver(InspectionError):
    """The invitation is not known, was used or withdrawn, or its time is over."""

    slug = "invitation-over"


class NotLinked(Unauthenticated):
    """The provider knows who it is, and nobody here is linked to that identity."""

    slug = "not-linked"
