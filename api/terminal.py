"""What people wrote, on a terminal: it stays on its line and tells the terminal nothing."""

STANDS_FOR = "\N{REPLACEMENT CHARACTER}"


def on_one_line(text: str) -> str:
    """The text with a sign in place of all that moves the cursor, changes colours or turns the direction."""
    return "".join(sign if sign.isprintable() else STANDS_FOR for sign in text)
