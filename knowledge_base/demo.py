"""The demo business: Shapla Store, an online shop in Bangladesh, in both languages."""

from __future__ import annotations

from pathlib import Path

from knowledge_base import importing, publishing
from knowledge_base.models import Article, IndexVersion
from knowledge_base.retriever import Progress

__all__ = ["ARTICLES", "load"]

ARTICLES = Path(__file__).parent / "demo" / "articles.jsonl"


def load(progress: Progress[list[str]] = iter) -> int:
    """Publish the demo's articles if there are no articles yet, and index what is published if it is not. Returns how
    many articles were loaded."""
    loaded = 0 if Article.objects.exists() else importing.save(importing.read(ARTICLES), publish=True)
    if loaded or not IndexVersion.objects.exists():
        publishing.reindex(progress)
    return loaded
