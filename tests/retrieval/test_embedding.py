"""What a user of an embedder would notice."""

from __future__ import annotations

import hashlib
import json
import math
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from retrieval import embedding
from retrieval.articles import RetrievalError
from retrieval.embedding import Embedder, MiniLM, as_langchain, open_embedder

SENTENCES = [
    "When does the harbour bridge open again?",
    "The bridge over the harbour reopens on 3 May, the port authority said.",
    "A new species of frog was found in a city park.",
    "Biologists described a tiny amphibian living between two playgrounds.",
    "The central bank left its interest rate unchanged at 4.25%.",
]


@pytest.fixture(scope="module")
def local() -> Embedder:
    return open_embedder("local", threads=2)


def test_similarities_are_those_of_the_original_model(local: Embedder) -> None:
    # computed from the original weights with sentence-transformers
    original = [
        [1.000, 0.769, 0.044, -0.021, 0.032],
        [0.769, 1.000, -0.030, -0.093, 0.032],
        [0.044, -0.030, 1.000, 0.503, 0.062],
        [-0.021, -0.093, 0.503, 1.000, -0.024],
        [0.032, 0.032, 0.062, -0.024, 1.000],
    ]
    vectors = np.array(local.embeddings.embed_documents(SENTENCES))
    assert vectors.shape == (5, local.dimension)
    assert np.abs(vectors @ vectors.T - np.array(original)).max() < 0.02


def test_a_text_has_one_vector_whatever_it_is_embedded_with(local: Embedder) -> None:
    texts = [*SENTENCES, "word " * 700, ""] * 3
    together = local.embeddings.embed_documents(texts)
    assert together == [local.embeddings.embed_query(text) for text in texts]


def test_no_texts_have_no_vectors(local: Embedder) -> None:
    assert local.embeddings.embed_documents([]) == []


@pytest.mark.parametrize(("place", "length"), [(0, 600), (299, 600), (9_999, 10_000)])
def test_every_word_of_a_long_text_counts(local: Embedder, place: int, length: int) -> None:
    words = (["harbour", "bridge", "opens", "slowly"] * length)[:length]
    changed = [*words[:place], "elephants", *words[place + 1 :]]
    before, after = local.embeddings.embed_documents([" ".join(words), " ".join(changed)])
    assert before != after


def test_a_window_more_or_less_does_not_change_what_a_text_is_about(local: Embedder) -> None:
    short = "The ferry to the northern islands is cancelled because of the storm. " * 12
    once, longer = np.array(local.embeddings.embed_documents([short, short * 5]))
    assert once @ longer > 0.95


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\t",
        "\ud800 lone \udfff",
        "👩‍👩‍👧 🎉",
        "東京で地震があった。",
        "\x00\x01",
        "a" * 5_000,
        "ΐ" * 3_000,
        "\u202e",
    ],
)
def test_awkward_texts_have_a_vector_of_length_one(local: Embedder, text: str) -> None:
    vector = local.embeddings.embed_query(text)
    assert math.isclose(sum(x * x for x in vector), 1.0, abs_tol=1e-4)


def test_tokens_counts_word_pieces() -> None:
    model = MiniLM()
    assert (model.tokens(""), model.tokens("The bridge opens."), model.tokens("word " * 1_000)) == (0, 4, 1_000)


