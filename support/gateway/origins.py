"""Where a browser says it comes from. An origin is not authentication; it only keeps other people's pages out.

The widget's frame is served by us, so its origin is our own host. A client without an origin is not a browser.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from support.models import Site

__all__ = ["is_ours", "may_connect", "may_use"]


def is_ours(origin: str, host: str) -> bool:
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and parts.netloc != "" and parts.netloc.lower() == host.lower()


def may_use(site: Site, origin: str | None, host: str) -> bool:
    """Whether a page of `origin` may use this site's chat."""
    return origin is None or is_ours(origin, host) or origin in site.allowed_origins


def may_connect(origin: str | None, host: str) -> bool:
    """Whether any site allows it: what can be said before the token has named the site."""
    if origin is None or is_ours(origin, host):
        return True
    return any(origin in allowed for allowed in Site.objects.values_list("allowed_origins", flat=True))
