"""The graph that is written by hand computes what the model does."""

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from transformers import BertConfig, BertModel

from knowledge_base.training.graph import _four_bits, to_onnx

IDS = [[5, 9, 30, 7, 2], [8, 4, 2]]


@pytest.fixture(scope="module")
def model() -> BertModel:
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=50, hidden_size=64, num_hidden_layers=2, num_attention_heads=4, intermediate_size=128, pad_token_id=1
    )
    return BertModel(config, add_pooling_layer=False).eval()


def expected(model: BertModel, ids: list[int]) -> np.ndarray:
    with torch.no_grad():
        mean = model(torch.tensor([ids])).last_hidden_state[0].mean(dim=0)
    return np.asarray((mean / mean.norm()).numpy())


def run(graph: onnx.ModelProto, rows: list[list[int]]) -> np.ndarray:
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    longest = max(map(len, rows))
    ids = np.array([row + [1] * (longest - len(row)) for row in rows])
    mask = np.array([[1] * len(row) + [0] * (longest - len(row)) for row in rows])
    return np.asarray(session.run(["sentence_embedding"], {"input_ids": ids, "attention_mask": mask})[0])


@pytest.mark.parametrize(("bits", "least"), [(32, 0.99999), (8, 0.98)])
def test_its_vectors_are_the_models(model: BertModel, bits: int, least: float) -> None:
    for vector, ids in zip(run(to_onnx(model, bits, 64), IDS), IDS, strict=True):
        assert float(vector @ expected(model, ids)) > least


def test_a_vector_does_not_depend_on_what_it_is_batched_with(model: BertModel) -> None:
    graph = to_onnx(model, 8, 64)
    together = run(graph, IDS)
    for number, ids in enumerate(IDS):
        assert np.abs(together[number] - run(graph, [ids])[0]).max() < 1e-6


def test_four_bits_lose_nothing_of_what_had_four_bits() -> None:
    rng = np.random.default_rng(1)
    numbers = rng.integers(-8, 8, (20, 64))
    numbers[:, ::32] = -8  # the largest of each block, as llama.cpp has it
    table = (numbers * np.repeat(rng.normal(size=(20, 2)), 32, axis=1)).astype(np.float32)
    packed, scales = _four_bits(table)
    again = packed.reshape(20, 2, 32) * scales[:, :, None]
    assert np.abs(again.reshape(20, 64) - table).max() < 1e-6


def test_a_head_scores_the_mean_of_the_tokens(model: BertModel) -> None:
    weight, bias = np.linspace(-1, 1, 64, dtype=np.float32)[None], np.array([0.5], np.float32)
    graph = to_onnx(model, 32, 64, (weight, bias))
    with torch.no_grad():
        mean = model(torch.tensor([IDS[0]])).last_hidden_state[0].mean(dim=0).numpy()
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    ids = np.array([IDS[0]])
    (scores,) = session.run(["score"], {"input_ids": ids, "attention_mask": np.ones_like(ids)})
    assert float(scores[0, 0]) == pytest.approx(float(mean @ weight[0]) + 0.5, abs=1e-3)
