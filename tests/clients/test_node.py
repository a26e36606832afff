"""The packages of others: pinned, from wherever npm gets them, and never missed in silence."""

import json
import re

import pytest

from tests.clients.node import HERE, find_node


def test_the_lock_names_no_download_address() -> None:
    lock = (HERE / "package-lock.json").read_text()
    assert "resolved" not in lock
    packages = json.loads(lock)["packages"]
    assert len(packages) > 50
    assert all(package["integrity"].startswith("sha512-") for name, package in packages.items() if name)


def test_every_package_that_we_ask_for_is_pinned_as_it_is_locked() -> None:
    asked = json.loads((HERE / "package.json").read_text())["dependencies"]
    packages = json.loads((HERE / "package-lock.json").read_text())["packages"]
    assert packages[""]["dependencies"] == asked
    for name, version in asked.items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)
        assert packages[f"node_modules/{name}"]["version"] == version


def test_without_node_the_tests_are_skipped_with_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("NODE_TESTS", raising=False)
    with pytest.raises(pytest.skip.Exception, match="Node 20"):
        find_node()


def test_without_node_the_tests_fail_where_everything_has_to_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("NODE_TESTS", "required")
    with pytest.raises(pytest.fail.Exception, match="Node 20"):
        find_node()
