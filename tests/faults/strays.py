"""What a tablet sent, and the server took, where it has no grant any more: it hears of it by outcomes alone.

An audit may be understood long after the push was answered. Lies its facility elsewhere by then, no page of the
tablet ever brings the audit or its tombstone; only the outcome says that it was taken. Apps of the client kit look
for such documents in the same way.
"""

from collections.abc import Mapping

from tests.faults.local_store import LocalStore

SIGNED = ("audits", "photos")  # that come back whole, or not at all


def waiting(stores: Mapping[str, LocalStore], name: str) -> set[str]:
    """Ids of documents of a collection that were taken, while the copy here has never come back."""
    taken = {
        outcome["document"]
        for outcome in stores["outcomes"].master.values()
        if outcome["collection"] == name and outcome["state"] == "taken"
    }
    store = stores[name]
    held = {each for each, document in store.master.items() if "rev" not in document}
    return (taken & held) - store.edits.keys()
