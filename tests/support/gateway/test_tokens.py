"""Who a visitor is."""

from __future__ import annotations

import pytest
from django.core import signing
from pytest_django import Settings

from support.errors import BadToken, NotFound
from support.gateway import tokens
from support.models import Site, Visitor

pytestmark = pytest.mark.django_db


def test_a_token_names_the_visitor_it_was_made_for(site: Site) -> None:
    visitor = tokens.read(tokens.mint(site.key, "  Nadia\x00 "))
    assert (visitor.site, visitor.name) == (site, "Nadia")


def test_each_token_is_a_new_visitor(site: Site) -> None:
    assert tokens.read(tokens.mint(site.key)) != tokens.read(tokens.mint(site.key))


def test_there_is_no_token_for_a_site_that_is_not_there() -> None:
    with pytest.raises(NotFound):
        tokens.mint("nowhere")


def test_a_token_that_was_changed_in_any_place_is_refused(token: str) -> None:
    for place in range(len(token)):
        forged = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        with pytest.raises(BadToken):
            tokens.read(forged)


@pytest.mark.parametrize("token", ["", ":", "::", "x" * 500, "\x00", "ক:খ:গ", "a:b:c:d:e"])
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(BadToken):
        tokens.read(token)


def test_a_signature_for_something_else_is_refused(visitor: Visitor) -> None:
    with pytest.raises(BadToken):
        tokens.read(signing.TimestampSigner().sign(visitor.pk.hex))
    with pytest.raises(BadToken):
        tokens.read(signing.TimestampSigner(salt="support.visitor").sign("not a visitor"))


def test_a_token_grows_old(token: str, settings: Settings) -> None:
    settings.VISITOR_TOKEN_DAYS = -1
    with pytest.raises(BadToken):
        tokens.read(token)


def test_a_token_ends_with_its_site(token: str, site: Site) -> None:
    site.delete()
    with pytest.raises(BadToken):
        tokens.read(token)
