"""What only the door of the tablets refuses."""

from inspection.errors import InspectionError


class BatchTooLarge(InspectionError):
    """More rows in one request than are taken at once; the client sends half of them."""

    slug = "batch-too-large"


class OutdatedClient(InspectionError):
    """A schema version that cannot be read any more; the app has to be updated."""

    slug = "outdated-client"
