"""`docs/access.md`, made from the code: who may do what, and what each door asks."""

from collections.abc import Iterator

from inspection.access import MAY, NEEDS, Act
from inspection.tables.people import Role
from tests.access.doors import DOORS, LIVE, Door, Lies, Needs

HEAD = """# Who may do what

Made from the code by `python -m tests.access`; a test compares. `tests/access` tries every route below as every
role with a grant in the district, its region, its country, the next district, another region and another country,
with one that is over, one that begins tomorrow, none, and no token: who is let in and what a list shows must
follow from this page. What lies elsewhere answers exactly like what does not exist.

Each role is tried by the cookie of a browser too, which is as good as a token but for tablets and uploads
(`/sync`, `/uploads`: no cookies); where something is changed it needs the token of its session against forged
requests, or the answer is 403. The cookie of a session that has ended is worth nothing.

A grant is a role in an area and everything below it, from one moment to another. Roles of one person add up.

## Acts

"""
DOORS_HEAD = """
## Routes

*Sees* means: otherwise the answer is 404, as for what does not exist. *May* means: otherwise 403.

| route | asks |
|---|---|
"""
SAID = {
    Needs.NOTHING: "nothing",
    Needs.SECRET: "the secret in its address",
    Needs.SIGN_IN: "a token",
    Needs.ACT_SOMEWHERE: "may {act} somewhere",
    Needs.ACT_ONCE: "may {act} somewhere, now or once",
    Needs.ACT_IN_COUNTRY: "may {act} in the whole country",
    Needs.ACT_THERE: "may {act} {lies}",
    Needs.ACT_ON_OBJECT: "sees and may {act} {lies}",
    Needs.OWN: "one's own",
    Needs.PROOF: "a token, and one's password or code once more",
}
WHERE = {
    Lies.IN_DISTRICT: "in its district",
    Lies.OF_REGION: "in its region (whoever may edit in one of its districts sees it)",
    Lies.FOR_REGION: "in its region (whoever reads in one of its districts sees it)",
    Lies.WHOLE_REGION: "in its whole region",
}


def document() -> str:
    """The page."""
    return HEAD + "\n".join(_acts()) + "\n" + DOORS_HEAD + "\n".join(_doors()) + "\n"


def _acts() -> Iterator[str]:
    yield "| act | " + " | ".join(role.value.replace("_", " ") for role in Role) + " | |"
    yield "|---|" + "---|" * len(Role) + "---|"
    for act in Act:
        may = " | ".join("yes" if act in MAY[role] else "" for role in Role)
        yield f"| {_name(act)} | {may} | {NEEDS[act]} |"


def _doors() -> Iterator[str]:
    for (method, path), door in sorted(DOORS.items(), key=lambda each: (each[0][1], each[0][0])):
        yield f"| `{method} {path}` | {_asks(door)} |"
    for method, path in sorted(LIVE):
        yield f"| `{method} {path}` | a token; serves what `pull` does |"


def _asks(door: Door) -> str:
    acts = " or ".join(_name(act) for act in (door.act, door.also) if act is not None)
    said = SAID[door.needs].format(act=acts, lies=WHERE[door.lies])
    if door.shows is not None:
        said += f"; lists what the caller may {acts} {WHERE[door.lies]}"
    return said + ("; hidden from who may not" if door.hidden else "")


def _name(act: Act) -> str:
    return act.value.replace("_", " ")
