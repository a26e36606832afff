"""`flask people` and their departments: the first ones are made here, before anybody can sign in."""

import secrets

import click

from api.refused import CommandGroup
from api.wiring import wiring
from api.work import Work
from inspection.people import NewPerson, add_department, add_person
from inspection.tables.people import Role

command = CommandGroup("people", help="People who sign in, and the departments they work for.")


@command.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--area", required=True, help="Code of a country, region or district.")
@click.option("--language", type=click.Choice(["kk", "ru", "en"]), default="kk", show_default=True)
@click.option("--email")
def add(name: str, role: str, area: str, language: str, email: str | None) -> None:
    """Make a person with one grant and print their token. The token is shown once and kept nowhere."""
    token = secrets.token_urlsafe(32)
    new = NewPerson(name, token, language, email)
    wiring().units.write(lambda work: add_person(work, new, Role(role), area, since=work.now))
    click.echo(token)


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
