"""Hostile texts, by what they are after. None of them may do anything but stand where it was written."""

from collections.abc import Mapping, Sequence

CANARY = "pandus-canary"  # a file of this name must never exist
PRODUCT = "9801547"  # 1337 * 7331: what a template would make of it

PAYLOADS: Mapping[str, Sequence[str]] = {
    "sql": (
        "' OR '1'='1",
        "'; DROP TABLE people; --",
        "' UNION SELECT token_hash, 1, 2 FROM people --",
        "1); SELECT pg_sleep(20); --",
        "' || (SELECT pg_sleep(20)) || '",
        "\\'; ATTACH DATABASE '/tmp/pandus-canary' AS x; --",
        "%' AND randomblob(900000000) --",
        "$1 :name %s %(name)s ? ??",
        '"people"."id"',
        "%_%",
    ),
    "template": (
        "{{1337*7331}}",
        "${1337*7331}",
        "#{1337*7331}",
        "<%= 1337*7331 %>",
        "{{config.items()}}",
        "{% for x in ().__class__.__base__.__subclasses__() %}{{x}}{% endfor %}",
        '#read("/etc/passwd")',
        '#import "@preview/x:1.0.0"',
        '#eval("1337*7331")',
        "{0.__class__.__init__.__globals__}",
        "%(passwd)s %n%n%n%s%x",
        "{} {} {x!r}",
    ),
    "log": (
        '\r\n{"event":"request","level":"info","user_id":"forged"}',
        "a\nb\rc\x0bd\x0ce\x85f\u2028g\u2029h",
        "\x1b[2J\x1b[31mred\x1b]0;title\x07",
        "\x08\x08\x08\x7f",
    ),
    "shell": (
        "; touch /tmp/pandus-canary",
        "$(touch /tmp/pandus-canary)",
        "`touch /tmp/pandus-canary`",
        "| touch /tmp/pandus-canary &",
        "--output=/tmp/pandus-canary",
        "*)(uid=*))(|(uid=*",
        "() { :;}; touch /tmp/pandus-canary",
    ),
    "markup": (
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "javascript:alert(1)",
        '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
        '<!--#include file="/etc/passwd"-->',
        "]]><x/>",
        "</svg><svg onload=alert(1)>",
        "&lt;b&gt;&#0;&#x1F;",
    ),
    "path": (
        "../../../../etc/passwd",
        "..\\..\\..\\windows\\win.ini",
        "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "..%252f..%252fetc/passwd",
        "....//....//etc/passwd",
        "/etc/passwd",
        "C:\\boot.ini",
        "\\\\evil.example\\share\\x",
        "file:///etc/passwd",
        "../pandus-canary",
        "CON",
        "x" * 5000,
        ".",
        "..",
        "~root",
    ),
    "unicode": (
        "a\0b",
        "\ud800",
        "\udfff\ud800",
        "\u202egnp.exe\u202c",
        "\u200b\u200e\u2066\u2069\ufeff",
        "é\u0301" * 200,
        "Ⅷ２３٣",
        "\U0010ffff\ufffe\uffff",
        "ﬃİıſK",
        "🧑‍🦽‍➡️",
        "\u0000",
        " \u00a0\u3000\t",
    ),
    "formula": (
        '=HYPERLINK("http://evil.example","x")',
        "+1+1",
        "-1+cmd|' /C calc'!A0",
        "@SUM(1)",
        "\t=1+1",
        "\r=1",
        "＝1+1",
    ),
    "number": (
        "1e400",
        "-1e400",
        "NaN",
        "Infinity",
        "9" * 400,
        "0x7fffffff",
        "1_000",
        "-0",
        "9223372036854775808",
        "2147483648",
        "0000-00-00",
        "9999-12-31T23:59:59-23:59",
        "0001-01-01T00:00:00+23:59",
        "00000000-0000-0000-0000-000000000000",
        "ffffffff-ffff-ffff-ffff-fffffffffffff",
        "{00000000-0000-0000-0000-000000000000}",
    ),
    "header": (
        "x\r\nSet-Cookie: a=b",
        "x\r\n\r\n<html>",
        "x%0d%0aX-Evil: 1",
        "\u560d\u560aX-Evil: 1",
        'x"; filename="evil.html',
    ),
}
ALL: Sequence[str] = tuple(text for texts in PAYLOADS.values() for text in texts)

# Values that are no text at all, for places that take one.
OTHER_THINGS: Sequence[object] = (
    None, True, 0, -1, 1.5, 10**30, -(10**400), 1e308, [], {}, [[[[[[]]]]]], ["x"] * 1000, {"$ne": None}, {"": ""},
    {"__proto__": {"admin": True}}, [None],
)  # fmt: skip
# What may stand in an answer only if something was run or read that should not have been.
SIGNS: Sequence[bytes] = (PRODUCT.encode(), b"root:x:", b"root:*:", b"[fonts]", b"token_hash", b"Traceback (most")
