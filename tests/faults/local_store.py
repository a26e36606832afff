"""What a tablet keeps of one collection, and how it syncs: as a client of RxDB's replication does.

A document that has local edits is not replaced by a pull, though the checkpoint moves on; what a push takes is the
tablet's own from then on; what a push answers replaces the tablet's.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Document: TypeAlias = dict[str, Any]
Row: TypeAlias = dict[str, Document]


@dataclass(slots=True)
class LocalStore:
    """One collection on one tablet.

    master: what the server is believed to hold; edits: what was written here and not pushed yet, whole documents.
    stale: ids of documents whose newer state passed by in a pull while they had local edits.
    """

    name: str
    master: dict[str, Document] = field(default_factory=dict)
    edits: dict[str, Document] = field(default_factory=dict)
    stale: set[str] = field(default_factory=set)
    lwt: int = 0
    checkpoint: str = ""
    seen: set[str] | None = None  # ids heard since a new epoch; what is not heard again is forgotten there

    def get(self, document_id: str) -> Document | None:
        """The document as the tablet shows it."""
        found = self.edits.get(document_id) or self.master.get(document_id)
        return None if found is None or found.get("_deleted") else found

    def shown(self) -> list[Document]:
        """All documents as the tablet shows them, by id."""
        ids = sorted({*self.master, *self.edits})
        return [document for each in ids if (document := self.get(each)) is not None]

    def write(self, document: Document) -> None:
        """Write a document here; it is pushed later."""
        self.edits[document["id"]] = document

    def pulled(self, documents: Iterable[Document], checkpoint: Mapping[str, Any]) -> None:
        """Take over a page, then its checkpoint."""
        for document in documents:
            document_id = document["id"]
            if self.seen is not None:
                self.seen.add(document_id)
            if document_id in self.edits:
                self.stale.add(document_id)
            elif document.get("_deleted"):
                self.forget(document_id)
            else:
                self.master[document_id] = document
                self.stale.discard(document_id)
        self.lwt, self.checkpoint = checkpoint["lwt"], checkpoint["id"]

    def rows(self, ids: Iterable[str]) -> list[Row]:
        """What is pushed for these documents."""
        rows = []
        for document_id in ids:
            row = {"newDocumentState": self.edits[document_id]}
            if document_id in self.master:
                row["assumedMasterState"] = self.master[document_id]
            rows.append(row)
        return rows

    def pushed(self, rows: Iterable[Row], answered: Iterable[Document]) -> None:
        """Take over what a push answered; everything else was taken by the server."""
        instead = {document["id"]: document for document in answered}
        for row in rows:
            sent = row["newDocumentState"]
            document_id = sent["id"]
            if self.edits.get(document_id) is sent:
                del self.edits[document_id]
            taken = instead.get(document_id, sent)
            if taken.get("_deleted"):
                self.forget(document_id)
            else:
                self.master[document_id] = taken
                if document_id in instead:
                    self.stale.discard(document_id)

    def forget(self, document_id: str) -> None:
        """The server has no such document for this tablet."""
        self.master.pop(document_id, None)
        self.stale.discard(document_id)

    def restart(self) -> None:
        """Pull everything again, from the beginning."""
        self.lwt, self.checkpoint = 0, ""

    def digest(self) -> tuple[int, str]:
        """Count and SHA-256 over one line of id and rev for each document, as the server computes it."""
        lines = [f"{each} {self.master[each].get('rev')}\n" for each in sorted(self.master)]
        return len(lines), hashlib.sha256("".join(lines).encode()).hexdigest()
