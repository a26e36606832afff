"""What requests do to uploads. No transaction is open while bytes are read or carried to the store."""

import hashlib
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import BoundedSemaphore
from typing import IO
from uuid import UUID

from api.photo_store import PhotoStore
from api.uploads import protocol
from api.uploads.connections import notice_dead_peers
from api.uploads.files import HeldFile, PartialFiles
from api.uploads.protocol import Checksum, ChecksumDiffers, Locked, NoRoom, OtherOffset, TooLarge, TusRefusal
from api.uploads.receiving import End, Pump, Received, receive
from api.work import Units, Work
from inspection.photos import blobs, uploads
from inspection.photos.uploads import UploadRow


@dataclass(frozen=True, slots=True)
class Body:
    """The bytes of a request. declared: its Content-Length, None if it says none."""

    stream: IO[bytes]
    declared: int | None
    checksum: Checksum | None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an upload stands."""

    offset: int
    length: int | None
    told: str
    expires_at: datetime


class Uploads:
    """Receives the bytes of photos.

    most: the largest upload, in bytes. at_once: bodies that this process reads at a time. least_free:
    bytes of the disk that are left to others. life: how long an upload
    waits for its next byte. ring: called when bytes are stored that nobody has looked at yet.
    """

    def __init__(
        self,
        units: Units,
        files: PartialFiles,
        open_store: Callable[[], PhotoStore],
        *,
        most: int,
        at_once: int,
        least_free: int,
        life: timedelta,
        ring: Callable[[], None],
    ) -> None:
        self.most = most
        self.files = files
        self._units = units
        self._open_store = open_store
        self._life = life
        self._ring = ring
        self._least_free = least_free
        self._slots = BoundedSemaphore(at_once)

    def create(self, make: Callable[[Work], UploadRow], length: int | None) -> UploadRow:
        """Open an upload with `make`, if there is room for it. Raises NoRoom."""
        if shutil.disk_usage(self.files.folder).free < self._least_free + (length or 0):
            raise NoRoom("there is no room for more photos now; try again later")
        return self._units.write(make)

    @property
    def life(self) -> timedelta:
        """How long an upload waits for its next byte."""
        return self._life

    def standing(self, upload_id: UUID, secret: str) -> Standing:
        """Where an upload stands. Whoever is writing to it is told to stop. Raises as `find_upload`, Locked."""
        row = self._find(upload_id, secret)
        if row.complete:
            return _standing(row)
        with self.files.hold(upload_id) as held:
            row = self._find(upload_id, secret)
            if row.complete:
                held.remove()
                return _standing(row)
            if held.size == row.length:
                # All had come when the server stopped. Whoever reads this offset will delete the photo.
                row = self._finish(held, row)
            return _standing(row, held.size)

    def append(self, upload_id: UUID, secret: str, offset: int, length: int | None, body: Body) -> Standing:
        """Append a body at an offset. Raises as `find_upload`, and TusRefusal."""
        row = _with_length(self._find(upload_id, secret), length)
        if row.complete:
            return self._append_nothing(row, offset, body)
        with self._slot(), Pump(body.stream) as pump, self.files.hold(upload_id) as held:
            row = _with_length(self._find(upload_id, secret), length)
            if row.complete:
                held.remove()
                return self._append_nothing(row, offset, body)
            if held.size != offset:
                raise OtherOffset("the upload is at another offset", offset=held.size)
            most = (self.most if row.length is None else row.length) - offset
            if most < 0 or (body.declared or 0) > most:
                raise TooLarge("these are more bytes than were told", accepted=f"at most {max(most, 0)} bytes")
            received = self._receive(held, offset, most, body, pump)
            return self._rest(held, row, received, length)

    def finish_empty(self, row: UploadRow) -> Standing:
        """Finish an upload of no bytes at all, which is complete when it begins."""
        with self.files.hold(row.id) as held:
            return _standing(self._finish(held, row))

    def end(self, upload_id: UUID, secret: str) -> None:
        """End an upload and forget its bytes. Raises as `find_upload`, Locked."""
        self._find(upload_id, secret)
        with self.files.hold(upload_id) as held:
            held.remove()
            self._units.write(lambda work: uploads.end(work, upload_id))

    def sweep(self) -> int:
        """Delete what is past its time, and files that no upload belongs to. Returns how many there were."""
        swept = 0
        while ids := self._units.read(lambda work: uploads.expired(work.session, now=work.now)):
            free = [upload_id for upload_id in ids if self._remove(upload_id)]
            self._forget(free)
            swept += len(free)
            if not free:
                break  # somebody is still writing to all of them: their time has just been prolonged
        files = self.files.ids()
        known = self._units.read(lambda work: uploads.known(work.session, files))
        return swept + sum(self._remove(upload_id) for upload_id in files if upload_id not in known)

    def _forget(self, upload_ids: list[UUID]) -> None:
        self._units.write(lambda work: uploads.forget(work, upload_ids))

    def _find(self, upload_id: UUID, secret: str) -> UploadRow:
        return self._units.read(lambda work: uploads.find_upload(work.session, upload_id, secret, now=work.now))

    @contextmanager
    def _slot(self) -> Iterator[None]:
        # Each body keeps a thread of the server waiting; pulls and pushes need some as well.
        if not self._slots.acquire(blocking=False):
            raise Locked("too many uploads at once; try again in a moment")
        try:
            yield
        finally:
            self._slots.release()

    def _receive(self, held: HeldFile, offset: int, most: int, body: Body, pump: Pump) -> Received:
        notice_dead_peers()
        digest = protocol.ALGORITHMS[body.checksum.algorithm]() if body.checksum else None
        file = held.append_at(offset)
        try:
            received = receive(pump, file, declared=body.declared, most=most, stop=held.is_wanted, digest=digest)
        except OSError as error:  # the disk is full or broken; what was written so far is counted by its size
            raise NoRoom("there is no room for more photos now; try again later") from error
        if received.end is End.TOO_LONG:
            held.append_at(offset)
            raise TooLarge("these are more bytes than were told", accepted=f"at most {most} bytes")
        if body.checksum and received.end is End.WHOLE and digest and digest.digest() != body.checksum.digest:
            held.append_at(offset)
            raise ChecksumDiffers("these bytes are not those that were sent; send them again")
        held.sync()
        return received

    def _rest(self, held: HeldFile, row: UploadRow, received: Received, length: int | None) -> Standing:
        size = held.size
        if size == row.length:
            return _standing(self._finish(held, row))
        expires_at = self._units.write(
            lambda work: uploads.rest(work, row.id, size, length=length, life=self._life)
        )
        if received.end is End.CUT:
            raise TusRefusal("the connection was cut; what had come is kept", offset=size)
        if received.end is not End.WHOLE:
            raise Locked("this request was ended, for another one or because nothing came; go on from the offset")
        return _standing(replace(row, expires_at=expires_at), size)

    def _append_nothing(self, row: UploadRow, offset: int, body: Body) -> Standing:
        if offset != row.length:
            raise OtherOffset("the upload is at another offset", offset=row.length)
        if body.declared != 0 and body.stream.read(1):
            raise TooLarge("these are more bytes than were told", accepted=f"at most {row.length - offset} bytes")
        return _standing(row)

    def _finish(self, held: HeldFile, row: UploadRow) -> UploadRow:
        """Check all bytes, carry them to the store, and only then say that they are complete."""
        size = held.size
        with held.path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").digest()
        if row.sha256 not in (None, sha256):
            reason = "the bytes are not those of the told sha256; the upload was thrown away"
            self._units.write(lambda work: uploads.refuse(work, row.id, reason))
            held.remove()
            raise ChecksumDiffers(reason)
        if not self._units.read(lambda work: blobs.is_stored(work.session, sha256)):
            held.sync()
            self._open_store().put_original(sha256, held.path)

        def complete(work: Work) -> None:
            if uploads.complete(work, row.id, sha256, size):
                work.after_commit(self._ring)

        self._units.write(complete)
        held.remove()
        return replace(row, sha256=sha256, length=size, received=size, complete=True)

    def _remove(self, upload_id: UUID) -> bool:
        try:
            with self.files.hold(upload_id, patience=0) as held:
                held.remove()
        except Locked:
            return False
        return True


def _with_length(row: UploadRow, length: int | None) -> UploadRow:
    """The row with the length that a request tells. Raises TusRefusal if another was told before."""
    if length is None or row.length == length:
        return row
    if row.length is not None:
        raise TusRefusal("another length was told before", accepted=f"Upload-Length: {row.length}")
    return replace(row, length=length)


def _standing(row: UploadRow, offset: int | None = None) -> Standing:
    reached = (row.length or 0) if row.complete else offset or 0
    return Standing(reached, row.length, row.told, row.expires_at)
