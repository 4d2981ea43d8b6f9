"""A shipped encoder or reranker as a model to train on: its weights, out of their blocks or columns of few bits."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from torch import nn
from transformers import BertConfig, BertModel

from knowledge_base.bundled import TONE
from knowledge_base.network import MODEL
from knowledge_base.training.graph import WORD_BLOCK

__all__ = ["head_of", "opened", "tone_of"]

WORDS, KIND = "embeddings.word_embeddings.weight", "embeddings.token_type_embeddings.weight"
ATTENTION = "eager"  # a third quicker, forward and backward, than torch's own over rows this short
Floats = NDArray[np.float32]


def opened(folder: Path, encoder: Path | None = None) -> BertModel:
    """The model of a folder that `export` or `export_reranker` wrote: within the rounding of its bits, what was
    exported. A reranker is of the shape of the `encoder` that it was begun as."""
    config = BertConfig.from_pretrained(str(encoder or folder), attn_implementation=ATTENTION)
    model = BertModel(config, add_pooling_layer=False)
    constants = _constants(folder)
    state = {name: _weight(name, tuple(weight.shape), constants) for name, weight in model.state_dict().items()}
    model.load_state_dict({name: torch.tensor(weight) for name, weight in state.items()})
    return model


def tone_of(folder: Path, model: BertModel) -> nn.ModuleList:
    """The layers of an encoder's tone, of the shape of the model's; none, if it is a layer of the meaning."""
    constants = _constants(folder)
    numbers = {name.split(".")[1] for name in constants if name.startswith(f"{TONE}.")}
    layers = copy.deepcopy(model.encoder.layer[: len(numbers)])
    state = {
        name: _weight(f"{TONE}.{name}", tuple(part.shape), constants) for name, part in layers.state_dict().items()
    }
    layers.load_state_dict({name: torch.tensor(weight) for name, weight in state.items()})
    return layers


def head_of(folder: Path) -> tuple[Floats, Floats]:
    """The weights (1, dimension) and the bias (1,) of a reranker's head."""
    constants = _constants(folder)
    weight, bias = (numpy_helper.to_array(constants[f"head.{part}"]) for part in ("weight", "bias"))
    return weight.copy(), bias.copy()


def _constants(folder: Path) -> dict[str, onnx.TensorProto]:
    return {one.name: one for one in onnx.load(str(folder / MODEL)).graph.initializer}


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
    if f"{matrix}.columns" in constants:
        columns = constant(f"{matrix}.columns") * constant(f"{matrix}.scales")
        return columns.T.copy()
    if len(shape) == 2 and f"{matrix}.bias" in constants:  # full precision, as a product from the right
        return constant(name).T.copy()
    return constant(name)
