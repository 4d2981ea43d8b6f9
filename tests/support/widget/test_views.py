"""What the widget's pages promise to the sites that carry them. tests/e2e tests the chat itself, in a browser."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from support.models import Site
from support.widget.words import words

pytestmark = pytest.mark.django_db
BENGALI = re.compile("[\u0980-\u09ff]")


@pytest.fixture
def site() -> Site:
    return Site.objects.create(
        key="shop",
        name_en="Shop </script><script>alert(1)</script>",
        name_bn="দোকান",
        allowed_origins=["https://shop.example", "https://www.shop.example"],
        default_language="bn",
    )


def directives(policy: str) -> dict[str, list[str]]:
    return {name: values for name, *values in (part.split() for part in policy.split(";"))}


def page_of(html: str) -> dict[str, Any]:
    found = re.search(r'<script id="cxbot-page" type="application/json">(.*?)</script>', html)
    assert found is not None
    page: dict[str, Any] = json.loads(found[1])
    return page


def test_only_the_site_and_we_may_frame_the_chat(client: Client, site: Site) -> None:
    response = client.get("/widget/shop/")
    policy = directives(response["Content-Security-Policy"])
    assert policy["frame-ancestors"] == ["'self'", *site.allowed_origins]
    assert policy["default-src"] == ["'none'"]
    assert policy["script-src"] == ["'self'"]
    assert "X-Frame-Options" not in response


def test_a_site_without_origins_is_framed_by_us_alone(client: Client, site: Site) -> None:
    site.allowed_origins = []
    site.save()
    assert directives(client.get("/widget/shop/")["Content-Security-Policy"])["frame-ancestors"] == ["'self'"]


def test_nothing_in_the_page_is_code(client: Client, site: Site) -> None:
    html = client.get("/widget/shop/").content.decode()
    for attributes, text in re.findall(r"<script\b([^>]*)>(.*?)</script>", html, re.DOTALL):
        assert "src=" in attributes and not text or "application/json" in attributes
    assert page_of(html)["names"] == {"en": site.name_en, "bn": site.name_bn}


@pytest.mark.parametrize("asked, spoken", [("en", "en"), ("bn", "bn"), ("fr", "bn"), ("", "bn")])
def test_the_chat_speaks_as_asked_or_as_the_site_does(client: Client, site: Site, asked: str, spoken: str) -> None:
    html = client.get("/widget/shop/", {"language": asked}).content.decode()
    assert page_of(html)["language"] == spoken
    assert f'<html lang="{spoken}">' in html


def test_a_site_that_is_not_there_has_no_chat(client: Client) -> None:
    assert client.get("/widget/nobody/").status_code == 404


def test_every_word_is_said_in_both_languages() -> None:
    both = words()
    assert both["bn"].keys() == both["en"].keys()
    for key in both["bn"].keys() - {"other_language"}:
        assert BENGALI.search(both["bn"][key]), f"{key} is not translated"
        assert not BENGALI.search(both["en"][key])


def test_any_site_may_carry_the_loader_and_keep_it_a_while(client: Client) -> None:
    response = client.get("/widget.js")
    assert response["Content-Type"].startswith("text/javascript")
    assert response["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert re.fullmatch(r"public, max-age=\d+", response["Cache-Control"])
    assert "Set-Cookie" not in response
    response.close()


@pytest.mark.parametrize("language, word", [("bn", "শাপলা স্টোর"), ("en", "Shapla Store")])
def test_the_demo_shop_carries_the_very_tag(client: Client, settings: Settings, language: str, word: str) -> None:
    settings.DEMO = True
    html = client.get("/demo/", {"language": language}).content.decode()
    assert word in html
    assert f'<script src="/widget.js" data-site="demo" data-language="{language}" async></script>' in html
    assert client.get("/")["Location"] == "/demo/"


def test_without_the_demo_the_front_door_leads_to_the_admin(client: Client, settings: Settings) -> None:
    settings.DEMO = False
    assert client.get("/demo/").status_code == 404
    assert client.get("/")["Location"] == "/admin/"
