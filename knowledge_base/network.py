"""A network in ONNX Runtime, with its tokenizer: rows of pieces in, arrays out. Loading it imports neither torch nor
transformers."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge_base.errors import EncoderError

__all__ = ["MANIFEST", "MODEL", "TOKENIZER", "Network", "file_hash", "write_manifest"]

MANIFEST = "manifest.json"
MODEL, TOKENIZER = "onnx/model.onnx", "tokenizer.json"
TOGETHER = 16  # rows of one run; more are no faster on two cores, and take memory
MAX_THREADS = 4  # of one run: a question is too small a task for more
Floats = NDArray[np.float32]


class Network:
    """A folder that the training room exported. Raises `EncoderError` if a file of it is missing or another one; its
    `digest` says which network it is. Thread-safe."""

    def __init__(self, folder: Path) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        self.digest = _verified(folder)
        self.tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
        self._padding = self.tokenizer.token_to_id("<pad>")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = min(MAX_THREADS, os.cpu_count() or 1)
        # Threads that spin between two questions would take the cores from everything else.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.enable_cpu_mem_arena = False
        self._session = onnxruntime.InferenceSession(str(folder / MODEL), options, providers=["CPUExecutionProvider"])
        self.widths = {output.name: output.shape[-1] for output in self._session.get_outputs()}

    def run(self, rows: Sequence[Sequence[int]], outputs: Sequence[str]) -> list[Floats]:
        """Each output, (rows, width): the rows of pieces go through together, as many as is quick."""
        order = sorted(range(len(rows)), key=lambda number: len(rows[number]))  # little is padding then
        found = [np.zeros((len(rows), self.widths[output]), np.float32) for output in outputs]
        for start in range(0, len(order), TOGETHER):
            numbers = order[start : start + TOGETHER]
            for values, part in zip(found, self._run([rows[number] for number in numbers], outputs), strict=True):
                values[numbers] = part
        return found

    def _run(self, rows: Sequence[Sequence[int]], outputs: Sequence[str]) -> list[Floats]:
        longest = max(map(len, rows))
        ids = np.full((len(rows), longest), self._padding, np.int64)
        mask = np.zeros_like(ids)
        for number, row in enumerate(rows):
            ids[number, : len(row)] = row
            mask[number, : len(row)] = 1
        found: list[Floats] = self._session.run(list(outputs), {"input_ids": ids, "attention_mask": mask})
        return found


def file_hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_manifest(folder: Path, without: Sequence[str] = ()) -> None:
    """The hash of each file of the folder, but of those."""
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    hashes = {name: file_hash(folder / name) for name in files if name not in (*without, MANIFEST)}
    (folder / MANIFEST).write_text(json.dumps({"files": hashes}, indent=1) + "\n")


def _verified(folder: Path) -> str:
    """The hash of the manifest, every file of which is as it says."""
    again = "Install cxbot again, or let `manage.py train_encoder` and `train_reranker` make it."
    try:
        manifest = (folder / MANIFEST).read_bytes()
        hashes = json.loads(manifest)["files"]
        wrong = [name for name, expected in hashes.items() if file_hash(folder / name) != expected]
    except (OSError, ValueError, KeyError) as error:
        raise EncoderError(f"The network in {folder} cannot be read: {error}. {again}") from error
    if wrong:
        raise EncoderError(f"The network in {folder} is damaged: {', '.join(wrong)} is not what was written. {again}")
    return hashlib.sha256(manifest).hexdigest()
