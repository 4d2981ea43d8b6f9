"""The bundled encoder: our own multilingual-e5-small, trained on support talk, in ONNX Runtime.

`data/encoder/README.md` is its card; `manage.py train_encoder` makes it. Loading it imports neither torch nor
transformers.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from knowledge_base.errors import EncoderError
from knowledge_base.text.readable import readable
from knowledge_base.types import Vectors

__all__ = ["FOLDER", "MANIFEST", "BundledEncoder", "file_hash"]

FOLDER = Path(__file__).parent / "data" / "encoder"
MANIFEST = "manifest.json"
MEANING, TONE = "sentence_embedding", "tone"  # outputs of the graph
MODEL, TOKENIZER = "onnx/model.onnx", "tokenizer.json"
MAX_TOKENS = 512  # as many as the model has places for
TOGETHER = 16  # texts of one run; more are no faster on two cores, and take memory
MAX_THREADS = 4  # of one run: a question is too small a task for more


class BundledEncoder:
    """A folder that `train_encoder` exported. Raises `EncoderError` if a file of it is missing or another one."""

    def __init__(self, folder: Path = FOLDER) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        self.name = f"cxbot-e5-{_verified(folder)[:12]}"
        self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._padding = self._tokenizer.token_to_id("<pad>")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = min(MAX_THREADS, os.cpu_count() or 1)
        # Threads that spin between two questions would take the cores from everything else.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.enable_cpu_mem_arena = False
        self._session = onnxruntime.InferenceSession(str(folder / MODEL), options, providers=["CPUExecutionProvider"])
        self.dimension = int(self._session.get_outputs()[1].shape[1])

    def queries(self, texts: Sequence[str]) -> Vectors:
        return self._encode(texts, [MEANING])[0]

    def passages(self, texts: Sequence[str]) -> Vectors:
        return self._encode(texts, [MEANING])[0]

    def with_tones(self, texts: Sequence[str]) -> tuple[Vectors, Vectors]:
        """The vectors of queries, and their tones: of a layer that still knows how a thing is said, as long."""
        meanings, tones = self._encode(texts, [MEANING, TONE])
        return meanings, tones

    def _encode(self, texts: Sequence[str], outputs: list[str]) -> list[Vectors]:
        encoded = [encoding.ids for encoding in self._tokenizer.encode_batch_fast([*map(readable, texts)])]
        order = sorted(range(len(encoded)), key=lambda number: len(encoded[number]))  # little is padding then
        found = [np.zeros((len(encoded), self.dimension), np.float32) for _ in outputs]
        for start in range(0, len(order), TOGETHER):
            numbers = order[start : start + TOGETHER]
            for vectors, part in zip(found, self._run([encoded[number] for number in numbers], outputs), strict=True):
                vectors[numbers] = part
        return found

    def _run(self, rows: Sequence[Sequence[int]], outputs: list[str]) -> list[Vectors]:
        longest = max(map(len, rows))
        ids = np.full((len(rows), longest), self._padding, np.int64)
        mask = np.zeros_like(ids)
        for number, row in enumerate(rows):
            ids[number, : len(row)] = row
            mask[number, : len(row)] = 1
        found: list[Vectors] = self._session.run(outputs, {"input_ids": ids, "attention_mask": mask})
        return found


def file_hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _verified(folder: Path) -> str:
    """The hash of the manifest, every file of which is as it says."""
    again = "Install cxbot again, or let `manage.py train_encoder` make it."
    try:
        manifest = (folder / MANIFEST).read_bytes()
        hashes = json.loads(manifest)["files"]
        wrong = [name for name, expected in hashes.items() if file_hash(folder / name) != expected]
    except (OSError, ValueError, KeyError) as error:
        raise EncoderError(f"The encoder in {folder} cannot be read: {error}. {again}") from error
    if wrong:
        raise EncoderError(f"The encoder in {folder} is damaged: {', '.join(wrong)} is not what was written. {again}")
    return hashlib.sha256(manifest).hexdigest()
