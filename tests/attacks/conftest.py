"""What the attacks can ask for."""

from tests.access.stage import stage

__all__ = ["stage"]
