"""Tests about the repository itself."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
