"""A sentence-transformers model in a folder, as the training room keeps it: full precision."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
from tokenizers import Tokenizer
from transformers import BertModel, PreTrainedTokenizerFast

__all__ = ["average", "open_model", "save_model"]

MOST_TOKENS = 512


def save_model(model: BertModel, tokenizer: Tokenizer, folder: Path) -> None:
    """The bare model and its tokenizer, as Hugging Face has them."""
    special = {"bos": "<s>", "cls": "<s>", "eos": "</s>", "sep": "</s>", "pad": "<pad>", "unk": "<unk>"}
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=MOST_TOKENS,
        **{f"{name}_token": token for name, token in special.items()},
    )
    model.save_pretrained(folder)
    fast.save_pretrained(folder)


def open_model(folder: Path) -> SentenceTransformer:
    """What `save_model` wrote, or `SentenceTransformer.save`."""
    if (folder / "modules.json").exists():
        return SentenceTransformer(str(folder))
    transformer = Transformer(str(folder), max_seq_length=MOST_TOKENS)
    transformer.model.pooler = None  # BertModel's own, which E5 never had
    # No prompts: they were a fifth of a question's tokens, and training shows the model that it can do without.
    return SentenceTransformer(modules=[transformer, Pooling(transformer.get_embedding_dimension()), Normalize()])


def average(folders: Sequence[Path]) -> SentenceTransformer:
    """The mean of models that started from one (a model soup, Wortsman et al. 2022)."""
    models = [open_model(folder) for folder in folders]
    mean = models[0]
    others = [model.state_dict() for model in models]
    with torch.no_grad():
        for name, weight in mean.state_dict().items():
            if weight.is_floating_point():
                weight.copy_(torch.stack([other[name] for other in others]).mean(dim=0))
    return mean
