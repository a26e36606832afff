"""What the tests of access can ask for."""

from tests.access.stage import stage

__all__ = ["stage"]
