"""What lies in the repository is the same on every machine."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house import ROOT

LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
# Folders that every machine has; a path below one of them tells nothing.
EVERYWHERE = {Path("/"), Path("/tmp"), Path("/home"), Path("/opt"), Path("/srv"), Path("/mnt"), Path("/var/tmp")}
A_HOME = re.compile(rb"(?<![\w.-])/(home|Users)/[a-z][\w.-]*/|(?<![\w.-])/roo[t]/")


def paths_of_this_machine(content: bytes, root: Path = ROOT) -> list[bytes]:
    """Absolute paths in a file that only exist where it was written."""
    here = [folder for folder in (root, root.parent) if folder not in EVERYWHERE]
    below = b"|".join(re.escape(str(folder).encode()) for folder in here)
    ours = re.compile(rb"(?<![\w.-])(" + below + rb")(?=/)")
    return [match.group() for pattern in (ours, A_HOME) for match in pattern.finditer(content)]


def kept_files() -> Iterator[Path]:
    """Every file that is in the repository or about to be."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: nobody can say which files belong to the repository")
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    for name in listed.decode().split("\0"):
        if name and (ROOT / name).is_file():
            yield ROOT / name


def test_no_file_names_a_path_of_the_machine_it_was_written_on() -> None:
    found = {
        p.relative_to(ROOT).as_posix(): paths
        for p in kept_files()
        if (paths := paths_of_this_machine(p.read_bytes()))
    }
    assert not found


@pytest.mark.parametrize("planted", [b"see /build/it/docs", b"cd /build/shared", b"'/home/" + b"somebody/x'"])
def test_a_planted_path_is_found(planted: bytes) -> None:
    assert paths_of_this_machine(planted, Path("/build/it"))


@pytest.mark.parametrize("innocent", [b"/tmp/x", b"../shared/x", b"https://example.org/build/x", b"/builder/x"])
def test_a_path_of_every_machine_is_left_alone(innocent: bytes) -> None:
    assert not paths_of_this_machine(innocent, Path("/build/it"))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_names_no_download_address(lock: Path) -> None:
    assert not re.findall(r"\w+://|--(?:extra-)?index|--find-links", lock.read_text())


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_locked_package_has_one_version_and_its_hashes(lock: Path) -> None:
    entries = lock.read_text().replace("\\\n", " ").splitlines()
    assert entries
    loose = [
        entry
        for entry in entries
        if not re.fullmatch(r"[\w.\[\],-]+==\S+( ; [^#]+?)?( +--hash=sha256:\w{64})+", entry)
    ]
    assert not loose


def test_what_runs_is_locked_in_the_same_versions_as_what_is_developed_with() -> None:
    run, dev = (
        # Not where a version is for: a package that something of the developers' needs too is for more places.
        {line.split(" ")[0] for line in (ROOT / "requirements" / name).read_text().splitlines() if "==" in line}
        for name in ("run.txt", "dev.txt")
    )
    assert run
    assert run <= dev


SECURITY_RULE = re.compile(r"# noqa: S\d{3}(?!\d)(?! - \w)")


def test_every_exception_from_a_rule_of_security_says_why() -> None:
    folders = (ROOT / name for name in ("api", "inspect", "geo"))
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in (each for folder in folders for each in folder.rglob("*.py"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if SECURITY_RULE.search(line)
    ]
    assert found == []
