"""The encoder that is shipped: small, whole, and what its manifest says."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from knowledge_base import encoder
from knowledge_base.bundled import FOLDER, BundledEncoder
from knowledge_base.errors import EncoderError
from knowledge_base.network import MODEL, TOKENIZER

SAME = [
    ("ঢাকার ভিতরে ডেলিভারি চার্জ কত?", "dhakar vitore delivery charge koto", "delivery charge inside Dhaka"),
    ("টাকা ফেরত পাব কবে?", "taka ferot pabo kobe", "when do I get my money back"),
    ("পাসওয়ার্ড ভুলে গেছি", "password vule gesi", "I forgot my password"),
]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDER, tmp_path / "encoder"))


def test_it_is_small_enough_to_ship() -> None:
    assert sum(path.stat().st_size for path in FOLDER.rglob("*") if path.is_file()) <= 45_000_000


def test_three_ways_of_writing_mean_the_same() -> None:
    model = encoder.load("bundled")
    vectors = model.queries([text for texts in SAME for text in texts])
    likeness = vectors @ vectors.T
    for number in range(len(vectors)):
        order = [other for other in np.argsort(-likeness[number]) if other != number]
        assert {other // 3 for other in order[:2]} == {number // 3}


def test_a_copy_of_it_is_the_same_encoder(copy: Path) -> None:
    assert encoder.load(str(copy)).name == encoder.load("bundled").name


@pytest.mark.parametrize("name", [MODEL, TOKENIZER])
def test_a_damaged_file_is_named(copy: Path, name: str) -> None:
    with (copy / name).open("r+b") as file:
        file.seek(1000)
        file.write(b"damage")
    with pytest.raises(EncoderError, match=f"{name} is not what was written. Install cxbot again"):
        BundledEncoder(copy)


def test_a_missing_file_says_what_to_do(copy: Path) -> None:
    (copy / MODEL).unlink()
    with pytest.raises(EncoderError, match="cannot be read.*Install cxbot again"):
        BundledEncoder(copy)


def test_a_text_that_is_too_long_is_cut_not_refused() -> None:
    assert encoder.load("bundled").passages(["কখন " * 5000]).shape == (1, 384)
