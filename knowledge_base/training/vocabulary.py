"""Which of the 250,002 pieces stay. The embedding table is four fifths of the stock model's weight; most of it is for
languages that nobody writes to a shop in Bangladesh.

Kept: every piece with a Bengali letter; every single character, whatever its script, so that nothing that the stock
tokenizer could read becomes unknown; every Latin piece of up to three letters; and every piece that occurs in the
texts that are given. A word that lost its piece is read in smaller ones.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import torch
from tokenizers import Tokenizer
from transformers import BertModel
from wordfreq import top_n_list

from knowledge_base.training.stock import Stock

__all__ = ["common_words", "kept_pieces", "pruned"]

SPECIAL = 4  # <s> <pad> </s> <unk>
MASK = "<mask>"
SPACE = "▁"
SHORT = 3
WORDS = {"en": 40_000, "bn": 40_000}


def common_words() -> Iterable[str]:
    """The most frequent words of English and Bengali (wordfreq, Speer 2022), as they stand in a sentence or open it."""
    for language, most in WORDS.items():
        for word in top_n_list(language, most):
            yield word
            yield word.capitalize()


def kept_pieces(tokenizer: Tokenizer, texts: Iterable[str]) -> list[int]:
    """Numbers of the pieces that stay, ascending."""
    kept = set(range(SPECIAL))
    for piece, number in tokenizer.get_vocab().items():
        bare = piece.removeprefix(SPACE)
        if len(bare) <= 1 or any("\u0980" <= letter <= "\u09ff" for letter in bare):
            kept.add(number)
        elif bare.isascii() and bare.isalpha() and len(bare) <= SHORT:
            kept.add(number)
    for encoding in tokenizer.encode_batch_fast(list(texts), add_special_tokens=False):
        kept.update(encoding.ids)
    kept.discard(tokenizer.token_to_id(MASK))
    return sorted(kept)


def pruned(stock: Stock, tokenizer: Tokenizer, kept: list[int]) -> tuple[BertModel, Tokenizer]:
    """The model and the tokenizer of those pieces alone."""
    content: dict[str, Any] = json.loads(tokenizer.to_str())
    pieces = content["model"]["vocab"]
    content["model"]["vocab"] = [pieces[number] for number in kept]
    content["added_tokens"] = [token for token in content["added_tokens"] if token["content"] != MASK]
    model = stock.model()
    rows = model.embeddings.word_embeddings.weight.detach()[torch.tensor(kept)]
    model.resize_token_embeddings(len(kept), mean_resizing=False)
    with torch.no_grad():
        model.embeddings.word_embeddings.weight.copy_(rows)
    return model, Tokenizer.from_str(json.dumps(content))
