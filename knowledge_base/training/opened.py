"""A shipped encoder as a model to train on: its weights, out of their blocks of few bits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from transformers import BertConfig, BertModel

from knowledge_base.network import MODEL
from knowledge_base.training.graph import WORD_BLOCK

__all__ = ["opened"]

WORDS, KIND = "embeddings.word_embeddings.weight", "embeddings.token_type_embeddings.weight"
Floats = NDArray[np.float32]


def opened(folder: Path) -> BertModel:
    """The model of a folder that `export` wrote: within the rounding of its bits, what was exported."""
    model = BertModel(BertConfig.from_pretrained(str(folder)), add_pooling_layer=False)
    constants = {one.name: one for one in onnx.load(str(folder / MODEL)).graph.initializer}
    state = {name: _weight(name, tuple(weight.shape), constants) for name, weight in model.state_dict().items()}
    model.load_state_dict({name: torch.tensor(weight) for name, weight in state.items()})
    return model


def _weight(name: str, shape: tuple[int, ...], constants: dict[str, onnx.TensorProto]) -> Floats:
    def constant(of: str) -> Floats:
        found: Floats = numpy_helper.to_array(constants[of]).astype(np.float32)
        return found

    matrix = name.removesuffix(".weight")
    if name == WORDS and "words.scales" in constants:
        blocks = constant("words").reshape(shape[0], -1, WORD_BLOCK)
        return (blocks * constant("words.scales")[:, :, None]).reshape(shape)
    if name == WORDS:
        return constant("words")
    if name == KIND:
        return np.broadcast_to(constant("kind"), shape).copy()
    if f"{matrix}.numbers" in constants:
        blocks = constant(f"{matrix}.numbers") - 128
        return (blocks * constant(f"{matrix}.scales").reshape(*blocks.shape[:2], 1)).reshape(shape)
    if len(shape) == 2 and f"{matrix}.bias" in constants:  # full precision, as a product from the right
        return constant(name).T.copy()
    return constant(name)
