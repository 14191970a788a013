"""MiniLM's encoder as an ONNX graph with 8-bit weights; what the embedder's and the reader's build scripts share."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

LAYERS, HEADS = 6, 12
MICROSOFT = "com.microsoft"  # onnxruntime's own operators: fused here, so that no session has to optimise at start
GELU_MINIMUM = 0.17  # GELU is never below -0.17
WEIGHT_LIMIT = 64  # 2 * 255 * 64 fits 16 bits: the 8-bit dot product of CPUs without VNNI cannot saturate

Floats = NDArray[np.float32]
Weights = Mapping[str, Floats]


def read_safetensors(content: bytes) -> Weights:
    """The float tensors of a safetensors file: a JSON header with offsets, then raw little-endian data."""
    (length,) = struct.unpack("<Q", content[:8])
    header: dict[str, Any] = json.loads(content[8 : 8 + length])
    data = memoryview(content)[8 + length :]
    return {
        name: np.frombuffer(data[slice(*entry["data_offsets"])], "<f4").reshape(entry["shape"])
        for name, entry in header.items()
        if entry.get("dtype") == "F32"
    }


def outlier_scale(norm: tuple[Floats, Floats], weight: Floats) -> Floats:
    """Per-channel factors that move outliers from activations into weights (SmoothQuant, arXiv 2211.10438, alpha .75).

    The activations come from a layer norm, so its gain and bias say how large they get; no sample texts are needed.
    """
    gain, bias = norm
    reach = np.abs(bias) + 4 * np.abs(gain)
    factors = reach**0.75 / np.abs(weight).max(axis=1) ** 0.25
    scaled: Floats = (factors / np.exp(np.log(factors).mean())).astype(np.float32)
    return scaled


class Graph:
    """An ONNX graph in the making; every method returns the name of what it added."""

    def __init__(self, full: bool) -> None:
        self.full = full
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, onnx.TensorProto] = {}

    def constant(self, name: str, value: Any) -> str:
        self.constants[name] = numpy_helper.from_array(np.ascontiguousarray(value), name)
        return name

    def add(self, operator: str, inputs: list[str], name: str, **attributes: Any) -> str:
        domain = MICROSOFT if operator in {"BiasGelu", "MultiHeadAttention"} else ""
        self.nodes.append(helper.make_node(operator, inputs, [name], name=name, domain=domain, **attributes))
        return name

    def quantised(self, name: str, weight: Floats) -> tuple[str, str, NDArray[np.float32]]:
        """A weight as whole numbers with a scale for each column; also what the numbers stand for."""
        scale = (np.abs(weight).max(axis=0) / WEIGHT_LIMIT).astype(np.float32)
        whole = np.rint(weight / scale).astype(np.int8)
        return self.constant(f"{name}.weight", whole), self.constant(f"{name}.scale", scale), whole * scale

    def linear(self, x: str, weight: Floats, bias: Floats | None, name: str) -> str:
        """``x @ weight + bias``, with one scale for all of ``x`` found as it runs."""
        if self.full:
            product = self.add("MatMul", [x, self.constant(f"{name}.weight", weight)], f"{name}.product")
            return product if bias is None else self.add("Add", [product, self.constant(f"{name}.bias", bias)], name)
        whole, scale, _ = self.quantised(name, weight)
        zero = self.constant(f"{name}.zero", np.zeros(weight.shape[1], np.int8))
        inputs = [x, whole, scale, zero] + ([] if bias is None else [self.constant(f"{name}.bias", bias)])
        self.nodes.append(helper.make_node("DynamicQuantizeMatMul", inputs, [name], name=name, domain=MICROSOFT))
        return name

    def linear_by_token(self, x: str, weight: Floats, bias: Floats, name: str) -> str:
        """The same for the output of GELU, with a scale for each token (as in ZeroQuant, arXiv 2206.01861).

        A few tokens there are 20 times larger than the rest, and with one scale for all most of the error arises here.
        """
        if self.full:
            return self.linear(x, weight, bias, name)
        whole, scale, meant = self.quantised(name, weight)
        bias = (bias - GELU_MINIMUM * meant.sum(axis=0)).astype(np.float32)
        lifted = self.add("Add", [x, self.constant("gelu.minimum", np.float32(GELU_MINIMUM))], f"{name}.lifted")
        others = self.constant("all.but.tokens", np.array([0, 2]))
        largest = self.add("ReduceMax", [lifted, others], f"{name}.largest", keepdims=0)
        step = self.add("Div", [largest, self.constant("steps", np.float32(255))], f"{name}.step")
        nought = self.add("Mul", [step, self.constant("nought", np.float32(0))], f"{name}.nought")
        noughts = self.add("Cast", [nought], f"{name}.noughts", to=TensorProto.UINT8)
        rounded = self.add("QuantizeLinear", [lifted, step, noughts], f"{name}.rounded", axis=1)
        total = self.add("MatMulInteger", [rounded, whole, self.constant("zero", np.uint8(0))], f"{name}.total")
        whole_total = self.add("Cast", [total], f"{name}.float", to=TensorProto.FLOAT)
        steps = self.add("Unsqueeze", [step, self.constant("last", np.array([-1]))], f"{name}.steps")
        product = self.add("Mul", [whole_total, steps], f"{name}.by")
        product = self.add("Mul", [product, scale], f"{name}.product")
        return self.add("Add", [product, self.constant(f"{name}.bias", bias)], name)


def embedding(graph: Graph, weights: Weights, window: int, *, typed: bool = False) -> str:
    """Words, positions and types; unless ``typed``, every token is of the first type: it is part of the positions."""
    words = weights["embeddings.word_embeddings.weight"]
    if graph.full:
        word = graph.add("Gather", [graph.constant("words", words), "ids"], "word")
    else:
        scale = np.abs(words).max(axis=1, keepdims=True) / np.float32(127)
        whole = graph.add("Gather", [graph.constant("words", np.rint(words / scale).astype(np.int8)), "ids"], "whole")
        scales = graph.add("Gather", [graph.constant("words.scale", scale), "ids"], "scales")
        word = graph.add("Mul", [graph.add("Cast", [whole], "float", to=TensorProto.FLOAT), scales], "word")
    types = weights["embeddings.token_type_embeddings.weight"]
    positions = weights["embeddings.position_embeddings.weight"] + types[0]
    start = graph.constant("start", np.array([0]))
    length = graph.add("Shape", ["ids"], "length", start=1, end=2)
    table = graph.constant("positions", positions[:window])
    position = graph.add("Slice", [table, start, length, start], "position")
    norm = [graph.constant(f"embedding.{part}", weights[f"embeddings.LayerNorm.{part}"]) for part in ("weight", "bias")]
    placed = graph.add("Add", [word, position], "placed")
    if typed:
        type_ = graph.add("Gather", [graph.constant("type", types - types[0]), "types"], "typed")
        placed = graph.add("Add", [placed, type_], "placed.typed")
    return graph.add("LayerNormalization", [placed, *norm], "embedding", axis=-1, epsilon=1e-12)


def layer(graph: Graph, weights: Weights, number: int, x: str) -> str:
    """One BERT layer: attention, then a feed-forward network, each added to its input and normalised."""
    name = f"layer{number}"

    def part(path: str) -> Floats:
        return weights[f"encoder.layer.{number}.{path}"]

    def add_and_normalise(change: str, base: str, path: str, to: str) -> str:
        norm = [graph.constant(f"{to}.{kind}", part(f"{path}.LayerNorm.{kind}")) for kind in ("weight", "bias")]
        # onnxruntime's SkipLayerNormalization does the same four times slower
        added = graph.add("Add", [change, base], f"{to}.added")
        return graph.add("LayerNormalization", [added, *norm], to, axis=-1, epsilon=1e-12)

    three = ("query", "key", "value")
    joined = np.concatenate([part(f"attention.self.{each}.weight") for each in three]).T
    joined_bias = np.concatenate([part(f"attention.self.{each}.bias") for each in three])
    projected = graph.linear(x, joined, joined_bias, f"{name}.projected")
    heads = [f"{name}.{each}" for each in three]
    graph.nodes.append(helper.make_node("Split", [projected], heads, name=f"{name}.split", axis=-1, num_outputs=3))
    context = graph.add("MultiHeadAttention", heads, f"{name}.context", num_heads=HEADS)
    dense = part("attention.output.dense.weight").T
    context = graph.linear(context, dense, part("attention.output.dense.bias"), f"{name}.attention")
    x = add_and_normalise(context, x, "attention.output", f"{name}.attended")

    wide = part("intermediate.dense.weight").T
    smoothed = x
    if not graph.full:
        norm = (part("attention.output.LayerNorm.weight"), part("attention.output.LayerNorm.bias"))
        factors = outlier_scale(norm, wide)
        smoothed = graph.add("Mul", [x, graph.constant(f"{name}.smooth", 1 / factors)], f"{name}.smoothed")
        wide = wide * factors[:, None]
    inner = graph.linear(smoothed, wide, None, f"{name}.inner")
    inner_bias = graph.constant(f"{name}.inner.bias", part("intermediate.dense.bias"))
    inner = graph.add("BiasGelu", [inner, inner_bias], f"{name}.gelu")
    outer = graph.linear_by_token(inner, part("output.dense.weight").T, part("output.dense.bias"), f"{name}.outer")
    return add_and_normalise(outer, x, "output", f"{name}.output")


def serialised(graph: Graph, name: str, inputs: list[onnx.ValueInfoProto], outputs: list[onnx.ValueInfoProto]) -> bytes:
    """The graph as the bytes of an ONNX file; the same graph gives the same bytes."""
    body = helper.make_graph(graph.nodes, name, inputs, outputs, list(graph.constants.values()))
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid(MICROSOFT, 1)]
    model = helper.make_model(body, opset_imports=opsets, ir_version=8, producer_name="footnote")
    content: bytes = model.SerializeToString(deterministic=True)
    return content
