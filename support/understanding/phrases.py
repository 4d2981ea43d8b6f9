"""What the signals are learned from: templates of what people say, written out, beside what they ask. Imported by
commands and tests only."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from math import prod
from pathlib import Path

from support.understanding import signals

__all__ = ["LANGUAGES", "Phrases", "Row", "messages", "read_phrases", "seeded"]

SEED = 7
EXPANSIONS = 24  # of one template, so that those with many alternatives do not drown the others
DECORATED, JOINED, MISSPELT = 0.3, 0.15, 0.1  # shares of the rows
SHORT_CLAUSE = 3  # words: a question's shorter clauses are often greetings
LANGUAGES = ("en", "bn", "bn-Latn")
_ALTERNATIVES = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Row:
    """A message with its class, its way of writing, and the template or the folder that it came from."""

    text: str
    label: str
    language: str
    source: str


@dataclass(slots=True)
class Phrases:
    """A file of templates: `[words]`, `[before L]`, `[after L]` and `[class L]`, where L is a way of writing."""

    words: dict[str, list[str]] = field(default_factory=dict)
    around: dict[str, list[str]] = field(default_factory=dict)  # by "before L" and "after L"
    templates: list[Row] = field(default_factory=list)

    def expand(self, template: str, rng: random.Random) -> list[str]:
        """At most `EXPANSIONS` of the texts that `template` stands for."""
        parts = [self._choices(part) if at % 2 else [part] for at, part in enumerate(_ALTERNATIVES.split(template))]
        if prod(map(len, parts)) <= EXPANSIONS:
            texts = {"".join(chosen) for chosen in product(*parts)}
        else:
            texts = {"".join(map(rng.choice, parts)) for _ in range(EXPANSIONS)}
        return sorted({" ".join(text.split()) for text in texts})

    def decorate(self, text: str, language: str, rng: random.Random) -> str:
        """`text` with a word of courtesy before or after it."""
        if rng.random() < 0.5:
            return f"{rng.choice(self.around[f'before {language}'])} {text}"
        return f"{text} {rng.choice(self.around[f'after {language}'])}"

    def _choices(self, alternatives: str) -> list[str]:
        return [word for name in alternatives.split("|") for word in self.words.get(name, [name])]


def read_phrases(path: Path = signals.DATA / "signals.txt") -> Phrases:
    phrases, heading = Phrases(), ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            heading = line.strip("[] ")
        elif not line or line.startswith("#"):
            continue
        elif heading == "words":
            name, choices = line.split(" = ")
            phrases.words[name] = choices.split("|")
        elif heading.startswith(("before ", "after ")):
            phrases.around.setdefault(heading, []).append(line)
        else:
            label, language = heading.split()
            phrases.templates.append(Row(line, label, language, source=line))
    return phrases


def seeded() -> random.Random:
    return random.Random(SEED)  # noqa: S311 - no secret: the same rows every time


def messages(phrases: Phrases, templates: Sequence[Row], questions: Sequence[Row]) -> list[Row]:
    """What is learned from: templates written out, questions with their clauses; some decorated, joined, misspelt."""
    rng = seeded()
    said = [replace(row, text=text) for row in templates for text in phrases.expand(row.text, rng)]
    asked = [replace(row, label="none") for row in questions]
    asked += [replace(row, text=part) for row in asked for part in _long_clauses(row.text)]
    rows = said + asked
    decorated = [
        replace(row, text=phrases.decorate(row.text, row.language, rng)) for row in rows if rng.random() < DECORATED
    ]
    rows += decorated + list(_joined(said, asked, rng))
    return rows + [replace(row, text=_misspell(row.text, rng)) for row in rows if rng.random() < MISSPELT]


def _joined(said: list[Row], asked: list[Row], rng: random.Random) -> Iterator[Row]:
    """Phrases in one breath with a question: who asks for a person still does, a greeting is then none."""
    questions = {language: [row for row in asked if row.language == language] for language in LANGUAGES}
    for row in said:
        if row.label != "none" and rng.random() < JOINED and questions[row.language]:
            parts = [row.text, rng.choice(questions[row.language]).text]
            if row.label in ("person", "goodbye"):
                rng.shuffle(parts)
            label = "person" if row.label == "person" else "none"
            yield replace(row, text=rng.choice((" ", ", ")).join(parts), label=label)


def _long_clauses(text: str) -> list[str]:
    parts = signals.clauses(text)
    return [part for part in parts if len(part.split()) >= SHORT_CLAUSE] if len(parts) > 1 else []


def _misspell(text: str, rng: random.Random) -> str:
    """One letter left out, doubled, or changed with the next."""
    at = rng.randrange(max(1, len(text) - 1))
    first, second = text[at : at + 1], text[at + 1 : at + 2]
    return text[:at] + rng.choice((second, first + first + second, second + first)) + text[at + 2 :]
