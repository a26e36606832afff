"""The folder `inspect/` is only a source root: it never hides the standard library's module of that name."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.house import ROOT

COMMANDS = Path(sys.executable).parent


def run_in_the_root(*command: str | Path) -> str:
    """What a command started in the repository root prints, with no help from the tests' own search path."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(command, cwd=ROOT, env=bare, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_in_the_root_inspect_is_the_standard_library_and_inspection_is_ours() -> None:
    code = "import inspect, inspection; print(inspect.__file__); print(inspection.__file__)"
    theirs, ours = run_in_the_root(sys.executable, "-c", code).split("\n", 1)
    assert Path(theirs) == Path(sysconfig.get_path("stdlib")) / "inspect.py"
    assert Path(ours.strip()) == ROOT / "inspect" / "inspection" / "__init__.py"


def test_the_source_root_is_no_package() -> None:
    assert not list((ROOT / "inspect").glob("__init__.*"))
    assert sorted(p.name for p in (ROOT / "inspect").glob("*.py")) == []


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ((sys.executable, "-m", "flask", "--version"), "Flask"),
        ((COMMANDS / "flask", "--version"), "Flask"),
        ((sys.executable, "-m", "pytest", "--version"), "pytest"),
        ((COMMANDS / "pytest", "--version"), "pytest"),
        ((COMMANDS / "granian", "--version"), "granian"),
        ((sys.executable, "-c", "from granian import Granian; print(Granian.__name__)"), "Server"),
        ((sys.executable, "-c", "import wsgi; print(type(wsgi.app))"), "Flask"),
    ],
    ids=lambda value: " ".join(Path(v).name for v in value) if isinstance(value, tuple) else None,
)
def test_what_is_started_in_the_root_starts(command: tuple[str | Path, ...], said: str) -> None:
    assert said in run_in_the_root(*command)
