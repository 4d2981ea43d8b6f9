"""The demo business: Shapla Store, an online shop in Bangladesh, in both languages.

The vectors of its texts come with it, so that the first command answers its first visitor in seconds, also where the
processor is slow. With another encoder, or other texts, they are not used.
"""

from __future__ import annotations

from pathlib import Path

from knowledge_base import importing, publishing, remembered
from knowledge_base.embedding import Progress
from knowledge_base.models import Article, IndexVersion
from knowledge_base.passages import fingerprint
from knowledge_base.retriever import Retriever
from knowledge_base.types import Vectors

__all__ = ["ARTICLES", "VECTORS", "load", "remember", "vectors"]

ARTICLES = Path(__file__).parent / "demo" / "articles.jsonl"
VECTORS = Path(__file__).parent / "demo" / "vectors.npz"


def load(progress: Progress[list[str]] = iter) -> int:
    """Publish the demo's articles if there are no articles yet, and index what is published if it is not. Returns how
    many articles were loaded."""
    loaded = 0 if Article.objects.exists() else importing.save(importing.read(ARTICLES), publish=True)
    if loaded or not IndexVersion.objects.exists():
        publishing.reindex(progress, vectors())
    return loaded


def vectors() -> dict[str, Vectors]:
    """Those that come with the demo, by fingerprint."""
    return remembered.load(VECTORS)


def remember(retriever: Retriever) -> None:
    """Keep the vectors of a retriever over the demo's articles."""
    prints = [fingerprint(retriever.encoder.name, passage.text) for passage in retriever.passages]
    remembered.save(VECTORS, dict(zip(prints, retriever.vectors, strict=True)))
