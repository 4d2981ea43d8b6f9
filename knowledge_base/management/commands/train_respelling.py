"""Learn how Bengali words are written in Latin letters, and write the words that are shipped."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from knowledge_base.corpus import read_entries, read_queries
from knowledge_base.errors import KnowledgeBaseError
from knowledge_base.text import respelling

RARE = 2  # an English word that was seen less often may be a slip


class Command(BaseCommand):
    help = "Learn from BanglaTLit and from businesses; measure on businesses that are not named here."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("third_party", type=Path, help="holds banglatlit/ and clinc150/")
        parser.add_argument("folders", nargs="+", type=Path, help="with articles.jsonl and queries.jsonl")
        parser.add_argument("--to", type=Path, default=respelling.DATA)

    def handle(self, *, third_party: Path, folders: list[Path], to: Path, **_options: Any) -> None:
        from knowledge_base.training.pairs import read_banglatlit, read_clinc

        try:
            pairs, intents = read_banglatlit(third_party), read_clinc(third_party)
            bengali, english = _texts(folders)
        except KnowledgeBaseError as error:
            raise CommandError(str(error)) from error
        english += [text for texts in intents.values() for text in texts]
        latin = Counter(word.lower() for text in english for word in respelling.LATIN_WORD.findall(text))
        words = respelling.bengali_words([*bengali, *(text for _, text in pairs)])
        written = aligned(pairs)
        respelling.write(to, written, words, [word for word, times in latin.items() if times >= RARE])
        self.stdout.write(
            f"{len(written)} Latin words of {len(pairs)} pairs, {len(words)} Bengali ones; wrote {to}, "
            f"{to.stat().st_size // 1024} KiB. Now: manage.py fit_calibration."
        )


def aligned(pairs: Sequence[tuple[str, str]]) -> dict[str, dict[str, int]]:
    """How often a Latin word stands where the Bengali one does, in pairs of texts that have as many words."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for latin, bengali in pairs:
        left, right = latin.lower().split(), bengali.split()
        if len(left) == len(right):
            for word, spelling in zip(left, right, strict=True):
                words, spellings = respelling.LATIN_WORD.findall(word), respelling.BENGALI_WORD.findall(spelling)
                if len(words) == len(spellings) == 1:
                    found[words[0]][spellings[0]] += 1
    return {word: dict(spellings) for word, spellings in found.items()}


def _texts(folders: Sequence[Path]) -> tuple[list[str], list[str]]:
    """All texts in Bengali, and all in English."""
    by_language: dict[str, list[str]] = defaultdict(list)
    for folder in tqdm(folders, "reading", unit="folder"):
        entries = read_entries(folder)
        for entry in entries:
            for language, text in entry.texts.items():
                by_language[language] += [text.question, text.answer]
            for language, phrasings in entry.phrasings.items():
                by_language[language] += phrasings
        for query in read_queries(folder, entries):
            by_language[query.language].append(query.text)
    return by_language["bn"], by_language["en"]
