"""A tablet as a client of the door: it remembers what it was sent and how far it has read."""

from typing import Any
from uuid import UUID

from flask.testing import FlaskClient

Document = dict[str, Any]


class Tablet:
    """Speaks /sync through Flask's client. documents: by collection and id, without tombstones."""

    def __init__(self, client: FlaskClient, person: UUID, device: UUID | None = None) -> None:
        self.client = client
        self.headers = {"Authorization": f"Bearer {person}", "Accept-Language": "en"}
        if device is not None:
            self.headers["Device-Id"] = str(device)
        self.checkpoints: dict[str, Document] = {}
        self.documents: dict[str, dict[str, Document]] = {}
        self.seen: dict[str, list[Document]] = {}

    def page(self, collection: str, limit: int = 100) -> list[Document]:
        """One page from the checkpoint on, taken over."""
        reply = self.get(f"{collection}/1/pull", limit=limit, **self.checkpoints.get(collection, {}))
        assert reply.status_code == 200, reply.json
        body = reply.json
        held = self.documents.setdefault(collection, {})
        for document in body["documents"]:
            if document["_deleted"]:
                held.pop(document["id"], None)
            else:
                held[document["id"]] = document
        self.seen.setdefault(collection, []).extend(body["documents"])
        if body["documents"]:
            self.checkpoints[collection] = body["checkpoint"]
        found: list[Document] = body["documents"]
        return found

    def pull(self, collection: str, limit: int = 100) -> list[Document]:
        """All that is new; what came, in order."""
        came: list[Document] = []
        while True:
            page = self.page(collection, limit)
            came += page
            if len(page) < limit:
                return came

    def push(self, collection: str, *rows: Document) -> list[Document]:
        """Push rows; the documents to take over."""
        reply = self.post(f"{collection}/1/push", list(rows))
        assert reply.status_code == 200, reply.json
        answer: list[Document] = reply.json
        return answer

    def outcomes(self, collection: str, *rows: Any) -> list[Document]:
        """Push rows; what became of each."""
        reply = self.post(f"{collection}/1/push?outcomes", list(rows))
        assert reply.status_code == 200, reply.json
        answer: list[Document] = reply.json
        return answer

    def digest(self, collection: str) -> Document:
        """What the server says that this tablet must hold."""
        found: Document = self.get(f"{collection}/1/digest", **self.checkpoints.get(collection, {})).json
        return found

    def get(self, path: str, **query: Any) -> Any:
        """GET under /sync."""
        return self.client.get(f"/sync/{path}", query_string=query, headers=self.headers)

    def post(self, path: str, body: Any, **more: Any) -> Any:
        """POST under /sync; bytes as they are, anything else as JSON."""
        given = {"data": body, "content_type": "application/json"} if isinstance(body, bytes) else {"json": body}
        return self.client.post(f"/sync/{path}", headers=self.headers, **given, **more)


def inserted(document: Document) -> Document:
    """A row for a document that the tablet made."""
    return {"newDocumentState": {**document, "_deleted": False}}


def edited(document: Document, **changes: Any) -> Document:
    """A row for a document that the tablet had from us and changed."""
    return {"assumedMasterState": document, "newDocumentState": {**document, **changes}}
