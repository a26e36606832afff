"""Officials sign in by password and code, and their sessions end."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from inspection.people import end_grant
from inspection.signing.limits import IDLE, LASTS
from inspection.tables.journal import JournalEntry
from inspection.tables.people import Grant, Role
from inspection.tables.signing import Ending, Invitation, PasswordSignIn, RecoveryCode, SignIn
from tests.api.browser import LATER, PASSWORD, V1, Office, with_mail
from tests.api.people import token
from tests.inspection.world import COUNTRY, REGION


def test_who_accepts_an_invitation_is_signed_in_and_sees_what_they_may(office: Office) -> None:
    me = office.browser.ask("GET", "/me")
    assert (me.status_code, me.json["id"], me.json["roles"]) == (200, str(office.official), ["akimat_official"])
    assert office.browser.ask("PATCH", "/me", json={"digest": "never"}).status_code == 200
    assert len(office.recovery_codes) == 10
    assert office.actions()[:3] == ["invitation.made", "invitation.accepted", "sign_in.begun"]


def test_an_official_signs_in_by_password_and_code(office: Office) -> None:
    other = office.another(**{"User-Agent": "Mozilla/5.0 (Windows NT 10.0) Gecko Firefox/145.0"})
    reply = other.sign_in(f"  {office.email.upper()} ")
    assert (reply.status_code, reply.json["person_id"]) == (200, str(office.official))
    listed = other.ask("GET", "/me/sign-ins").json["items"]
    assert [(each["agent"], each["method"], each["this"]) for each in listed] == [
        ("Firefox 145, Windows", "password", True),
        ("?", "invitation", False),
    ]
    assert listed[0]["address"] == "127.0.0.1"


WRONG: tuple[dict[str, Any], ...] = (
    {"password": "another long password"},
    {"code": "000000"},
    {"email": "nobody@people.example"},
    {"recovery_code": "AAAA-AAAA-AAAA-AAAA", "code": None},
    {"code": None},
)


def test_whatever_is_wrong_the_answer_is_the_same(office: Office) -> None:
    for wrong in WRONG:
        said = {"email": office.email, "password": PASSWORD, "code": office.browser.code(), **wrong}
        reply = office.another().ask("POST", "/sign-in", json=said)
        assert (reply.status_code, reply.json["type"]) == (401, "/problems/wrong-sign-in"), wrong
        assert reply.json["detail"] == "Адрес, пароль или код неверны."
        assert "Set-Cookie" not in reply.headers


def test_a_session_ends_when_it_was_idle_and_after_a_day_of_work_at_all_events(office: Office) -> None:
    for _ in range(5):
        office.world.clock.advance(minutes=110)
        assert office.browser.ask("GET", "/me").status_code == 200
    begun, ends = office.world.rows(SignIn)[0].begun_at, office.world.rows(SignIn)[0].ends_at
    assert ends - begun == LASTS
    office.world.clock.now = ends - timedelta(seconds=1)
    assert office.browser.ask("GET", "/me").status_code == 401  # idle for two hours and more
    assert office.browser.ask("GET", "/me").json["type"] == "/problems/sign-in-over"
    with office.world.unit() as unit:
        unit.session.get_one(SignIn, office.world.rows(SignIn)[0].id).seen_at = office.world.clock.now
    assert office.browser.ask("GET", "/me").status_code == 200
    office.world.clock.advance(seconds=1)
    assert office.browser.ask("GET", "/me").status_code == 401
    assert timedelta(hours=2) == IDLE


def test_a_session_is_written_down_as_seen_once_in_five_minutes(office: Office) -> None:
    office.world.clock.advance(minutes=5)
    office.browser.ask("GET", "/me")
    seen = office.world.rows(SignIn)[0].seen_at
    office.world.clock.advance(minutes=4, seconds=59)
    office.browser.ask("GET", "/me")
    assert office.world.rows(SignIn)[0].seen_at == seen
    office.world.clock.advance(seconds=1)
    office.browser.ask("GET", "/me")
    assert office.world.rows(SignIn)[0].seen_at == office.world.clock.now


def test_signing_out_ends_the_session_and_not_the_others(office: Office) -> None:
    other = office.another()
    other.sign_in(office.email)
    held = office.browser.cookie()
    assert office.browser.ask("DELETE", "/sign-in").status_code == 204
    assert office.browser.cookie() is None
    office.browser.client.set_cookie("pandus", held or "")
    assert office.browser.ask("GET", "/me").status_code == 401
    assert other.ask("GET", "/me").status_code == 200


def test_one_ends_one_or_all_of_ones_other_sessions_and_nobody_elses(office: Office) -> None:
    others = [office.another() for _ in range(3)]
    for other in others:
        assert other.sign_in(office.email).status_code == 200
        office.world.clock.advance(**LATER)
    first = others[0].ask("GET", "/me/sign-ins").json["items"]
    (mine,) = [each["id"] for each in first if each["this"]]
    assert office.browser.ask("DELETE", f"/me/sign-ins/{mine}").status_code == 204
    assert office.browser.ask("DELETE", f"/me/sign-ins/{mine}").status_code == 404
    assert [other.ask("GET", "/me").status_code for other in others] == [401, 200, 200]
    assert office.browser.ask("DELETE", "/me/sign-ins").status_code == 204
    assert [each.ask("GET", "/me").status_code for each in (*others, office.browser)] == [401, 401, 401, 200]
    stranger = {"headers": token(office.world.inspector)}
    (held,) = office.browser.ask("GET", "/me/sign-ins").json["items"]
    assert office.browser.client.delete(f"{V1}/me/sign-ins/{held['id']}", **stranger).status_code == 404


def test_an_administrator_sees_and_ends_the_sessions_of_whom_they_govern_and_of_nobody_else(
    office: Office,
) -> None:
    path = f"{V1}/people/{office.official}/sign-ins"
    assert [each["this"] for each in office.client.get(path, headers=token(office.admin)).json["items"]] == [False]
    elsewhere = office.world.person(Role.ADMIN, "710000000")
    for method in ("get", "delete"):
        assert getattr(office.client, method)(path, headers=token(elsewhere)).status_code == 404
    assert office.client.delete(path, headers=token(office.admin)).status_code == 204
    assert office.browser.ask("GET", "/me").status_code == 401
    assert office.world.rows(SignIn)[0].ended_why == Ending.ADMINISTRATOR


def test_a_recovery_code_is_good_once(office: Office) -> None:
    code = office.recovery_codes[3]
    other = office.another()
    assert other.sign_in(office.email, recovery_code=code.lower().replace("-", " ")).status_code == 200
    assert other.sign_in(office.email, recovery_code=code).status_code == 401
    assert "recovery_code.used" in office.actions()
    assert len([row for row in office.world.rows(RecoveryCode) if row.used_at is None]) == 9


def test_an_invitation_is_good_once_for_three_days_and_until_the_next(office: Office) -> None:
    first, second = (office.invite().json for _ in range(2))
    assert first["link"] == f"http://127.0.0.1:8000/console/invitation#{first['secret']}"
    over = office.stranger().ask("POST", "/invitations/opening", json={"secret": first["secret"]})
    assert (over.status_code, over.json["type"]) == (410, "/problems/invitation-over")
    assert office.stranger().accept(second["secret"]).status_code == 200
    again = {"secret": second["secret"], "password": PASSWORD, "code": "123456"}
    assert office.client.post(f"{V1}/invitations/acceptance", json=again).status_code == 410
    third = office.invite().json
    office.world.clock.advance(hours=72)
    late = office.client.post(f"{V1}/invitations/opening", json={"secret": third["secret"]})
    assert late.status_code == 410
    fourth = office.invite().json
    path = f"{V1}/people/{office.official}/invitations"
    assert office.client.delete(path, headers=token(office.admin)).status_code == 204
    assert office.client.post(f"{V1}/invitations/opening", json={"secret": fourth["secret"]}).status_code == 410


def test_a_new_invitation_ends_all_that_was_before_it_once_it_is_accepted(office: Office) -> None:
    secret = office.invite().json["secret"]
    assert office.browser.ask("GET", "/me").status_code == 200  # not yet
    old_code, old_recovery = office.browser.code(), office.recovery_codes[0]
    anew = office.stranger()
    assert anew.accept(secret, "жаңа ұзақ құлыпсөз екен").status_code == 200
    assert office.browser.ask("GET", "/me").status_code == 401
    stranger = office.stranger()
    for codes in ({"code": old_code}, {"recovery_code": old_recovery}):
        assert stranger.sign_in(office.email, PASSWORD, **codes).status_code == 401
        assert stranger.sign_in(office.email, "жаңа ұзақ құлыпсөз екен", **codes).status_code == 401
    assert "sign_in.ended" in office.actions()


def test_an_invitation_is_over_once_its_person_holds_more_than_who_made_it(office: Office) -> None:
    secret = office.invite(by=office.world.person(Role.ADMIN, REGION)).json["secret"]
    office.world.grant(office.official, Role.MINISTRY, COUNTRY)
    opened = office.client.post(f"{V1}/invitations/opening", json={"secret": secret})
    assert (opened.status_code, opened.json["type"]) == (410, "/problems/invitation-over")
    said = {"secret": secret, "password": PASSWORD, "code": "123456"}
    assert office.client.post(f"{V1}/invitations/acceptance", json=said).status_code == 410
    assert office.browser.ask("GET", "/me").status_code == 200


def test_an_invitation_is_over_once_who_made_it_is_no_administrator(office: Office) -> None:
    secret = office.invite().json["secret"]
    with office.world.unit() as unit:
        (held,) = office.world.rows(Grant, Grant.person_id == office.admin)
        end_grant(unit, held.id)
    opened = office.client.post(f"{V1}/invitations/opening", json={"secret": secret})
    assert (opened.status_code, opened.json["type"]) == (410, "/problems/invitation-over")


def test_a_password_that_anybody_would_try_is_refused(office: Office) -> None:
    secret = office.invite().json["secret"]
    for password, why in (("short", "слишком короткий"), ("password1234", "попробовал бы")):
        reply = office.stranger().accept(secret, password)
        assert (reply.status_code, reply.json["errors"][0]["pointer"]) == (422, "/password")
        assert why in reply.json["errors"][0]["reason"]


def test_who_has_no_address_or_anothers_cannot_be_invited_and_nobody_invites_themselves(office: Office) -> None:
    twin = office.world.person(Role.AKIMAT, REGION)
    assert office.invite(twin).status_code == 409
    with_mail(office.world, twin, office.email.upper())
    assert office.invite(twin).status_code == 409
    with_mail(office.world, office.admin)
    assert office.invite(office.admin).status_code == 409
    assert office.invite(uuid4()).status_code == 404


def test_another_password_needs_the_one_of_now_and_ends_all_other_sessions(office: Office) -> None:
    other, anew = office.another(), "тағы бір ұзақ құлыпсөз"
    other.sign_in(office.email)
    wish = {"password": "not mine at all", "new_password": anew}
    wrong = office.browser.ask("PUT", "/me/password", json=wish)
    assert (wrong.status_code, wrong.json["type"]) == (403, "/problems/wrong-proof")
    easy = office.browser.ask("PUT", "/me/password", json={"password": PASSWORD, "new_password": "password1234"})
    assert (easy.status_code, easy.json["errors"][0]["pointer"]) == (422, "/new_password")
    changed = office.browser.ask("PUT", "/me/password", json={"password": PASSWORD, "new_password": anew})
    assert changed.status_code == 204, changed.text
    assert (office.browser.ask("GET", "/me").status_code, other.ask("GET", "/me").status_code) == (200, 401)
    office.world.clock.advance(**LATER)
    assert [other.sign_in(office.email, each).status_code for each in (PASSWORD, anew)] == [401, 200]


def test_another_app_is_taken_once_a_code_proves_it(office: Office) -> None:
    begun = office.browser.ask("POST", "/me/totp", json={"password": PASSWORD})
    assert begun.status_code == 200, begun.text
    assert office.browser.ask("POST", "/me/totp/confirmation", json={"code": "000000"}).status_code == 422
    before = office.browser.code()
    office.browser.app_secret = begun.json["totp_secret"]
    confirmed = office.browser.ask("POST", "/me/totp/confirmation", json={"code": office.browser.code()})
    assert confirmed.status_code == 204, confirmed.text
    assert (
        office.browser.ask("POST", "/me/totp/confirmation", json={"code": office.browser.code()}).status_code
        == 409
    )
    office.world.clock.advance(**LATER)
    other = office.another()
    assert other.sign_in(office.email, code=before).status_code == 401
    assert other.sign_in(office.email).status_code == 200


def test_other_recovery_codes_take_the_place_of_those_of_before(office: Office) -> None:
    made = office.browser.ask("POST", "/me/recovery-codes", json={"code": office.browser.code()})
    assert (made.status_code, len(made.json["recovery_codes"])) == (200, 10)
    other = office.another()
    assert other.sign_in(office.email, recovery_code=office.recovery_codes[0]).status_code == 401
    assert other.sign_in(office.email, recovery_code=made.json["recovery_codes"][0]).status_code == 200
    both = {"code": office.browser.code(), "password": PASSWORD}
    assert office.browser.ask("POST", "/me/recovery-codes", json=both).status_code == 422


def test_no_secret_stands_in_the_database_or_the_journal(office: Office) -> None:
    held = str(
        [
            vars(row)
            for row in (
                *office.world.rows(PasswordSignIn),
                *office.world.rows(SignIn),
                *office.world.rows(Invitation),
            )
        ]
    )
    said = str([(entry.changes, entry.reason) for entry in office.world.rows(JournalEntry)])
    secrets = [
        office.browser.app_secret,
        PASSWORD,
        office.browser.cookie() or "",
        "pdi_",
        "pds_",
        *office.recovery_codes,
    ]
    assert not [secret for secret in secrets if secret in held + said]
    assert "$argon2id$" in held


def test_the_first_administrator_is_invited_on_the_command_line(office: Office) -> None:
    add = ["people", "add", "Выдуманная Администратор", "--role", "admin", "--area", COUNTRY]
    run = office.app.test_cli_runner().invoke(args=[*add, "--email", "first@people.example", "--invite"])
    assert run.exit_code == 0, run.output
    browser = office.stranger()
    assert browser.accept(run.output.strip().rpartition("#")[2]).status_code == 200
    person = browser.ask("GET", "/me").json["id"]
    again = office.app.test_cli_runner().invoke(args=["people", "invite", person])
    assert again.exit_code == 0, again.output
    assert again.output.startswith("http://127.0.0.1:8000/console/invitation#pdi_")
    assert office.stranger().accept(again.output.strip().rpartition("#")[2]).status_code == 200
    assert browser.ask("GET", "/me").status_code == 401
