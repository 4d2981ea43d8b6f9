"""The encoder, or the reranker, as an ONNX graph, with the weights in blocks of few bits.

Written out by hand, because each choice in it was made by measurement: matrices in 8 bits by blocks (`MatMulNBits` at
accuracy level 4, whose activations are quantised by row: a vector does not depend on what it is batched with), and the
embedding of pieces in the 4 bits that the stock model came in, so nothing is lost. The operators are those of ONNX
Runtime's contribution set: https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch.nn import Module, ModuleList
from transformers import BertModel

from knowledge_base.bundled import TONE
from knowledge_base.reranker import SCORE

__all__ = ["Head", "parting", "to_onnx"]

OPSET, CONTRIBUTED = 21, "com.microsoft"
WORD_BLOCK = 32  # weights that share a scale
TONE_LAYER = 2 / 3  # of the layers: those above forget how a thing is said, to say better what it is about
ACCURACY = 4  # MatMulNBits multiplies in int8
LAST, MIDDLE = np.array([-1], np.int64), np.array(128, np.uint8)
Floats = NDArray[np.float32]
Head = tuple[Floats, Floats]  # weights (1, dimension) and bias (1,), laid on the mean over the tokens


def to_onnx(
    model: BertModel, bits: int = 8, block: int = 128, head: Head | None = None, tone: ModuleList | None = None
) -> onnx.ModelProto:
    """Inputs `input_ids` and `attention_mask` (n, tokens). An encoder's outputs are `last_hidden_state` (n, tokens,
    dimension) and `sentence_embedding` (n, dimension), the mean over the tokens, of unit length; and `tone`, the
    same of a lower layer or, if there are any, of the layers `tone` on top of that. With a head, the one output is
    `score` (n, 1). `bits` 32: full precision."""
    graph = _Graph(model, bits, block)
    return graph.build(tone or ModuleList()) if head is None else graph.build_scoring(head)


def parting(layers: int) -> int:
    """After how many of an encoder's layers the tone parts from the meaning."""
    return round(layers * TONE_LAYER)


