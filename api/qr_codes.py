"""QR codes as SVG: of links on paper, and of what a tablet is shown to be paired."""

from io import BytesIO

import segno


def qr_svg(text: str) -> bytes:
    """A QR code of a text, with the quiet zone that readers need."""
    made = BytesIO()
    segno.make(text, error="m", micro=False).save(made, kind="svg", border=4, xmldecl=False, nl=False)
    return made.getvalue()
