"""What a tablet can be told to do, and what a tablet must hold."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen
from uuid import UUID

from tests.clients.node import Script

Document = dict[str, Any]

COLLECTIONS = (
    *("facilities", "checklists", "audits", "drafts", "violations", "prescriptions", "followups", "photos"),
    *("ranks", "outcomes"),
)
PAGE = 200


@dataclass(frozen=True)
class Tablet:
    """A tablet with RxDB and the handlers of `docs/sync/`."""

    script: Script
    url: str
    person: UUID
    device: UUID
    token: str

    def open(self) -> None:
        """Begin with an empty database."""
        facts = {"url": self.url, "device": str(self.device), "token": self.token, "person": str(self.person)}
        self.script.do("open", **facts)

    def online(self, *, deaf: bool = False) -> None:
        """Start to replicate. deaf: the link lets through what is sent, and nothing that is asked for."""
        self.script.do("online", deaf=deaf)

    def offline(self) -> None:
        """Stop to replicate; what is held stays."""
        self.script.do("offline")

    def synced(self) -> None:
        """Pull and push until there is nothing more to do."""
        self.script.do("synced")

    def all(self, collection: str) -> dict[str, Document]:
        """What is held, by id."""
        return {document["id"]: document for document in self.script.do("all", collection=collection)}

    def one(self, collection: str, id: Any) -> Document | None:  # noqa: A002
        """One document, or None."""
        return self.all(collection).get(str(id))

    def insert(self, collection: str, document: Mapping[str, Any]) -> None:
        """Write a new document."""
        self.script.do("insert", collection=collection, document=document)

    def patch(self, collection: str, id: Any, **fields: Any) -> None:  # noqa: A002
        """Change some fields."""
        self.script.do("patch", collection=collection, id=str(id), fields=fields)

    def remove(self, collection: str, id: Any) -> None:  # noqa: A002
        """Delete a document."""
        self.script.do("remove", collection=collection, id=str(id))

    def until(self, collection: str, id: Any, **fields: Any) -> Document:  # noqa: A002
        """Wait until a document is there with these values."""
        return dict(self.script.do("until", collection=collection, id=str(id), fields=fields))

    def until_gone(self, collection: str, id: Any) -> None:  # noqa: A002
        """Wait until a document is not held any more."""
        self.script.do("until", collection=collection, id=str(id), fields=None)

    def until_seen(self, kind: str, count: int = 1) -> Any:
        """Wait until so many refused tokens, conflicts, errors or stops were seen."""
        return self.script.do("untilSeen", kind=kind, count=count)

    def seen(self) -> dict[str, Any]:
        """What was seen so far: refused, stopped, conflicts, errors."""
        return dict(self.script.do("seen"))

    def headers(self) -> dict[str, str]:
        """What the tablet sends along."""
        return {"Authorization": f"Bearer {self.token}", "Device-Id": str(self.device)}

    def server_sends(self, collection: str) -> tuple[dict[str, Document], Mapping[str, Any]]:
        """Everything the server has for this tablet now, and the last checkpoint."""
        held: dict[str, Document] = {}
        checkpoint: Mapping[str, Any] = {"lwt": 0, "id": ""}
        for page in self._pages(collection):
            checkpoint = page["checkpoint"]
            held.update({document["id"]: document for document in page["documents"]})
        return {i: d for i, d in held.items() if not d.pop("_deleted")}, checkpoint

    def _pages(self, collection: str) -> Iterator[Mapping[str, Any]]:
        checkpoint: Mapping[str, Any] = {"lwt": 0, "id": ""}
        while True:
            query = urlencode({**checkpoint, "limit": PAGE})
            page = ask(f"{self.url}/sync/{collection}/1/pull?{query}", headers=self.headers())
            yield page
            checkpoint = page["checkpoint"]
            if len(page["documents"]) < PAGE:
                return

    def must_agree(self, *collections: str) -> None:
        """Compare all that is held with what the server sends anew, and with its digest."""
        for collection in collections or COLLECTIONS:
            sent, checkpoint = self.server_sends(collection)
            held = self.all(collection)
            assert held.keys() == sent.keys(), collection
            for name, document in held.items():
                assert document == sent[name], collection
            digest = ask(f"{self.url}/sync/{collection}/1/digest?{urlencode(checkpoint)}", headers=self.headers())
            lines = "".join(f"{i} {sent[i]['rev']}\n" for i in sorted(sent))
            hashed = hashlib.sha256(lines.encode()).hexdigest()
            assert digest == {"behind": False, "count": len(sent), "sha256": hashed}, collection


def ask(url: str, **request: Any) -> Any:
    """What an address answers, from JSON."""
    with urlopen(Request(url, **request), timeout=30) as reply:
        return json.load(reply)
