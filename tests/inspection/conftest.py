"""The small world on the shared database and on one of the test's own."""

from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from tests.clock import Clock
from tests.inspection.world import World, always, real_checklist, sessions_on


@pytest.fixture
def world(session: Session, clock: Clock, new_id: Callable[[], UUID]) -> World:
    """The small world; all of it is rolled back after the test."""
    return World(always(session), clock, new_id)


@pytest.fixture
def own_world(fresh_database: Engine, clock: Clock, new_id: Callable[[], UUID]) -> World:
    """The small world with real commits, for several connections at once."""
    return World(sessions_on(fresh_database), clock, new_id)


@pytest.fixture
def own_real_world(fresh_database: Engine, clock: Clock, new_id: Callable[[], UUID]) -> World:
    """The small world with real commits and the catalogue that the product ships with."""
    return World(sessions_on(fresh_database), clock, new_id, real_checklist())