class _Graph:
    def __init__(self, model: BertModel, bits: int, block: int) -> None:
        self._weights = _numbers(model)
        self._config, self._bits, self._block = model.config, bits, block
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []
        self._by_rows = False
        self._rounded: dict[str, tuple[str, str]] = {}  # what was rounded already, with its scale
        self._mask = self._node("Cast", ["attention_mask"], to=TensorProto.INT32)

    def build(self, tone: ModuleList) -> onnx.ModelProto:
        *_, hidden = layers = list(self._layers())
        self._weights |= {f"{TONE}.{name}": value for name, value in _numbers(tone).items()}
        said = layers[parting(len(layers)) - 1]
        for layer in range(len(tone)):
            said = self._layer(said, f"{TONE}.{layer}")
        self._unit(said, TONE)
        self._nodes.append(helper.make_node("Identity", [hidden], ["last_hidden_state"]))
        self._unit(hidden, "sentence_embedding")
        width = self._config.hidden_size
        return self._model(
            "encoder",
            _value("last_hidden_state", TensorProto.FLOAT, ["n", "tokens", width]),
            _value("sentence_embedding", TensorProto.FLOAT, ["n", width]),
            _value(TONE, TensorProto.FLOAT, ["n", width]),
        )

    def build_scoring(self, head: Head) -> onnx.ModelProto:
        self._by_rows = True
        *_, hidden = self._layers()
        weights = [self._constant(f"head.{name}", part) for name, part in zip(("weight", "bias"), head, strict=True)]
        self._nodes.append(helper.make_node("Gemm", [self._mean(hidden), *weights], [SCORE], transB=1))
        return self._model("reranker", _value(SCORE, TensorProto.FLOAT, ["n", 1]))

    def _layers(self) -> Iterator[str]:
        """What comes out of each layer."""
        hidden = self._embedding()
        for layer in range(self._config.num_hidden_layers):
            hidden = self._layer(hidden, f"encoder.layer.{layer}")
            yield hidden

    def _model(self, name: str, *outputs: onnx.ValueInfoProto) -> onnx.ModelProto:
        inputs = [_value(name, TensorProto.INT64, ["n", "tokens"]) for name in ("input_ids", "attention_mask")]
        graph = helper.make_graph(self._nodes, name, inputs, outputs, self._constants)
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(CONTRIBUTED, 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=10, producer_name="cxbot")

    def _embedding(self) -> str:
        words = self._words()
        shape = self._node("Shape", ["input_ids"], start=1, end=2)
        zero = self._constant("zero", np.array([0], np.int64))
        places = self._node("Slice", [self._float("embeddings.position_embeddings.weight"), zero, shape, zero])
        kind = self._constant("kind", self._weights["embeddings.token_type_embeddings.weight"][0])
        summed = self._node("Add", [self._node("Add", [words, places]), kind])
        return self._node("LayerNormalization", [summed, *self._norm("embeddings.LayerNorm")], epsilon=self._epsilon)

    def _words(self) -> str:
        table = self._weights["embeddings.word_embeddings.weight"]
        if self._bits > 8:
            return self._node("Gather", [self._constant("words", table), "input_ids"])
        numbers, scales = _four_bits(table)
        packed = (numbers[:, 0::2] & 15) | (numbers[:, 1::2] << 4)
        raw = packed.astype(np.uint8).tobytes()
        self._constants.append(helper.make_tensor("words", TensorProto.INT4, table.shape, raw, raw=True))
        inputs = ["words", "input_ids", self._constant("words.scales", scales)]
        return self._node(
            "GatherBlockQuantized", inputs, CONTRIBUTED, gather_axis=0, quantize_axis=1, block_size=WORD_BLOCK
        )

    def _layer(self, hidden: str, name: str) -> str:
        query, key, value = (self._dense(hidden, f"{name}.attention.self.{part}") for part in ("query", "key", "value"))
        heads = self._config.num_attention_heads
        attended = self._node("MultiHeadAttention", [query, key, value, "", self._mask], CONTRIBUTED, num_heads=heads)
        attended = self._dense(attended, f"{name}.attention.output.dense")
        hidden = self._add_norm(attended, hidden, f"{name}.attention.output.LayerNorm")
        wide = self._node("Gelu", [self._dense(hidden, f"{name}.intermediate.dense")])
        return self._add_norm(self._dense(wide, f"{name}.output.dense"), hidden, f"{name}.output.LayerNorm")

    def _dense(self, hidden: str, name: str) -> str:
        weight, bias = self._weights[f"{name}.weight"], self._float(f"{name}.bias")
        if self._bits > 8:
            product = self._node("MatMul", [hidden, self._constant(f"{name}.weight", weight.T.copy())])
            return self._node("Add", [product, bias])
        if self._by_rows:
            return self._node("Add", [self._product(hidden, weight, name), bias])
        numbers, scales = _eight_bits(weight, self._block)
        size = {"K": weight.shape[1], "N": weight.shape[0], "bits": 8, "block_size": self._block}
        inputs = [self._constant(f"{name}.numbers", numbers), self._constant(f"{name}.scales", scales), "", "", bias]
        return self._node("MatMulNBits", [hidden, *inputs], CONTRIBUTED, accuracy_level=ACCURACY, **size)

    def _product(self, hidden: str, weight: Floats, name: str) -> str:
        """Of whole numbers: each token has a scale, and so has each column of the weights."""
        if hidden not in self._rounded:
            largest = self._node("ReduceMax", [self._node("Abs", [hidden]), self._constant("last", LAST)], keepdims=1)
            scale = self._node("Mul", [largest, self._constant("1/127", np.array(1 / 127, np.float32))])
            steps = self._node("Div", [hidden, scale])
            middle = self._constant("middle.float", MIDDLE.astype(np.float32))
            numbers = self._node(
                "Cast", [self._node("Round", [self._node("Add", [steps, middle])])], to=TensorProto.UINT8
            )
            self._rounded[hidden] = numbers, scale
        numbers, scale = self._rounded[hidden]
        columns, scales = _seven_bits(weight)
        inputs = [numbers, self._constant(f"{name}.columns", columns), self._constant("middle", MIDDLE)]
        product = self._node("Cast", [self._node("MatMulInteger", inputs)], to=TensorProto.FLOAT)
        return self._node("Mul", [self._node("Mul", [product, scale]), self._constant(f"{name}.scales", scales)])

    def _add_norm(self, hidden: str, skip: str, name: str) -> str:
        inputs = [hidden, skip, *self._norm(name)]
        return self._node("SkipLayerNormalization", inputs, CONTRIBUTED, epsilon=self._epsilon)

    def _unit(self, hidden: str, output: str) -> None:
        self._nodes.append(helper.make_node("LpNormalization", [self._mean(hidden)], [output], axis=1, p=2))

    def _mean(self, hidden: str) -> str:
        """Over the tokens that are no padding."""
        axis = self._constant("tokens.axis", np.array([1], np.int64))
        last = self._constant("last.axis", np.array([2], np.int64))
        mask = self._node("Unsqueeze", [self._node("Cast", ["attention_mask"], to=TensorProto.FLOAT), last])
        total = self._node("ReduceSum", [self._node("Mul", [hidden, mask]), axis], keepdims=0)
        return self._node("Div", [total, self._node("ReduceSum", [mask, axis], keepdims=0)])

    @property
    def _epsilon(self) -> float:
        return float(self._config.layer_norm_eps)

    def _norm(self, name: str) -> tuple[str, str]:
        return self._float(f"{name}.weight"), self._float(f"{name}.bias")

    def _float(self, name: str) -> str:
        return self._constant(name, self._weights[name])

    def _constant(self, name: str, value: NDArray[np.generic]) -> str:
        if name not in {constant.name for constant in self._constants}:
            self._constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def _node(self, kind: str, inputs: list[str], domain: str = "", **attributes: object) -> str:
        output = f"{kind}.{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, inputs, [output], domain=domain, **attributes))
        return output


