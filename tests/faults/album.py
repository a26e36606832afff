"""The photos on a tablet: taken, kept for ever, and sent piece by piece until the server has every byte."""

import base64
import hashlib
from dataclasses import dataclass
from io import BytesIO
from random import Random
from urllib.parse import urlsplit

from PIL import Image

from inspection.demo.chance import made_id
from tests.faults.ledger import Document, Ledger, Photo
from tests.faults.link import Answer, Link

TUS = {"Tus_Resumable": "1.0.0"}
SIDE = 48  # pixels
GONE = (404, 410)
OTHER_OFFSET, LOCKED = 409, 423
AGAIN = (*GONE, OTHER_OFFSET, LOCKED, 460, 503)  # answers that an upload goes on after


@dataclass(slots=True)
class Picture:
    """One photo and how far its upload is. address: of the upload, while there is one."""

    document: Document
    content: bytes
    address: str | None = None
    offset: int | None = 0  # None: to be asked for, after an answer that did not come
    sent: bool = False


class Album:
    """See the module."""

    def __init__(self, ledger: Ledger, chance: Random) -> None:
        self.pictures: dict[str, Picture] = {}
        self._ledger = ledger
        self._chance = chance

    def take(self, audit: str, taken_at: str) -> Document:
        """Take a photo on a visit; its row."""
        content = _jpeg(self._chance)
        digest = hashlib.sha256(content).hexdigest()
        made = made_id(self._chance)
        document: Document = {
            "id": str(made),
            "audit": audit,
            "sha256": digest,
            "size": len(content),
            "media_type": "image/jpeg",
            "taken_at": taken_at,
        }
        self.pictures[document["id"]] = Picture(document, content)
        self._ledger.photos[made] = Photo(made, digest, len(content))
        self._ledger.did("photos taken")
        return document

    def unsent(self) -> list[Picture]:
        """Photos of which the server has not said that it has every byte."""
        return [picture for picture in self.pictures.values() if not picture.sent]

    def send_again(self, photo_id: str) -> None:
        """The server does not have the bytes after all."""
        picture = self.pictures[photo_id]
        picture.address, picture.offset, picture.sent = None, 0, False

    def send_some(self, link: Link, picture: Picture) -> Answer:
        """One request of an upload: its creation, the next piece, or where it stands. Raises LinkDown."""
        if picture.address is None:
            return self._create(link, picture)
        if picture.offset is None:
            return self._look(link, picture)
        return self._append(link, picture, picture.offset)

    def _create(self, link: Link, picture: Picture) -> Answer:
        digest = base64.b64encode(picture.document["sha256"].encode()).decode()
        length = str(len(picture.content))
        answer = link.ask(
            "POST", "/uploads/", b"", Upload_Length=length, Upload_Metadata=f"sha256 {digest}", **TUS
        )
        if answer.status == 201:
            picture.address, picture.offset = urlsplit(answer.header("location")).path, 0
        return answer

    def _look(self, link: Link, picture: Picture) -> Answer:
        answer = link.ask("HEAD", picture.address or "", **TUS)
        if answer.status in GONE:
            picture.address, picture.offset = None, 0
        elif answer.status == 200:
            self._reached(picture, int(answer.header("upload-offset")))
        return answer

    def _append(self, link: Link, picture: Picture, offset: int) -> Answer:
        piece = picture.content[offset : offset + self._chance.choice((200, 1000, 100_000))]
        checksum = base64.b64encode(hashlib.sha1(piece).digest()).decode()
        headers = {
            "Upload_Offset": str(offset),
            "Content_Type": "application/offset+octet-stream",
            "Upload_Checksum": f"sha1 {checksum}",
        }
        picture.offset = None  # until an answer says where it stands
        answer = link.ask("PATCH", picture.address or "", piece, **headers, **TUS)
        if answer.status == 204:
            self._reached(picture, int(answer.header("upload-offset")))
        return answer

    def _reached(self, picture: Picture, offset: int) -> None:
        picture.offset = offset
        if offset == len(picture.content):
            picture.sent = True
            self._ledger.did("photos uploaded")


def _jpeg(chance: Random) -> bytes:
    pixels = Image.frombytes("RGB", (SIDE, SIDE), chance.randbytes(SIDE * SIDE * 3))
    with BytesIO() as file:
        pixels.save(file, "JPEG", quality=60)
        return file.getvalue()
