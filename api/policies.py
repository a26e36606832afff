"""What a page may load: from here only, unless one needs more and says so."""

from collections.abc import Mapping

OF_PAGES: Mapping[str, str] = {
    "default-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
DOCUMENT_POLICY = "default-src 'none'; frame-ancestors 'none'"  # nothing else is a page, so it loads nothing


def page_policy(more: Mapping[str, str] | None = None) -> str:
    """The Content-Security-Policy of a page. more: directives that differ on this one."""
    return "; ".join(f"{name} {sources}" for name, sources in {**OF_PAGES, **(more or {})}.items())


PAGE_POLICY = page_policy()
