"""What can go wrong with the knowledge base, as one tree."""

from __future__ import annotations

__all__ = ["BadImport", "EncoderError", "IndexCorrupt", "IndexMissing", "KnowledgeBaseError"]


class KnowledgeBaseError(Exception):
    """The base."""


class IndexMissing(KnowledgeBaseError):
    """Nothing has been published yet."""


class IndexCorrupt(KnowledgeBaseError):
    """The files of an index version are not what was written."""


class EncoderError(KnowledgeBaseError):
    """The encoder cannot be loaded."""


class BadImport(KnowledgeBaseError):
    """A file of articles cannot be read; the message names the line and says what to do."""
