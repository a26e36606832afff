"""Settings come from the environment, are refused by name, and are all documented."""

import re
from dataclasses import FrozenInstanceError, fields
from typing import Any

import pytest

from api.settings import Settings, SettingsRefused, read_settings
from tests.house import ROOT


def test_an_empty_environment_gives_the_defaults_and_other_programs_names_are_left_alone() -> None:
    assert read_settings({"HOME": "/root", "FLASK_DEBUG": "1"}) == Settings()


def test_settings_are_read_into_their_types() -> None:
    settings = read_settings({"PANDUS_PORT": "8123", "PANDUS_DEMO": "on", "PANDUS_LOG_LEVEL": "warning"})
    assert (settings.port, settings.demo, settings.log_level) == (8123, True, "warning")


def test_everything_wrong_is_refused_at_once_by_name_and_with_what_would_be_accepted() -> None:
    with pytest.raises(SettingsRefused) as refused:
        read_settings({"PANDUS_PROT": "8000", "PANDUS_PORT": "eighty", "PANDUS_DEMO": "maybe", "PANDUS_HOST": "x"})
    said = "\n".join(refused.value.faults)
    assert len(refused.value.faults) == 3
    assert "PANDUS_PROT is no setting; known are: PANDUS_DATABASE_URL" in said
    assert "PANDUS_PORT must be a whole number from 1 to 65535" in said
    assert "PANDUS_DEMO must be `on` or `off`" in said


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "sqlite://"),  # in memory: every connection would have its own
        ("DATABASE_URL", "mysql://localhost/pandus"),
        ("DATABASE_URL", "postgresql+psycopg2://localhost/pandus"),
        ("DATABASE_URL", "secret-password"),
        ("DATABASE_URL", ""),
        ("PORT", ""),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "٨٠٠٠"),
        ("WORKERS", "-1"),
        ("HOST", "a b"),
        ("DEFAULT_LANGUAGE", "de"),
        ("LOG_LEVEL", "INFO"),
        ("LOG_FORMAT", "xml"),
        ("MAX_BODY_BYTES", "1e6"),
    ],
)
def test_a_malformed_value_is_refused_without_being_repeated(name: str, value: str) -> None:
    with pytest.raises(SettingsRefused, match=f"PANDUS_{name} must be ") as refused:
        read_settings({f"PANDUS_{name}": value})
    assert not value or value not in refused.value.message.replace(f"PANDUS_{name}", "").split()


def test_settings_cannot_be_changed_and_do_not_show_the_databases_password() -> None:
    settings = read_settings({"PANDUS_DATABASE_URL": "postgresql+psycopg://pandus:hush@db/pandus"})
    assert "hush" not in repr(settings)
    with pytest.raises(FrozenInstanceError):
        settings.port = 1  # type: ignore[misc]


def _documented() -> dict[str, str]:
    """Name to its row of the table in docs/settings.md."""
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    return {m[1]: m[0] for m in re.finditer(r"^\| `(PANDUS_[A-Z_]+)` \|.*$", text, re.MULTILINE)}


def test_every_setting_is_documented_and_nothing_else_is() -> None:
    assert set(_documented()) == {f"PANDUS_{f.name.upper()}" for f in fields(Settings)}


def _as_written(default: Any) -> str:
    return {True: "on", False: "off"}[default] if isinstance(default, bool) else str(default)


def test_the_documented_defaults_and_accepted_values_are_the_real_ones() -> None:
    rows = _documented()
    for f in fields(Settings):
        cells = [cell.strip() for cell in rows[f"PANDUS_{f.name.upper()}"].strip("|").split("|")]
        assert cells[1] == f"`{_as_written(f.default)}`", f.name
        assert cells[2] == f.metadata["accepted"], f.name