def test_another_model_file_has_another_fingerprint(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(embedding, "MINILM", tmp_path)
    prints = set()
    for weights, vocabulary in (("a", "v"), ("b", "v"), ("a", "w")):
        (tmp_path / "model.onnx").write_text(weights, encoding="utf-8")
        (tmp_path / "tokenizer.json").write_text(vocabulary, encoding="utf-8")
        prints.add(open_embedder("local").fingerprint)
    assert len(prints) == 3
    assert open_embedder("local").fingerprint in prints


def test_a_missing_model_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(embedding, "MINILM", tmp_path)
    with pytest.raises(RetrievalError, match=r"^the local embedding model cannot be read: .*model\.onnx'$"):
        open_embedder("local")


def test_the_model_card_names_the_files_that_are_there() -> None:
    card = (embedding.MINILM / "README.md").read_text(encoding="utf-8")
    for name in ("model.onnx", "tokenizer.json"):
        assert hashlib.sha256((embedding.MINILM / name).read_bytes()).hexdigest() in card


def test_opening_an_embedder_imports_nothing_heavy() -> None:
    code = (
        "import sys; from retrieval.embedding import open_embedder; open_embedder('local'); "
        "heavy = {'numpy', 'onnxruntime', 'tokenizers', 'langchain_core', 'openai'} & set(sys.modules); "
        "sys.exit(f'imported: {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", ["", "word2vec", "Local", "openai-large"])
def test_an_unknown_embedder_is_told_the_known_ones(name: str) -> None:
    with pytest.raises(RetrievalError, match=r'"local" and "openai:<model>"'):
        open_embedder(name)


def test_langchain_finds_texts_with_it(local: Embedder) -> None:
    from langchain_core.vectorstores import InMemoryVectorStore

    store = InMemoryVectorStore.from_texts(SENTENCES[1:], as_langchain(local))
    (found,) = store.similarity_search(SENTENCES[0], k=1)
    assert found.page_content == SENTENCES[1]


class EmbeddingServer(ThreadingHTTPServer):
    """Speaks the embeddings API: the vector of a text is its length and a one; ``failing`` answers that status."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), EmbeddingHandler)
        self.inputs: list[list[str]] = []
        self.keys: set[str | None] = set()
        self.failing = 0

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class EmbeddingHandler(BaseHTTPRequestHandler):
    server: EmbeddingServer

    def do_POST(self) -> None:
        body: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.keys.add(self.headers["Authorization"])
        self.server.inputs.append(body["input"])
        if self.server.failing:
            self._reply(self.server.failing, {"error": {"message": "Incorrect\nAPI key", "type": "invalid"}})
            return
        data = [
            {"object": "embedding", "index": number, "embedding": [float(len(text)), 1.0]}
            for number, text in enumerate(body["input"])
        ]
        usage = {"prompt_tokens": 1, "total_tokens": 1}
        self._reply(200, {"object": "list", "model": body["model"], "data": data, "usage": usage})

    def _reply(self, status: int, content: dict[str, Any]) -> None:
        payload = json.dumps(content).encode("utf-8")
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing on stderr."""


@pytest.fixture
def server() -> Iterator[EmbeddingServer]:
    with EmbeddingServer() as running:
        threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield running
        running.shutdown()


def test_openai_embeds_in_batches_and_in_order(server: EmbeddingServer) -> None:
    opened = open_embedder("openai:text-embedding-3-small", api_key="sk-secret", base_url=server.base_url)
    assert (opened.name, opened.dimension) == ("openai:text-embedding-3-small", 1536)
    texts = ["x" * (number % 7 + 1) for number in range(600)]
    vectors = opened.embeddings.embed_documents(texts)
    assert [vector[0] for vector in vectors] == [len(text) for text in texts]
    assert [text for batch in server.inputs for text in batch] == texts
    assert 1 < len(server.inputs) < 10
    assert server.keys == {"Bearer sk-secret"}


def test_a_server_with_a_model_of_its_own_needs_no_key_and_tells_its_dimension(server: EmbeddingServer) -> None:
    opened = open_embedder("openai:our-model", base_url=server.base_url)
    assert opened.dimension == 2


def test_openai_is_never_sent_what_it_refuses(server: EmbeddingServer) -> None:
    opened = open_embedder("openai:text-embedding-3-large", base_url=server.base_url)
    opened.embeddings.embed_documents(["", "lone \ud800"])
    assert server.inputs == [[" ", "lone \ufffd"]]


@pytest.mark.parametrize("status", [401, 429, 500])
def test_an_api_error_is_one_line_without_the_key(server: EmbeddingServer, status: int) -> None:
    server.failing = status
    opened = open_embedder(
        "openai:text-embedding-3-small", api_key="sk-secret", base_url=server.base_url, max_retries=0
    )
    with pytest.raises(RetrievalError, match=f"openai:text-embedding-3-small failed: .*{status}") as caught:
        opened.embeddings.embed_query("anything")
    assert "\n" not in str(caught.value)
    assert "sk-secret" not in str(caught.value)


def test_an_unreachable_server_is_the_users_problem() -> None:
    opened = open_embedder("openai:text-embedding-3-small", base_url="http://127.0.0.1:9/v1", max_retries=0)
    with pytest.raises(RetrievalError, match="failed"):
        opened.embeddings.embed_query("anything")


def test_openai_without_a_key_says_which_variable_to_set() -> None:
    with pytest.raises(RetrievalError, match="needs an API key: set OPENAI_API_KEY"):
        open_embedder("openai:text-embedding-3-small")


@pytest.mark.parametrize("name", ["openai", "openai:", "local:large"])
def test_a_name_with_too_little_or_too_much_is_an_error(name: str) -> None:
    with pytest.raises(RetrievalError, match="model"):
        open_embedder(name, api_key="sk-secret")
