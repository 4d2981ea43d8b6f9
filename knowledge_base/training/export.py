"""From a model in the training room to the folder that is shipped: quantised and hashed. An encoder's is still a
sentence-transformers model, which `SentenceTransformer(folder, backend="onnx")` opens."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import onnx
from tokenizers import Tokenizer
from torch import nn
from transformers import BertModel

from knowledge_base.network import MODEL, TOKENIZER, write_manifest
from knowledge_base.training.folder import open_model, save_model
from knowledge_base.training.graph import to_onnx
from knowledge_base.training.reranking import Reading

__all__ = ["export", "export_opened", "export_reranker"]

CARD = "README.md"
TOLD = (CARD, "loss.svg")  # what is said of a model, which stays
LEFT = ("model.safetensors", CARD)  # the weights in full precision; the card that the library would write
BITS, BLOCK = 8, 64


def export(model: Path, folder: Path, bits: int = BITS, block: int = BLOCK, tone: nn.ModuleList | None = None) -> None:
    """Writes `folder` from the sentence-transformers model in `model` and the layers of its `tone`, if it has any; what
    is told of one that is there stays."""
    opened = open_model(model)
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.rglob("*"):
        if path.is_file() and path.name not in TOLD:
            path.unlink()
    for path in model.rglob("*"):
        if path.is_file() and path.name not in LEFT:
            (folder / path.relative_to(model)).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, folder / path.relative_to(model))
    _compact(folder / TOKENIZER)
    (folder / MODEL).parent.mkdir(exist_ok=True)
    onnx.save(to_onnx(opened[0].model, bits, block, tone=tone), folder / MODEL)
    write_manifest(folder, without=TOLD)


def export_opened(model: BertModel, tokenizer: Tokenizer, tone: nn.ModuleList, room: Path, folder: Path) -> None:
    """Writes `folder` from an encoder that was `opened`; in the `room` it is kept in full precision."""
    save_model(model, tokenizer, room / "bare")
    open_model(room / "bare").save(str(room / "whole"))
    export(room / "whole", folder, tone=tone)


def export_reranker(model: Reading, tokenizer: Path, folder: Path, bits: int = BITS, block: int = BLOCK) -> None:
    """Writes `folder`, with the tokenizer in the file that is given; a card that is there stays."""
    (folder / MODEL).parent.mkdir(parents=True, exist_ok=True)
    weight, bias = (part.detach().numpy() for part in (model.head.weight, model.head.bias))
    onnx.save(to_onnx(model.bert, bits, block, (weight, bias)), folder / MODEL)
    shutil.copyfile(tokenizer, folder / TOKENIZER)
    write_manifest(folder, without=TOLD)


def _compact(path: Path) -> None:
    """A third of a tokenizer's file is indentation."""
    content = json.loads(path.read_text(encoding="utf-8"))
    content["truncation"] = content["padding"] = None
    path.write_text(json.dumps(content, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
