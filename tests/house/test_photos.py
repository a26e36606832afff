"""No photo is published: who is not signed in sees none, and an original leaves the store for nobody."""

import ast

from tests.access.doors import DOORS, Needs
from tests.house.syntax import sources

# The examiner, which makes the copy without what the camera wrote; and PDFs of operators, which are no pictures.
MAY_READ_ORIGINALS = {"api/examination.py", "api/views/replies.py"}
READS = {"original", "original_bytes"}


def test_originals_are_read_in_two_places_and_served_as_pictures_in_none() -> None:
    readers = {
        module.name
        for module in sources("api")
        for node in module.nodes
        if isinstance(node, ast.Attribute) and node.attr in READS and module.name != "api/photo_store.py"
    }
    assert readers == MAY_READ_ORIGINALS
    (replies,) = (module for module in sources("api") if module.name == "api/views/replies.py")
    served = [line for line in replies.text.splitlines() if "original_bytes" in line]
    assert all("mimetype=PDF" in line for line in served)


def test_no_picture_is_served_without_signing_in() -> None:
    pictures = {path: door for (_, path), door in DOORS.items() if "photo" in path or "reply-files" in path}
    assert pictures
    assert not [path for path, door in pictures.items() if door.needs in (Needs.NOTHING, Needs.SECRET)]
