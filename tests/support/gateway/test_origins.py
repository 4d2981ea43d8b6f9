"""Where a browser may come from."""

from __future__ import annotations

import pytest

from support.gateway import origins
from support.models import Site

OURS = "support.example"


@pytest.mark.parametrize("origin", ["https://support.example", "http://support.example", "https://SUPPORT.example"])
def test_our_own_host_may(origin: str) -> None:
    assert origins.may_use(Site(), origin, OURS)


def test_a_client_without_an_origin_is_no_browser_and_may() -> None:
    assert origins.may_use(Site(), None, OURS)


def test_a_site_lets_in_exactly_what_it_lists() -> None:
    site = Site(allowed_origins=["https://shop.example"])
    assert origins.may_use(site, "https://shop.example", OURS)
    for other in ("http://shop.example", "https://shop.example:8443", "https://shop.example.evil.example"):
        assert not origins.may_use(site, other, OURS)


@pytest.mark.parametrize(
    "origin",
    [
        "",
        "null",
        "//support.example",
        "file://support.example",
        "http://[",
        "http://[::1",
        "https://support.example@evil",
    ]
    + ["https://support.example.evil.example", "javascript:alert(1)", "http://\x00", "http://a:b:c", "ক", "http://"],
)
def test_what_is_foreign_or_malformed_may_not_and_never_raises(origin: str) -> None:
    assert not origins.may_use(Site(allowed_origins=["https://shop.example"]), origin, OURS)
    assert not origins.is_ours(origin, "")


@pytest.mark.django_db
def test_before_the_token_any_site_may_vouch(site: Site) -> None:
    assert origins.may_connect("https://shapla.example", OURS)
    assert not origins.may_connect("https://evil.example", OURS)
    assert not origins.may_connect("null", OURS)
