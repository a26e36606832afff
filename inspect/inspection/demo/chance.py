"""Seeded chance: the same seed and the same words give the same numbers on every machine."""

from collections.abc import Mapping
from random import Random
from typing import TypeVar
from uuid import UUID

T = TypeVar("T")


def chance(seed: int, *about: object) -> Random:
    """A source of its own for each subject, so that more of one thing changes nothing about another."""
    return Random("/".join(str(each) for each in (seed, *about)))  # noqa: S311 - a demo has to be repeatable


def made_id(source: Random) -> UUID:
    """The next id of a source."""
    return UUID(int=source.getrandbits(128), version=4)


def weighted(source: Random, weights: Mapping[T, float]) -> T:
    """One of the keys, each as often as its weight says."""
    return source.choices(list(weights), list(weights.values()))[0]
