"""The bundled encoder: our own multilingual-e5-small, trained on support talk, in ONNX Runtime.

`data/encoder/README.md` is its card; `manage.py train_encoder` makes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from knowledge_base.network import Network
from knowledge_base.text.readable import readable
from knowledge_base.types import Vectors

__all__ = ["FOLDER", "TONE", "BundledEncoder"]

FOLDER = Path(__file__).parent / "data" / "encoder"
MEANING, TONE = "sentence_embedding", "tone"  # outputs of the graph; the second also names the layers that lead to it
MAX_TOKENS = 512  # as many as the model has places for


class BundledEncoder:
    """A folder that `train_encoder` exported. Raises `EncoderError` if a file of it is missing or another one."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._network = Network(folder)
        self.tokenizer = self._network.tokenizer
        self.tokenizer.enable_truncation(MAX_TOKENS)
        self.name = f"cxbot-e5-{self._network.digest[:12]}"
        self.dimension = self._network.widths[MEANING]

    def queries(self, texts: Sequence[str]) -> Vectors:
        return self._encode(texts, [MEANING])[0]

    def passages(self, texts: Sequence[str]) -> Vectors:
        return self._encode(texts, [MEANING])[0]

    def with_tones(self, texts: Sequence[str]) -> tuple[Vectors, Vectors]:
        """The vectors of queries, and their tones, as long: of layers that know how a thing is said."""
        meanings, tones = self._encode(texts, [MEANING, TONE])
        return meanings, tones

    def _encode(self, texts: Sequence[str], outputs: list[str]) -> list[Vectors]:
        encoded = self.tokenizer.encode_batch_fast([*map(readable, texts)])
        return self._network.run([encoding.ids for encoding in encoded], outputs)
