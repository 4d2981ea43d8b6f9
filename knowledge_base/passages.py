"""What of an article can be found: its questions, their phrasings, and its answers in pieces."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from knowledge_base.types import Entry, PassageText

__all__ = ["fingerprint", "passages_of"]

_CHUNK = 220  # characters; an answer of three sentences is two or three pieces
_SENTENCE_END = re.compile(r"(?<=[.!?।])\s+")


def passages_of(entry: Entry) -> Iterator[PassageText]:
    """Every searchable text of an article, questions first."""
    for language, text in entry.texts.items():
        if text.question.strip():
            yield PassageText(entry.key, language, "question", text.question)
    for language, phrasings in entry.phrasings.items():
        for phrasing in phrasings:
            if phrasing.strip():
                yield PassageText(entry.key, language, "phrasing", phrasing)
    for language, text in entry.texts.items():
        for chunk in _chunks(text.answer):
            yield PassageText(entry.key, language, "answer", chunk)


def fingerprint(encoder: str, text: str) -> str:
    """SHA-256 of what a passage's vector depends on, in hexadecimal."""
    return hashlib.sha256(f"{encoder}\n{text}".encode()).hexdigest()


def _chunks(answer: str) -> Iterator[str]:
    """Whole sentences, together as long as they fit."""
    chunk = ""
    for sentence in _SENTENCE_END.split(answer.strip()):
        if chunk and len(chunk) + len(sentence) > _CHUNK:
            yield chunk
            chunk = ""
        chunk = f"{chunk} {sentence}".strip()
    if chunk:
        yield chunk
