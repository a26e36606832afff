"""`flask people` and their departments: the first ones are made here, before anybody can sign in."""

import secrets
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import click

from api.encoding import json_bytes
from api.refused import CommandGroup
from api.signing.enrolling import link, new_secret
from api.signing.provider import shown_name
from api.terminal import on_one_line
from api.wiring import wiring
from api.work import Work
from inspection import forgetting
from inspection.access import token_hash
from inspection.disclosures import Shown, record_command
from inspection.granting import end_token_of_less
from inspection.held_about import about_person
from inspection.people import (
    NewPerson,
    add_department,
    add_person,
    end_grant,
    enrol_tablet,
    give_grant,
    journal_of,
    people_listed,
    renew_token,
    stop_tablet,
)
from inspection.signing.invitations import NewInvitation
from inspection.signing.invitations import make as make_invitation
from inspection.tables.disclosures import Kind
from inspection.tables.people import Role

command = CommandGroup("people", help="People who sign in, and the departments they work for.")


@command.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--area", required=True, help="Code of a country, region or district.")
@click.option("--language", type=click.Choice(["kk", "ru", "en"]), default="kk", show_default=True)
@click.option("--email")
@click.option("--invite", is_flag=True, help="Print an invitation to sign in by a browser, instead of a token.")
def add(name: str, role: str, area: str, *, language: str, email: str | None, invite: bool) -> None:
    """Make a person with one grant and print their token. The token is shown once and kept nowhere."""
    token = None if invite else secrets.token_urlsafe(32)
    new = NewPerson(name, token, language, email)

    def make(work: Work) -> str | None:
        made = add_person(work, new, Role(role), area, since=work.now)
        return _invited(work, made) if invite else token

    click.echo(wiring().units.write(make))


@command.command("invite")
@click.argument("person", type=click.UUID)
def invite(person: UUID) -> None:
    """Print an invitation of a PERSON, once. Accepting it ends all that they signed in with before.

    It is good for three days, for whoever holds it: hand it to the person and to nobody else.
    """
    click.echo(wiring().units.write(lambda work: _invited(work, person)))


def _invited(work: Work, person: UUID) -> str:
    """A new invitation: its link, or the bare secret where nobody said how this installation is reached."""
    secret = new_secret()
    by_password = shown_name(wiring().settings) is None
    make_invitation(work, None, NewInvitation(work.new_id(), person, token_hash(secret), by_password))
    return link(secret) or secret


@command.command("list")
def list_people() -> None:
    """Print everybody with their grants, and the ids that the other commands ask for."""
    rows = wiring().units.read(lambda work: people_listed(work.session))
    for row in rows:
        email = f" <{row['email']}>" if row["email"] else ""
        named = on_one_line(f"{row['person_id']} {row['name']}{email}")
        click.echo(named + ("" if row["signs_in"] else ", without a token"))
        if row["grant_id"]:
            until = f" until {row['valid_to']:%Y-%m-%d %H:%M} UTC" if row["valid_to"] else ""
            click.echo(f"  grant {row['grant_id']}: {row['role']} in {row['area_code']}{until}")


@command.command("grant")
@click.argument("person", type=click.UUID)
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--area", required=True, help="Code of a country, region or district.")
@click.option("--until", type=click.DateTime(), help="Moment in UTC at which it ends by itself.")
def give(person: UUID, role: str, area: str, until: datetime | None) -> None:
    """Give a PERSON one grant more, from now on."""
    end = until and until.replace(tzinfo=UTC)
    wiring().units.write(lambda work: _granted(work, person, Role(role), area, end))
    click.echo("The grant is given.")


def _granted(work: Work, person: UUID, role: Role, area: str, until: datetime | None) -> None:
    give_grant(work, person, role, area, since=work.now, until=until)
    end_token_of_less(work, person)


@command.command("tablet")
@click.argument("person", type=click.UUID)
@click.argument("region")
def tablet(person: UUID, region: str) -> None:
    """Enrol a tablet of a PERSON in a REGION and print its id, which it sends as Device-Id."""
    click.echo(wiring().units.write(lambda work: enrol_tablet(work, person, region)))


@command.command("stop-tablet")
@click.argument("tablet_id", metavar="TABLET", type=click.UUID)
@click.option("--reason", required=True, help="Stands in the journal.")
def stop(tablet_id: UUID, reason: str) -> None:
    """Stop a TABLET that was lost or stolen: it is given nothing any more, and told to stop.

    Its person goes on with another tablet; `flask people token` gives them a new token.
    """
    wiring().units.write(lambda work: stop_tablet(work, tablet_id, reason))
    click.echo("The tablet is stopped.")


@command.command("end-grant")
@click.argument("grant", type=click.UUID)
def end(grant: UUID) -> None:
    """End a GRANT now. Its person keeps their token, and sees nothing with it unless they have another grant."""
    wiring().units.write(lambda work: end_grant(work, grant))
    click.echo("The grant has ended.")


@command.command("token")
@click.argument("person", type=click.UUID)
@click.option("--revoke", is_flag=True, help="Only take the token away; no new one is made.")
def token(person: UUID, revoke: bool) -> None:
    """Print a new token of a PERSON, once. The one before no longer signs in."""
    made = None if revoke else secrets.token_urlsafe(32)
    name = wiring().units.write(lambda work: renew_token(work, person, made))
    click.echo(made or f"{name} cannot sign in any more.")


@command.command("export")
@click.argument("person", type=click.UUID)
@click.option("--reason", help="Stands with the record of who was shown what.")
def export(person: UUID, reason: str | None) -> None:
    """Print all that is held about a PERSON, as JSON. That it was printed is recorded first."""

    def read(work: Work) -> dict[str, Any]:
        document = about_person(work.session, person, now=work.now)
        shown = Shown(Kind.PERSONAL_DATA, str(person), reason=reason)
        record_command(work, shown, journal_of(work.session, person))
        return document

    click.echo(json_bytes(wiring().units.write(read)))


@command.command("erase")
@click.argument("person", type=click.UUID)
@click.option("--reason", required=True, help="Stands in the journal.")
def erase(person: UUID, reason: str) -> None:
    """Erase who a PERSON is: name, address, secrets, what they planned and left unsigned. Their id stays.

    Refused while they hold a grant. A backup from before still knows them: erase them again after restoring it.
    """
    units = wiring().units
    erased = units.write(lambda work: forgetting.erase(work, person, reason))
    units.leave_no_trace()
    click.echo("The person is erased." if erased else "They are erased already.")


@command.command("department")
@click.argument("area")
@click.argument("code")
@click.option("--name-kk", required=True)
@click.option("--name-ru", required=True)
@click.option("--automatic", is_flag=True, help="Issue prescriptions as soon as an audit is understood.")
def department(area: str, code: str, name_kk: str, name_ru: str, automatic: bool) -> None:
    """Make the department that answers for a region. CODE stands in the numbers of its documents."""

    def make(work: Work) -> None:
        add_department(work, area, code, (name_kk, name_ru), issues_automatically=automatic)

    wiring().units.write(make)
    click.echo(f"{code} answers for {area}.")
