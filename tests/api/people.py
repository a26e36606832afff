"""What the clients of people send along."""

from uuid import UUID


def token(person: UUID) -> dict[str, str]:
    """The headers of a person of the small world, who reads English."""
    return {"Authorization": f"Bearer {person}", "Accept-Language": "en"}
