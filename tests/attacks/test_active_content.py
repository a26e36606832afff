"""Files that a browser might run: refused, or handed out as nothing that it would run."""

import base64
import io
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

import pytest
from PIL import Image
from werkzeug.http import parse_options_header

from api.answers.tokens import token as link_token
from api.keys import keys
from api.wiring import wire
from inspection.tables.answers import ReplyFile
from inspection.tables.prescriptions import PrescriptionItem
from tests.access.stage import Stage
from tests.api.people import token
from tests.attacks.payloads import CANARY, PAYLOADS
from tests.attacks.places import somebody
from tests.tally import Tried

SCRIPT = b"<script>alert(1)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>'


def jpeg(comment: bytes = b"") -> bytes:
    made = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = comment.decode("latin-1") + "<script>alert(1)</script>"
    Image.new("RGB", (8, 8)).save(made, "JPEG", exif=exif, comment=comment or SCRIPT)
    return made.getvalue()


def png_bomb(width: int, height: int) -> bytes:
    """A picture that is small on the way and huge in memory."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)

    head = width.to_bytes(4) + height.to_bytes(4) + bytes([8, 0, 0, 0, 0])
    packed = zlib.compress(bytes(1_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def zipped() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../pandus-canary", bytes(1_000_000))
    return made.getvalue()


# Whether such a file is taken as a file of an answer.
FILES: Mapping[str, tuple[bytes, bool]] = {
    "html": (b"<!DOCTYPE html>" + SCRIPT, False),
    "svg": (SVG, False),
    "svg with a declaration": (b'<?xml version="1.0"?>' + SVG, False),
    "svg behind a byte order mark": (b"\xef\xbb\xbf" + SVG, False),
    "xml with an entity": (
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
        False,
    ),
    "xhtml": (b'<html xmlns="http://www.w3.org/1999/xhtml">' + SCRIPT + b"</html>", False),
    "mhtml": (b"MIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n" + SCRIPT, False),
    "javascript": (b"alert(1)", False),
    "gif and script": (b"GIF89a=1;alert(1)//", False),
    "zip": (zipped(), False),
    "nothing": (b"", False),
    "elf": (b"\x7fELF" + bytes(60), False),
    "postscript": (b"%!PS-Adobe-3.0\n(/etc/passwd) (r) file", False),
    "jpeg with a script": (jpeg(), True),
    "jpeg and html": (jpeg() + b"<html>" + SCRIPT, True),
    "html in a jpeg's comment": (jpeg(b"*/=alert(1)/*"), True),
    "a jpeg's first bytes and svg": (b"\xff\xd8\xff" + SVG, True),
    "png bomb": (png_bomb(50_000, 50_000), True),
    "png bomb, long": (png_bomb(2**31 - 1, 1), True),
    "webp's first bytes": (b"RIFF\x00\x00\x00\x00WEBP" + SCRIPT, True),
    "pdf and html": (b"%PDF-1.7\n" + SCRIPT + b"\n%%EOF", True),
    "pdf with javascript": (b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj", True),
}
HARMLESS = {"image/jpeg", "application/pdf", "application/problem+json", "application/json"}


@pytest.fixture
def address(stage: Stage) -> str:
    """Where an operator answers the prescription of the scene; a link for each test, as answers are counted."""
    wire(stage.app, stage.real)
    made = stage.app.test_client().post(
        f"/api/v1/prescriptions/{stage.scene.prescription}/links",
        json={"id": str(stage.scene.new_id())},
        headers=token(stage.scene.world.head),
        buffered=True,
    )
    return f"/answer/{link_token(keys(stage.real.settings), UUID(made.json['id']))}"


def sent(stage: Stage, address: str, content: bytes, name: str, kind: str = "image/jpeg") -> Any:
    form = {
        "submission": str(stage.scene.world.new_id()),
        "kind": "message",
        "items": [str(stage.scene.world.rows(PrescriptionItem)[0].violation_id)],
        "said": "Сәлем.",
        "said_by": "Үлгі Алушы",
        "files": (io.BytesIO(content), name, kind),
    }
    return stage.app.test_client().post(address, data=form, content_type="multipart/form-data", buffered=True)


def files(stage: Stage) -> Iterator[ReplyFile]:
    yield from stage.scene.world.rows(ReplyFile)


def harmless(reply: Any) -> bool:
    """Whether no browser runs this answer as a page of ours."""
    kind, _ = parse_options_header(reply.headers["Content-Type"])
    disposition, _ = parse_options_header(reply.headers.get("Content-Disposition", ""))
    sniffed = reply.headers.get("X-Content-Type-Options") == "nosniff"
    boxed = "default-src 'none'" in reply.headers.get("Content-Security-Policy", "")
    saved = kind != "application/pdf" or disposition == "attachment"
    return kind in HARMLESS and sniffed and boxed and saved


@pytest.mark.parametrize("called", FILES)
def test_a_file_of_an_answer_is_refused_or_handed_out_as_nothing_that_runs(
    stage: Stage, address: str, called: str, tried: Tried
) -> None:
    content, taken = FILES[called]
    head, known = stage.scene.world.head, {row.id for row in files(stage)}
    for name, kind in (("a.jpg", "image/jpeg"), ("a.svg", "image/svg+xml"), ("a.html", "text/html")):
        reply = sent(stage, address, content, name, kind)
        tried("active content")
        assert reply.status_code == (303 if taken else 422), (name, reply.status_code)
    new = [row for row in files(stage) if row.id not in known]
    assert len(new) == (3 if taken else 0)
    for row in new:
        served = stage.app.test_client().get(f"/api/v1/reply-files/{row.id}", headers=token(head), buffered=True)
        assert served.status_code in (200, 409)
        assert harmless(served), dict(served.headers)


@pytest.mark.parametrize("kind", ["path", "header", "unicode", "log", "markup"])
def test_the_name_of_a_file_reaches_neither_a_header_nor_a_folder(
    stage: Stage, address: str, kind: str, tried: Tried
) -> None:
    head, known = stage.scene.world.head, {row.id for row in files(stage)}
    names = [f"{text}.pdf" for text in PAYLOADS[kind] if "\ud800" not in text and "\udfff" not in text][:6]
    for name in names:
        clean = name.replace("\r", "").replace("\n", "").replace("\0", "")
        for each in {name, clean}:
            try:
                reply = sent(stage, address, b"%PDF-1.7\n", each, "application/pdf")
            except ValueError:
                continue  # the client itself does not send such a name
            tried("file names")
            assert reply.status_code < 500
    for row in files(stage):
        if row.id in known:
            continue
        served = stage.app.test_client().get(f"/api/v1/reply-files/{row.id}", headers=token(head), buffered=True)
        told = [said for _, said in served.headers]
        assert not any("\r" in said or "\n" in said for said in told)
        assert "Set-Cookie" not in served.headers
        disposition, options = parse_options_header(served.headers["Content-Disposition"])
        assert disposition == "attachment"
        assert set(options) <= {"filename"}
    assert list(stage.folder.rglob(f"*{CANARY}*")) == []


@pytest.mark.parametrize("field", ["filename", "filetype", "audit", "violation", "sha256", "relativePath", "name"])
def test_what_an_upload_says_of_itself_opens_no_file(stage: Stage, field: str, tried: Tried) -> None:
    wire(stage.app, stage.real)
    person, client = somebody(stage), stage.app.test_client()
    for kind in ("path", "header", "unicode", "shell"):
        for text in PAYLOADS[kind]:
            said = base64.b64encode(text.encode(errors="surrogatepass")[:3000]).decode()
            headers = token(person) | {"Tus-Resumable": "1.0.0", "Upload-Length": "3"}
            headers["Upload-Metadata"] = f"{field} {said}"
            reply = client.post("/uploads/", headers=headers, buffered=True)
            tried("file names")
            assert reply.status_code in (201, 400, 422), (text, reply.text)
            if reply.status_code != 201:
                continue
            stands = client.head(reply.headers["Location"], headers={"Tus-Resumable": "1.0.0"}, buffered=True)
            assert stands.headers["Upload-Metadata"] == headers["Upload-Metadata"]
            client.delete(reply.headers["Location"], headers={"Tus-Resumable": "1.0.0"}, buffered=True)
    assert list(stage.folder.rglob(f"*{CANARY}*")) == []
