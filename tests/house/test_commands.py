"""What the commands say on machines that lack something, and what `make reset` dares to delete."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house import ROOT

PYTHONS = ("python3", "python3.11", "python3.12", "python3.13", "python3.14")
WITHOUT_VENV = 'case "$*" in *version_info*) exit 0 ;; *) exit 1 ;; esac'


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with what the commands read, and nothing installed."""
    folder = tmp_path / "a checkout"
    shutil.copytree(ROOT / "requirements", folder / "requirements")
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A folder for programs that stand before the real ones on the search path."""
    folder = tmp_path / "programs"
    folder.mkdir()
    return folder


def put(machine: Path, name: str, script: str) -> None:
    (machine / name).write_text(f"#!/bin/sh\n{script}\n")
    (machine / name).chmod(0o755)


def run(checkout: Path, machine: Path, *command: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "PATH": f"{machine}:/usr/bin:/bin"}
    return subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, check=False)


def test_a_machine_with_an_old_python_is_told_so_in_one_sentence(checkout: Path, machine: Path) -> None:
    for name in PYTHONS:
        put(machine, name, "exit 1")
    done = run(checkout, machine, "requirements/install.sh", ".venv/ready")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "Python 3.11 or newer is missing" in done.stderr


def test_a_user_without_the_venv_module_is_told_how_to_get_it(checkout: Path, machine: Path) -> None:
    put(machine, "python3", WITHOUT_VENV)
    put(machine, "id", "echo 1000")
    done = run(checkout, machine, "requirements/install.sh", ".venv/ready")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "sudo apt-get install python3-venv" in done.stderr


def test_root_gets_the_venv_module_installed(checkout: Path, machine: Path) -> None:
    put(machine, "python3", WITHOUT_VENV)
    put(machine, "id", "echo 0")
    put(machine, "apt-get", f'echo "$@" >>"{checkout}/asked"')
    assert (
        run(checkout, machine, "requirements/install.sh", ".venv/ready").returncode != 0
    )  # there is no Python after all
    assert (checkout / "asked").read_text().splitlines()[-1].endswith(" python3-venv")


def test_reset_deletes_what_the_demo_made_and_nothing_else(checkout: Path, machine: Path) -> None:
    (checkout / "var" / "deep").mkdir(parents=True)
    (checkout / "var" / "deep" / "pandus.sqlite3").write_text("rows")
    before = {path.name for path in checkout.iterdir()}
    assert run(checkout, machine, "make", "reset").returncode == 0
    assert before - {path.name for path in checkout.iterdir()} == {"var"}
    assert run(checkout, machine, "make", "reset").returncode == 0  # nothing left is no error


def test_reset_refuses_while_somebody_uses_the_database(checkout: Path, machine: Path) -> None:
    (checkout / "var").mkdir()
    with (checkout / "var" / "pandus.sqlite3").open("w"):
        done = run(checkout, machine, "make", "reset")
    assert done.returncode != 0
    assert "stop the server with Ctrl-C first" in done.stderr
    assert (checkout / "var" / "pandus.sqlite3").exists()


def test_reset_refuses_while_an_idle_server_runs_here_but_not_elsewhere(checkout: Path, machine: Path) -> None:
    (checkout / "var").mkdir()
    waiting = [sys.executable, "-c", "import sys; sys.stdin.read()", "serve"]
    for folder, outcome in ((checkout, "refused"), (machine, "done")):
        with subprocess.Popen(waiting, cwd=folder, stdin=subprocess.PIPE) as server:
            refused = run(checkout, machine, "make", "reset").returncode != 0
            server.communicate()
        assert ("refused" if refused else "done") == outcome
    assert not (checkout / "var").exists()
