"""Every place of the application that takes a value: found in the served document, not listed by hand."""

import os
import random
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any
from uuid import UUID

from flask import Flask

from inspection.tables.people import Role
from tests.access.doors import DOORS
from tests.access.stage import Stage
from tests.api.people import token
from tests.inspection.world import REGION

V1 = "/api/v1"
SEED = "ATTACKS_SEED"  # of a longer run: which parts of the payloads it tries
Way = tuple[str | int, ...]  # into a JSON document


@dataclass(frozen=True)
class Place:
    """One place in the request of a door. where: body, query or path; way: to the value, or its name."""

    method: str
    rule: str
    where: str
    way: Way

    def __str__(self) -> str:
        return f"{self.method} {self.rule} {self.where} {'/'.join(map(str, self.way))}"


@cache
def served(app: Flask) -> Any:
    """The served document; it is read, never changed."""
    return app.test_client().get(f"{V1}/openapi.json", buffered=True).json


def spelled(rule: str) -> str:
    """A route as the document spells it: without converters."""
    return "".join("{" + named(part) + "}" if part.startswith("<") else part for part in parts(rule))


def named(part: str) -> str:
    """What a part of a route that stands for a value is called."""
    return part.strip("<>").split(":")[-1]


def parts(rule: str) -> Iterator[str]:
    """The parts of a route, those that stand for a value in angles."""
    rest = rule
    while rest:
        before, found, rest = rest.partition("<")
        yield before
        if found:
            inside, _, rest = rest.partition(">")
            yield "<" + inside + ">"


def operations(app: Flask) -> Iterator[tuple[str, str, Any]]:
    """Method, route and description of everything documented."""
    document = served(app)
    rules = {spelled(rule): rule for _, rule in DOORS}
    for path, methods in document["paths"].items():
        for method, described in methods.items():
            if isinstance(described, dict) and (method.upper(), rules[path]) in DOORS:
                yield method.upper(), rules[path], described


def schemas(app: Flask) -> Mapping[str, Any]:
    """All schemas of the document, by name."""
    found: Mapping[str, Any] = served(app)["components"]["schemas"]
    return found


def body_schema(app: Flask, described: Any) -> Any:
    """The schema of a JSON body, references followed; empty where there is none."""
    content = described.get("requestBody", {}).get("content", {})
    return followed(schemas(app), content.get("application/json", {}).get("schema", {}))


def followed(known: Mapping[str, Any], schema: Any) -> Any:
    """A schema without a reference in its first place."""
    while "$ref" in schema:
        schema = known[schema["$ref"].rpartition("/")[2]]
    for branch in schema.get("anyOf", ()):
        if branch.get("type") != "null":
            return followed(known, branch)
    return schema


def ways(known: Mapping[str, Any], schema: Any, deepest: int = 4) -> Iterator[Way]:
    """To every value that a body of this schema may hold."""
    schema = followed(known, schema)
    if deepest == 0:
        return
    for name, inner in schema.get("properties", {}).items():
        yield (name,)
        yield from ((name, *more) for more in ways(known, inner, deepest - 1))
    if "items" in schema:
        yield (0,)
        yield from ((0, *more) for more in ways(known, schema["items"], deepest - 1))


@cache
def places(app: Flask) -> Sequence[Place]:
    """All of them."""
    return tuple(_places(app))


def _places(app: Flask) -> Iterator[Place]:
    known = schemas(app)
    for method, rule, described in operations(app):
        for way in ways(known, body_schema(app, described)):
            yield Place(method, rule, "body", way)
        for parameter in described.get("parameters", ()):
            if parameter["in"] == "query":
                yield Place(method, rule, "query", (parameter["name"],))
    for method, rule in DOORS:
        for part in parts(rule):
            if part.startswith("<"):
                yield Place(method, rule, "path", (named(part),))


def put(document: Any, way: Way, value: Any) -> Any:
    """A copy of a document with another value at one place, which is made if it is not there."""
    made = deepcopy(document) if document is not None else {}
    here = made
    for step, following in pairwise(way):
        empty: Any = [] if isinstance(following, int) else {}
        if isinstance(here, list):
            here += [empty] if not here else []
        elif not isinstance(here.get(step), dict | list):
            here[step] = empty
        here = here[step]
    if isinstance(here, list):
        here[:1] = [value]
    elif isinstance(here, dict):
        here[way[-1]] = value
    return made


def some(seed: str, texts: Sequence[Any], count: int) -> Sequence[Any]:
    """A part of the payloads, another one for each seed."""
    return random.Random(os.environ.get(SEED, "") + seed).sample(list(texts), min(count, len(texts)))


def somebody(stage: Stage) -> UUID:
    """One who may do everything in the region of the scene, and nothing elsewhere."""
    world = stage.scene.world
    person = world.person()
    for role in Role:
        world.grant(person, role, REGION)
    return person


def headers_of(stage: Stage, place: Place, person: UUID) -> dict[str, str]:
    """What the client of a door sends along."""
    return dict(DOORS[place.method, place.rule].headers) | token(person)
