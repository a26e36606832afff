"""What somebody signs in with, and where they are signed in."""

from typing import Any

from flask import Response, g, request

from api.console.blueprint import blp, page
from api.console.page import Page, draw, go, id_in, write, wrong_fields
from api.console.pages.sign_in import led_back
from api.signing import hashing
from api.signing.enrolling import new_recovery_codes
from api.signing.entering import noted
from api.signing.provider import shown_name
from api.views import own_sign_in
from api.wiring import wiring
from api.work import Work
from inspection.errors import DoesNotApply, InspectionError, InvalidInput
from inspection.signing import changing, identities, passwords, recovery, sessions
from inspection.signing.names import sign_in_name
from inspection.signing.refusals import TooManyAttempts, WrongProof
from inspection.tables.people import Person

# What is said at a field of the form; who is not signed in any more is asked to.
REFUSALS = (DoesNotApply, InvalidInput, TooManyAttempts, WrongProof, hashing.Crowded)


@page("/me", "mine")
class Mine(Page):
    """One's own account."""

    def get(self) -> Response:
        """Where one is signed in, and forms to change what one signs in with."""
        refused = led_back(request.args.get("refused", ""))
        return _account(g.work, request.args.get("done", ""), {"": refused} if refused else None)


@page("/me/sign-ins/end", "mine_end")
class EndSignIns(Page):
    """The end of sessions elsewhere."""

    def post(self) -> Response:
        """End one session, or all but this one."""
        if request.form.get("sign_in"):
            chosen = id_in("sign_in")
            write(lambda work: sessions.end_one(work, g.caller, chosen))
        else:
            write(lambda work: sessions.end_others(work, g.caller))
        return go("mine", done="ended")


class Proven(own_sign_in.Proven):
    """Base of forms that ask for the password once more."""

    any_query = True


class Password(Proven):
    """Another password."""

    def post(self) -> Response:
        """Take it. All other sessions end."""
        given = request.form
        try:
            caller = self.proven(password=given.get("password", ""))
            chosen = given.get("new_password", "")
            person = wiring().units.look(lambda work: work.session.get_one(Person, caller.person_id))
            about = (person.name, sign_in_name(person.email or ""))
            faults = list(passwords.faults_of(chosen, about, "/new_password"))
            if faults:
                return again(wrong_fields(InvalidInput(faults)))
            with hashing.turns.turn(known=True):
                made = hashing.hashed(chosen)
            wiring().units.write(lambda work: changing.change_password(by(work), caller, made))
        except REFUSALS as error:
            return again(at("password", error))
        return go("mine", done="password")


class RecoveryCodes(Proven):
    """Other codes for the day on which the app is lost."""

    def post(self) -> Response:
        """Make ten others; those of before are good no longer."""
        try:
            caller = self.proven(password=request.form.get("password", ""))
            codes = new_recovery_codes()
            wiring().units.write(lambda work: changing.replace_recovery_codes(by(work), caller, codes))
        except REFUSALS as error:
            return again(at("codes_password", error))
        return draw("recovery_codes", codes=[recovery.spelled(code) for code in codes])


blp.add_url_rule("/me/password", view_func=Password.as_view("mine_password"))
blp.add_url_rule("/me/recovery-codes", view_func=RecoveryCodes.as_view("mine_codes"))


def _account(work: Work, done: str = "", wrong: dict[str, str] | None = None, status: int = 200) -> Response:
    caller = g.caller
    return draw(
        "mine",
        status,
        sign_ins=sessions.live(work.session, caller.person_id, work.now),
        this=caller.session and caller.session.id,
        identities=identities.linked(work.session, caller),
        provider=caller.session and shown_name(wiring().settings),
        wrong=wrong or {},
        done=done,
    )


def again(wrong: dict[str, str]) -> Response:
    """The account, with what is wrong at the fields of the form that was sent."""
    return wiring().units.look(lambda work: _account(work, wrong=wrong, status=422))


def at(field: str, error: InspectionError) -> dict[str, str]:
    """What is wrong, at the field of the form that was sent."""
    said: dict[str, Any] = wrong_fields(error)
    return {name or field: text for name, text in said.items()}


def by(work: Work) -> Work:
    """A unit whose changes are journalled as the caller's."""
    work.journal.acted_by(g.caller)
    return noted(work)