def _eight_bits(weight: Floats, block: int) -> tuple[NDArray[np.uint8], Floats]:
    """Rows in blocks, each a scale and numbers around 128: (rows, blocks, block), (rows * blocks,)."""
    blocks = weight.reshape(weight.shape[0], -1, block)
    scales = np.abs(blocks).max(axis=2) / 127
    numbers = np.rint(blocks / np.maximum(scales, 1e-12)[:, :, None]) + 128
    return numbers.astype(np.uint8), scales.astype(np.float32).ravel()


def _seven_bits(weight: Floats) -> tuple[NDArray[np.int8], Floats]:
    """Columns of a product from the right, each with a scale: (inputs, outputs), (outputs,). Not eight bits: where a
    processor adds two products of eight bits in sixteen, they would not fit."""
    scales = np.maximum(np.abs(weight).max(axis=1) / 63, 1e-12)
    numbers = np.rint(weight / scales[:, None]).astype(np.int8)
    return numbers.T.copy(), scales.astype(np.float32)


def _four_bits(table: Floats) -> tuple[NDArray[np.int8], Floats]:
    """Q4_0 of llama.cpp: the largest weight of a block is -8 times its scale. Exact for a table that was so before."""
    blocks = table.reshape(len(table), -1, WORD_BLOCK)
    largest = np.take_along_axis(blocks, np.abs(blocks).argmax(axis=2)[:, :, None], axis=2)
    scales = largest / -8
    numbers = np.clip(np.rint(blocks / np.where(scales == 0, 1, scales)), -8, 7)
    return numbers.astype(np.int8).reshape(table.shape), scales[:, :, 0].astype(np.float32)


def _numbers(module: Module) -> dict[str, Floats]:
    return {name: value.detach().float().cpu().numpy() for name, value in module.state_dict().items()}


def _value(name: str, kind: int, shape: list[str | int]) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, kind, shape)
