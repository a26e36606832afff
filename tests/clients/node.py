"""Node and its packages, installed once for each content of the lock."""

import fcntl
import hashlib
import json
import os
import selectors
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.house import ROOT

HERE = Path(__file__).parent
KIT = ROOT / "docs" / "sync"
PATIENCE = 60  # seconds that a command may take before the test is lost
OLDEST = 20


def find_node() -> str:
    """Path of Node. Without one the test is skipped, except where everything has to run."""
    node = shutil.which("node")
    if node is not None and shutil.which("npm"):
        said = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
        if int(said.lstrip("v").split(".")[0]) >= OLDEST:
            return node
    reason = f"Node {OLDEST} or later and npm are not here: the clients of others cannot be run"
    if os.environ.get("NODE_TESTS") == "required":
        pytest.fail(reason)
    pytest.skip(reason)


def install_packages() -> None:
    """Install what the lock names, unless it is there already. Safe to be called by several processes."""
    wanted = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
    mark = HERE / "node_modules" / ".installed"
    with (HERE / "package-lock.json").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if mark.exists() and mark.read_text() == wanted:
            return
        done = subprocess.run(["npm", "ci"], cwd=HERE, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.fail(f"npm ci: {done.stderr}")
        mark.write_text(wanted)


def lay_out(folder: Path) -> Path:
    """A folder in which the kit, our scripts and the packages lie beside one another, as in an app."""
    for script in (*KIT.glob("*.js"), *HERE.glob("*.js"), HERE / "package.json"):
        shutil.copy(script, folder)
    (folder / "node_modules").symlink_to(HERE / "node_modules")
    return folder


class NodeFailed(Exception):
    """The script said that a command failed, or said nothing in time."""


class Script:
    """A Node script that takes commands as lines of JSON and answers each with a line."""

    def __init__(self, node: str, folder: Path, name: str) -> None:
        self.process = subprocess.Popen(
            [node, name], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self._to, self._from = self.process.stdin, self.process.stdout
        self._watch = selectors.DefaultSelector()
        self._watch.register(self._from, selectors.EVENT_READ)

    def do(self, command: str, **about: Any) -> Any:
        """What a command gives. Raises NodeFailed."""
        self._to.write(json.dumps({"command": command, **about}) + "\n")
        self._to.flush()
        if not self._watch.select(PATIENCE):
            raise NodeFailed(f"{command} {about} did not end in {PATIENCE} s")
        answer = json.loads(self._from.readline() or '{"error": "the script is gone"}')
        if "error" in answer:
            raise NodeFailed(f"{command}: {answer['error']}")
        return answer["value"]

    def close(self) -> None:
        """End the process; one that hangs is killed."""
        self._watch.close()
        self._to.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._from.close()
