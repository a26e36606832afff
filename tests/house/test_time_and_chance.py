"""The domain is told the time and given its ids; it never asks for them."""

import ast
from collections.abc import Iterator

import pytest

from tests.house.syntax import Source, sources

CLOCKS = {
    *(f"datetime.datetime.{name}" for name in ("now", "utcnow", "today")),
    "datetime.date.today",
    *(f"time.{name}" for name in ("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "localtime")),
    *(f"time.{name}" for name in ("gmtime", "ctime", "strftime", "clock_gettime", "perf_counter_ns")),
    *(f"sqlalchemy.func.{name}" for name in ("now", "current_timestamp", "current_date", "localtimestamp")),
    *(f"sqlalchemy.func.{name}" for name in ("clock_timestamp", "statement_timestamp", "sysdate")),
}
CHANCE = {
    *(f"uuid.uuid{version}" for version in (1, 4, 6, 7)),  # 3 and 5 are made from what they name
    *(f"sqlalchemy.func.{name}" for name in ("random", "gen_random_uuid", "uuid_generate_v4", "randomblob")),
    "os.urandom",
    "random.SystemRandom",
}
CHANCE_PACKAGES = ("uuid6.", "secrets.")
# With a seed these are arithmetic, without one they are chance.
SEEDED = {"random.Random", "numpy.random.default_rng"}


def asked(module: Source) -> list[str]:
    """Every place in a module that reads a clock or makes something up."""
    return [module.at(node, what) for node in module.nodes for what in _asks(module, node)]


def _asks(module: Source, node: ast.AST) -> Iterator[str]:
    origin = module.origin(node)
    if origin is None:
        return
    call = module.is_called(node)
    if origin in CLOCKS:
        yield f"reads a clock: {origin}"
    elif origin in CHANCE or origin.startswith(CHANCE_PACKAGES):
        yield f"makes something up: {origin}"
    elif origin in SEEDED:
        if call is not None and not (call.args or call.keywords):
            yield f"is not seeded: {origin}"
    elif call is not None and origin.startswith(("random.", "numpy.random.")):
        yield f"uses chance that nobody seeded: {origin}"


def test_the_domain_and_the_geometry_read_no_clock_and_make_no_ids() -> None:
    found = [complaint for module in sources("inspect", "geo") for complaint in asked(module)]
    assert not found, "time and ids are passed in:\n" + "\n".join(found)


@pytest.mark.parametrize(
    "planted",
    [
        "from datetime import UTC, datetime\nnow = datetime.now(UTC)",
        "import datetime as dt\nnow = dt.datetime.now(dt.UTC)",
        "from datetime import date\ntoday = date.today",
        "import time\nbegun = time.monotonic()",
        "from time import time as seconds\nbegun = seconds()",
        "from uuid import uuid4\ncolumn = dict(default=uuid4)",
        "import uuid\nid = uuid.uuid1()",
        "from uuid6 import uuid7\nid = uuid7()",
        "import secrets\nsalt = secrets.token_bytes(16)",
        "from sqlalchemy import func\ncolumn = dict(server_default=func.now())",
        "import random\nchosen = random.choice([1, 2])",
        "import random\nsource = random.Random()",
        "import numpy as np\nsource = np.random.default_rng()",
        "import os\nsalt = os.urandom(16)",
    ],
)
def test_a_planted_clock_or_id_is_found(planted: str) -> None:
    assert asked(Source("inspect/inspection/planted.py", planted))


@pytest.mark.parametrize(
    "innocent",
    [
        "from datetime import datetime\ndef f(now: datetime) -> datetime:\n    return now",
        "from datetime import datetime\nread = datetime.fromisoformat",
        "from uuid import UUID, uuid5\ndef f(space: UUID) -> UUID:\n    return uuid5(space, 'x')",
        "import random\ndef f(seed: int) -> random.Random:\n    return random.Random(seed)",
        "def f(work):\n    return work.new_id(), work.now",
        "from sqlalchemy import func\ncount = func.count()",
    ],
)
def test_what_is_passed_in_is_left_alone(innocent: str) -> None:
    assert not asked(Source("inspect/inspection/planted.py", innocent))
