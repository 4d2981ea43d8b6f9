"""A visitor of a shop with a published knowledge base."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from knowledge_base import importing, live, publishing
from support import conversation as log
from support.models import Conversation, Site, Visitor
from tests.knowledge_base.conftest import ENTRIES


@pytest.fixture
def knowledge(tmp_path: Path, settings: Settings, db: None) -> Iterator[None]:
    settings.INDEX_DIR = tmp_path / "index"
    live.forget()
    importing.save(ENTRIES, publish=True)
    publishing.reindex()
    yield
    live.forget()


@pytest.fixture
def site(db: None) -> Site:
    return Site.objects.create(key="shop", name_en="Shapla", name_bn="শাপলা", week="always")


@pytest.fixture
def conversation(site: Site) -> Conversation:
    return log.open_for(Visitor.objects.create(site=site, name="Rahim"))
