"""The whole training, as one list of stages. Each leaves a folder in the room; one that is there is not made again.

`base` (stock, pruned) → `general` (spellings and intents, no business) → `fold-1` … `fold-3` (each learns two thirds of
the businesses, and is what the figures are measured on for the other third) → `encoder` (their mean). The card of the
shipped encoder says which of them it is. The businesses in `extra/` are learned from in every fold and measured on in
none; those of a measured trade (`NEAR`) are left out where it is. The demo shop is in none of them, so its figures are
those of a business that the encoder has never seen.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

from knowledge_base.corpus import read_entries, read_queries
from knowledge_base.training.folder import average, open_model, save_model
from knowledge_base.training.loop import Stage, train
from knowledge_base.training.pairs import Business, Echoes, Intents, Source, Spellings, read_banglatlit, read_clinc
from knowledge_base.training.stock import read_stock, stock_tokenizer
from knowledge_base.training.vocabulary import common_words, kept_pieces, pruned

__all__ = [
    "CORPUS",
    "EXTRA",
    "FOLDS",
    "GENERAL",
    "NEAR",
    "RUNS",
    "STAGES",
    "businesses",
    "extra",
    "folds",
    "make",
    "seen",
]

CORPUS, EXTRA = (Path(__file__).parent / name for name in ("corpus", "extra"))
FOLDS, SEED = 3, 20261126
GENERAL = Stage(steps=520, shares={"spellings": 0.7, "intents": 0.3}, alike=0.0)
PLAIN = Stage(steps=480, shares={"business": 0.85, "spellings": 0.08, "intents": 0.07}, alike=0.0, romanised=(0.2, 0.0))
ECHOED = Stage(steps=380, shares={"business": 0.72, "echo": 0.14, "spellings": 0.08, "intents": 0.06}, rate=9e-5)
LONGER = Stage(steps=800, shares={"business": 0.8, "echo": 0.1, "spellings": 0.05, "intents": 0.05}, seed=20261127)
# Each run is a list of rounds on top of each other. A fold is the mean of its runs, which finds more than any of them.
RUNS = {"a": [PLAIN], "b": [ECHOED], "c": [PLAIN, LONGER]}
# Businesses of `extra/` in the trade of one that is measured on: where that is held out, so are they.
NEAR = {
    "accounting": ("taxhelp",),
    "bank": ("creditcard", "fixeddeposit", "mobilewallet"),
    "citizen": ("citycorp", "driverlicense-bureau", "landoffice", "passportdesk", "taxhelp", "voterservice"),
    "courier": ("deliveryapp", "parcelbike"),
    "education": ("coaching", "onlinecourse"),
    "electricity": ("smartmeter",),
    "events": ("weddinghall",),
    "food": ("fooddelivery-riders",),
    "grocery": ("fishmarket",),
    "health": ("diagnostic", "eyehospital", "maternity", "telemedicine"),
    "homeservice": ("painting", "pestcontrol"),
    "hosting": ("domainreseller",),
    "housing": ("hostel",),
    "insurance": ("gadgetinsure", "lifecover"),
    "microfinance": ("crowdloan",),
    "pharmacy": ("medicinehome",),
    "streaming": ("dishtv", "ebook"),
    "telecom": ("simcompany-business",),
    "travel": ("airline", "homestay", "tourboat", "trains"),
    "visa": ("passportdesk",),
}
STAGES = ("base", "general", *(f"fold-{number}" for number in range(1, FOLDS + 1)), "encoder")


def businesses() -> list[Path]:
    """The folders of our corpus, by name."""
    return sorted(path for path in CORPUS.iterdir() if path.is_dir())


def extra() -> list[Path]:
    """The folders of businesses that are only learned from."""
    return sorted(path for path in EXTRA.iterdir() if path.is_dir())


def folds() -> list[list[Path]]:
    """The businesses that each fold's model has not seen."""
    shuffled = businesses()
    random.Random(SEED).shuffle(shuffled)  # noqa: S311 - for repeating an experiment
    return [sorted(shuffled[number::FOLDS]) for number in range(FOLDS)]


def seen(held_out: Sequence[Path]) -> list[Path]:
    """The businesses that a model learns from which is measured on `held_out`."""
    left_out = {name for folder in held_out for name in (folder.name, *NEAR.get(folder.name, ()))}
    return [folder for folder in [*businesses(), *extra()] if folder.name not in left_out]


def make(stage: str, room: Path, third_party: Path) -> Path:
    """The folder of a stage, made if it is not there; what it starts from must be. Raises `BadImport` where rows of a
    third party are missing."""
    folder = room / stage
    if folder.exists():
        return folder
    unfinished = folder.with_suffix(".unfinished")
    match stage:
        case "base":
            tokenizer = stock_tokenizer()
            kept = kept_pieces(tokenizer, [*common_words(), *_corpus_texts(), *_third_party_texts(third_party)])
            save_model(*pruned(read_stock(), tokenizer, kept), unfinished)
        case "general":
            _train(room / "base", [GENERAL], [], room / f"{stage}-a", third_party).rename(unfinished)
        case "encoder":
            average([room / name for name in STAGES if name.startswith("fold-")]).save(str(unfinished))
        case _:
            held_out = folds()[int(stage.removeprefix("fold-")) - 1]
            runs = [
                _train(room / "general", rounds, seen(held_out), room / f"{stage}-{name}", third_party)
                for name, rounds in RUNS.items()
            ]
            average(runs).save(str(unfinished))
    unfinished.rename(folder)
    return folder


def _train(start: Path, rounds: Sequence[Stage], folders: Sequence[Path], to: Path, third_party: Path) -> Path:
    """`to`, a folder; each round's log is beside it. A run that is there is not made again."""
    if to.exists():
        return to
    model = open_model(start)
    for number, stage in enumerate(rounds, 1):
        sources: dict[str, Sequence[Source]] = {
            "spellings": [Spellings(read_banglatlit(third_party))],
            "intents": [Intents("clinc150", read_clinc(third_party))],
            "business": [Business(path, stage.romanised) for path in folders],
            "echo": [Echoes(path) for path in folders],
        }
        train(model, sources, stage, to.with_name(f"{to.name}{number}.jsonl"))
    model.save(str(to))
    return to


def _corpus_texts() -> list[str]:
    texts = []
    for folder in [*businesses(), *extra()]:
        entries = read_entries(folder)
        texts += [query.text for query in read_queries(folder, entries)]
        for entry in entries:
            texts += [part for text in entry.texts.values() for part in (text.question, text.answer)]
            texts += [phrasing for phrasings in entry.phrasings.values() for phrasing in phrasings]
    return texts


def _third_party_texts(third_party: Path) -> list[str]:
    pairs = read_banglatlit(third_party)
    intents = read_clinc(third_party)
    return [text for pair in pairs for text in pair] + [text for texts in intents.values() for text in texts]
