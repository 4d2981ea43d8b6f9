"""Learn to tell Banglish from English, and write the numbers that are shipped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand, CommandParser
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from tqdm import tqdm

from knowledge_base.corpus import read_lines
from knowledge_base.text import banglish


class Command(BaseCommand):
    help = "Train the Banglish detector on JSON Lines files with a text and a lang; the last file is only tested on."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, help="at least two; the last one is held out")
        parser.add_argument("--to", type=Path, default=banglish.MODEL)

    def handle(self, *, files: list[Path], to: Path, **_options: Any) -> None:
        train = [row for file in tqdm(files[:-1], "reading", unit="file") for row in _latin(file)]
        model = LogisticRegression(C=30, max_iter=1000)
        model.fit(_matrix([text for text, _ in train]), [is_banglish for _, is_banglish in train])
        to.parent.mkdir(exist_ok=True)
        np.savez_compressed(to, weights=model.coef_[0].astype(np.float16), intercept=model.intercept_[0])
        held_out = _latin(files[-1])
        guessed = model.predict(_matrix([text for text, _ in held_out]))
        for name, wanted in (("English", False), ("Banglish", True)):
            right = [guess == wanted for guess, (_, truth) in zip(guessed, held_out, strict=True) if truth == wanted]
            self.stdout.write(f"{name}: {np.mean(right):.4f} of {len(right)} right in {files[-1]}")
        self.stdout.write(f"learned from {len(train)} messages; wrote {to}, {to.stat().st_size // 1024} KiB")


def _latin(file: Path) -> list[tuple[str, bool]]:
    rows = [row for _, row in read_lines(file) if row.get("lang") in ("en", "bn-Latn")]
    return [(row["text"], row["lang"] == "bn-Latn") for row in rows]


def _matrix(texts: list[str]) -> sparse.csr_matrix:
    """A row a text, of unit length, as `banglish_probability` weighs it."""
    found = [banglish.columns(text) for text in texts]
    values = [np.full(len(columns), 1 / np.sqrt(max(1, len(columns)))) for columns in found]
    ends = np.r_[0, np.cumsum([len(columns) for columns in found])]
    return sparse.csr_matrix((np.concatenate(values), np.concatenate(found), ends), (len(texts), banglish.COLUMNS))
