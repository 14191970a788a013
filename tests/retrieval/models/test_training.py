"""From questions to a reader that answers: the scripts as they are run by hand, on a few questions of our own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tokenizers import Tokenizer

from retrieval.inference import TOKENIZER, LocalModel
from retrieval.models.graphs import WEIGHT_LIMIT
from retrieval.reading import Reader, Text, encode
from tests.conftest import REQUIRED
from tests.retrieval.models.questions import MARKED, sample_articles
from tests.retrieval.models.weights import write_wheel

ROOT = Path(__file__).parents[3]
SCRIPTS = ROOT / "retrieval" / "models" / "reader"
TOKENS, SOME, BATCH = 150_000, 60_000, 1200
pytestmark = pytest.mark.timeout(900)  # a minute or two where nothing else runs


def run(script: str, *arguments: object) -> None:
    patient = os.environ | {"OMP_WAIT_POLICY": "passive"}  # or threads that wait take the cores of whatever else runs
    subprocess.run([sys.executable, str(SCRIPTS / script), *map(str, arguments)], check=True, cwd=ROOT, env=patient)


def losses(folder: Path) -> list[float]:
    lines: list[dict[str, Any]] = [json.loads(line) for line in (folder / "log.jsonl").read_text("utf-8").splitlines()]
    return [line["loss"] for line in lines if "loss" in line]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The weights that training begins with. Without PyTorch whatever needs them is skipped; ``.ci/run`` fails then."""
    if find_spec("torch") is None:
        words = "needs PyTorch: make .venv/installed-training"
        if os.environ.get(REQUIRED):
            pytest.fail(words)
        pytest.skip(words)
    path = tmp_path_factory.mktemp("weights") / "minilm.whl"
    write_wheel(path)
    return path


