"""Builds model.onnx from trained weights; run by hand, see README.md beside it.

    python retrieval/models/reader/build.py reader.pt [another.pt ...] [--full FILE] [--out FOLDER]

Of the weights of several runs the mean is taken; after the first, a model.onnx will do too. ``--full FILE`` also writes
the graph with all weights in full precision, to compare with. The same weights give the same bytes. The tokenizer is
MiniLM's, in the folder beside this one.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from onnx import TensorProto, helper

from retrieval.models.graphs import LAYERS, Floats, Graph, Weights, embedding, layer, serialised
from retrieval.models.reader.network import Reader, load_weights
from retrieval.reading import POSITIONS

_LAYER_PARTS = {
    "attention": "attention.output.dense",
    "attended": "attention.output.LayerNorm",
    "inner": "intermediate.dense",
    "outer": "output.dense",
    "output": "output.LayerNorm",
}


def named_as_bert(state: Mapping[str, torch.Tensor]) -> dict[str, Floats]:
    """The encoder's weights under the names that the published ones have."""
    arrays = {name: value.float().numpy() for name, value in state.items()}
    weights = {
        "embeddings.word_embeddings.weight": arrays["words.weight"],
        "embeddings.position_embeddings.weight": arrays["positions.weight"],
        "embeddings.token_type_embeddings.weight": arrays["types.weight"],
    }
    for kind in ("weight", "bias"):
        weights[f"embeddings.LayerNorm.{kind}"] = arrays[f"embedded.{kind}"]
        for number in range(LAYERS):
            ours, theirs = f"layers.{number}", f"encoder.layer.{number}"
            three = np.split(arrays[f"{ours}.projected.{kind}"], 3)
            for name, part in zip(("query", "key", "value"), three, strict=True):
                weights[f"{theirs}.attention.self.{name}.{kind}"] = part
            for our, their in _LAYER_PARTS.items():
                weights[f"{theirs}.{their}.{kind}"] = arrays[f"{ours}.{our}.{kind}"]
    return weights


def build(encoder: Weights, heads: Mapping[str, Floats], full: bool = False) -> bytes:
    """From ids and types [1, n] to start and end logits [1, n, 2] and relevance [1, 1, 1]: an ONNX file's bytes."""
    graph = Graph(full)
    x = embedding(graph, encoder, POSITIONS, typed=True)
    for number in range(LAYERS):
        x = layer(graph, encoder, number, x)

    def head(base: str, name: str, to: str) -> str:
        weight = graph.constant(f"{name}.weight", heads[f"{name}.weight"].T)
        product = graph.add("MatMul", [base, weight], f"{to}.product")
        return graph.add("Add", [product, graph.constant(f"{name}.bias", heads[f"{name}.bias"])], to)

    head(x, "span", "spans")
    first = graph.add("Gather", [x, graph.constant("first", np.array([0]))], "cls", axis=1)
    pooled = graph.add("Tanh", [head(first, "pooled", "pooled")], "bent")
    head(pooled, "relevance", "relevance")
    tokens: list[str | int | None] = [1, "tokens"]
    return serialised(
        graph,
        "footnote-reader",
        [helper.make_tensor_value_info(name, TensorProto.INT64, tokens) for name in ("ids", "types")],
        [
            helper.make_tensor_value_info("spans", TensorProto.FLOAT, [*tokens, 2]),
            helper.make_tensor_value_info("relevance", TensorProto.FLOAT, [1, 1, 1]),
        ],
    )


def mean(states: Sequence[Mapping[str, torch.Tensor]]) -> dict[str, torch.Tensor]:
    """The mean of weights, as of a run and those it began with, often better than each (WiSE-FT, arXiv 2109.01903)."""
    first, *others = states
    return {name: sum((other[name] for other in others), value) / len(states) for name, value in first.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description="Build model.onnx from trained weights.")
    parser.add_argument(
        "weights", type=Path, nargs="+", help="what train.py wrote, then maybe a model.onnx; of several the mean"
    )
    parser.add_argument("--full", type=Path, metavar="FILE", help="also write the graph in full precision")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, metavar="FOLDER")
    given = parser.parse_args()
    if given.weights[0].suffix == ".onnx":
        parser.error("begin with weights that train.py wrote: a graph does not give the vectors of the words")
    reader, states = Reader(), []
    for path in given.weights:
        load_weights(reader, path)
        states.append({name: value.clone() for name, value in reader.state_dict().items()})
    state = mean(states)
    heads = {
        name: v.float().numpy() for name, v in state.items() if name.split(".")[0] in ("span", "pooled", "relevance")
    }
    encoder = named_as_bert(state)
    outputs = {given.out / "model.onnx": build(encoder, heads)}
    if given.full:
        outputs[given.full] = build(encoder, heads, full=True)
    for path, output in outputs.items():
        path.write_bytes(output)
        sys.stdout.write(f"{hashlib.sha256(output).hexdigest()}  {path.name}  {len(output):,} bytes\n")


if __name__ == "__main__":
    main()