@pytest.fixture(scope="module")
def trained(wheel: Path, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a short run."""
    mined = request.getfixturevalue("mined")  # of the session, so it would come before a skip for want of PyTorch
    out = tmp_path_factory.mktemp("trained")
    run("train.py", wheel, out, mined, "--tokens", TOKENS, "--batch", BATCH)
    return out


@pytest.fixture(scope="module")
def built(trained: Path) -> Path:
    """A folder with the reader that the run ended with, and the same in full precision."""
    out = trained / "built"
    out.mkdir()
    run("build.py", trained / "reader.pt", "--out", out, "--full", out / "full.onnx")
    return out


def test_the_loss_falls(trained: Path) -> None:
    course = losses(trained)
    assert len(course) >= 3
    assert course[-1] < 0.7 * course[0]


def test_a_run_goes_on_from_a_checkpoint(
    trained: Path, wheel: Path, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    mined = request.getfixturevalue("mined")
    run("train.py", wheel, tmp_path, mined, "--tokens", SOME, "--batch", BATCH, "--resume", trained / "reader.pt")
    assert losses(tmp_path)[0] < 0.85 * losses(trained)[0]


def test_a_run_goes_on_from_a_shipped_graph(
    trained: Path, built: Path, wheel: Path, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    mined = request.getfixturevalue("mined")
    run("train.py", wheel, tmp_path, mined, "--tokens", SOME, "--batch", BATCH, "--resume", built / "model.onnx")
    assert losses(tmp_path)[0] < 0.85 * losses(trained)[0]


def test_weights_of_a_graph_are_what_its_numbers_stand_for(trained: Path, built: Path, wheel: Path) -> None:
    import torch

    from retrieval.models.reader import network

    reader = network.from_minilm(network.weights_of(wheel))
    network.load_graph(reader, built / "model.onnx")
    meant = torch.load(trained / "reader.pt")
    for name, value in reader.state_dict().items():
        apart = (value - meant[name]).abs()
        largest = meant[name].abs().amax(-1, keepdim=True)
        if name.endswith("inner.weight"):  # smoothed in the graph, so that its steps are not those of its rows
            assert apart.mean() < 0.02 * meant[name].abs().amax()
        else:
            assert (apart <= 0.5001 * largest / WEIGHT_LIMIT + 1e-5).all(), name


def test_of_several_runs_the_mean_is_built(trained: Path, built: Path, tmp_path: Path) -> None:
    import torch

    from retrieval.models.reader.build import mean as mean_of

    weights = torch.load(trained / "reader.pt")
    for name, times in (("half.pt", 0.5), ("more.pt", 1.5)):
        torch.save({key: times * value for key, value in weights.items()}, tmp_path / name)
    run("build.py", tmp_path / "half.pt", tmp_path / "more.pt", "--out", tmp_path)
    question, (title, text) = MARKED[0][1], sample_articles()[MARKED[0][0]]
    whole = mean_of([torch.load(tmp_path / name) for name in ("half.pt", "more.pt")])
    assert all(torch.allclose(whole[key], value, atol=1e-6) for key, value in weights.items())
    (mean,), (alone,) = (Reader(folder).read(question, [Text(title, text)]) for folder in (tmp_path, built))
    assert mean.relevance == pytest.approx(alone.relevance, abs=0.2)
    assert (mean.spans[0].start, mean.spans[0].end) == (alone.spans[0].start, alone.spans[0].end)


def test_a_built_graph_counts_in_the_mean_as_its_weights_do(trained: Path, built: Path, tmp_path: Path) -> None:
    run("build.py", trained / "reader.pt", built / "model.onnx", "--out", tmp_path)
    question, (title, text) = MARKED[0][1], sample_articles()[MARKED[0][0]]
    (mean,), (alone,) = (Reader(folder).read(question, [Text(title, text)]) for folder in (tmp_path, built))
    assert mean.relevance == pytest.approx(alone.relevance, abs=0.2)
    assert (mean.spans[0].start, mean.spans[0].end) == (alone.spans[0].start, alone.spans[0].end)


def test_a_graph_alone_is_refused_as_it_lacks_the_words(built: Path) -> None:
    command = [sys.executable, str(SCRIPTS / "build.py"), str(built / "model.onnx")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "begin with weights that train.py wrote" in done.stderr


def test_in_training_numbers_are_rounded_as_in_the_graph(built: Path, wheel: Path) -> None:
    import torch

    from retrieval.models.reader import network

    reader = network.from_minilm(network.weights_of(wheel))
    network.load_graph(reader, built / "model.onnx")
    weight = reader.layers[0].projected.weight.detach().clone().requires_grad_()
    rounded = network.stored(weight)
    assert torch.allclose(rounded, weight, atol=1e-6)  # they have been rounded once
    x = torch.randn(2, 5, network.WIDTH).clamp(min=-0.17)  # as GELU gives it
    for passed, largest in (
        (network.passed(x, torch.ones(2, 5)), x.amax((1, 2), True)),
        (network.passed_by_token(x), x.amax(2, True)),
    ):
        assert ((passed - x).abs() <= 0.51 * (largest + 0.17) / 255 + 1e-5).all()
        assert len(passed[0, 0].unique()) <= 256
    torch.autograd.backward(rounded.sum())
    assert torch.equal(weight.grad, torch.ones_like(weight))  # as if nothing had been rounded


def test_the_graph_in_full_precision_computes_what_pytorch_does(trained: Path, built: Path) -> None:
    import torch

    from retrieval.models.reader import network

    reader = network.Reader().eval()
    reader.load_state_dict(torch.load(trained / "reader.pt"))
    graph = LocalModel("reader", built / "full.onnx", threads=1)
    articles = sample_articles()
    for id_, question, _ in MARKED[::4]:
        pair, *_ = encode(Tokenizer.from_file(str(TOKENIZER)), question, *articles[id_])
        ids, types = np.array([pair.ids]), np.array([pair.types])
        spans, relevance = graph.run(ids=ids, types=types)
        with torch.no_grad():
            starts, ends, relevant = reader(torch.tensor(ids), torch.tensor(types), torch.ones(ids.shape, dtype=bool))
        assert np.abs(spans[..., 0] - starts.numpy()).max() < 1e-3
        assert np.abs(spans[..., 1] - ends.numpy()).max() < 1e-3
        assert np.abs(relevance.ravel() - relevant.numpy()).max() < 1e-3


def test_the_same_weights_give_the_same_file(trained: Path, built: Path, tmp_path: Path) -> None:
    run("build.py", trained / "reader.pt", "--out", tmp_path)
    assert (tmp_path / "model.onnx").read_bytes() == (built / "model.onnx").read_bytes()


def test_what_was_built_answers_what_it_was_taught(built: Path) -> None:
    reader, articles = Reader(built), sample_articles()
    first = among_three = 0
    for id_, question, answer in MARKED:
        title, text = articles[id_]
        (reading,) = reader.read(question, [Text(title, text)])
        likeliest = [text[span.start : span.end] for span in reading.spans[:3]]
        first += likeliest[:1] == [answer]
        among_three += answer in likeliest
    assert first >= len(MARKED) // 4, "a run of two minutes learns no more; one that learns nothing finds none"
    assert among_three >= len(MARKED) // 3
