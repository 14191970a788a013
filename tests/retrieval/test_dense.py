import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest

from retrieval.articles import Filters, RetrievalError
from retrieval.dense import Dense
from retrieval.library import Library
from retrieval.search import Search
from retrieval.upkeep import check
from tests.retrieval.town import take_in, town_articles


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """A real Chroma server on loopback."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(Path(sys.executable).with_name("chroma")), "run", "--path", str(tmp_path / "server")]
    process = subprocess.Popen(
        [*command, "--host", "127.0.0.1", "--port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    url = f"http://127.0.0.1:{port}"
    for _ in range(200):
        try:
            if httpx.get(f"{url}/api/v2/heartbeat", trust_env=False).status_code == 200:
                break
        except httpx.HTTPError:
            time.sleep(0.1)
    yield url
    process.terminate()
    process.wait()


def test_similarity_is_the_cosine_whatever_the_lengths(tmp_path: Path) -> None:
    dense = Dense(tmp_path)
    dense.upsert(1, ["a", "b"], [[3.0, 0.0], [0.1, 0.1]])
    found = dense.nearest(1, [1.0, 0.0], 5)
    assert [id_ for id_, _ in found] == ["a", "b"]
    assert [similarity for _, similarity in found] == pytest.approx([1.0, 0.7071], abs=1e-3)
    dense.close()


def test_a_search_among_some_passages_sees_no_other(tmp_path: Path) -> None:
    dense = Dense(tmp_path)
    dense.upsert(1, ["a", "b", "c"], [[1.0, 0.0], [0.9, 0.1], [0.0, 1.0]])
    assert [id_ for id_, _ in dense.nearest(1, [1.0, 0.0], 2, ["b", "c"])] == ["b", "c"]
    assert dense.nearest(1, [1.0, 0.0], 2, []) == []
    dense.close()


def test_a_known_id_gets_its_new_vector(tmp_path: Path) -> None:
    dense = Dense(tmp_path)
    dense.upsert(1, ["a"], [[1.0, 0.0]])
    dense.upsert(1, ["a"], [[0.0, 1.0]])
    assert dense.vectors(1, ["a"]) == {"a": [0.0, 1.0]}
    dense.close()


def test_more_rows_than_chroma_takes_at_once_are_written_and_listed(tmp_path: Path) -> None:
    dense = Dense(tmp_path)
    dense.upsert(1, [str(n) for n in range(7000)], [[1.0, n / 7000] for n in range(7000)])
    assert set(dense.ids(1)) == {str(n) for n in range(7000)}
    dense.delete(1, [str(n) for n in range(6999)])
    assert list(dense.ids(1)) == ["6999"]
    dense.close()


def test_another_library_object_sees_new_vectors_after_reopening(tmp_path: Path) -> None:
    dense = Dense(tmp_path)
    assert dense.nearest(1, [1.0, 0.0], 5) == []
    writer = Dense(tmp_path)
    writer.upsert(1, ["a"], [[1.0, 0.0]])
    writer.close()
    dense.close()
    assert [id_ for id_, _ in dense.nearest(1, [1.0, 0.0], 5)] == ["a"]
    dense.close()


def test_a_server_serves_a_whole_library(server: str, open_library: Callable[..., Library]) -> None:
    library = open_library(chroma_url=server)
    take_in(library, town_articles())
    hits, _ = Search(library).find("Who is the mayor of Aldermoor?", Filters(sources=("Aldermoor Gazette",)))
    assert hits[0].article.id == "bridge"
    library.remove(["ferry"])
    assert [finding.level for finding in check(library)] == ["ok", "ok", "ok"]


def test_a_server_that_does_not_answer_is_named(open_library: Callable[..., Library]) -> None:
    library = open_library(chroma_url="http://127.0.0.1:9")
    with pytest.raises(RetrievalError, match=r"127\.0\.0\.1:9"):
        take_in(library, town_articles())


def test_an_address_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(RetrievalError, match=r"chroma\.url"):
        Dense(tmp_path, "localhost:8000").upsert(1, ["a"], [[1.0]])


def test_every_process_that_opens_a_persisted_index_finds_the_same(tmp_path: Path) -> None:
    # 3,600 vectors in 32 dimensions: enough that Chroma builds their graph differently each time it builds it
    vectors = np.random.default_rng(0).normal(size=(3_600, 32))
    dense = Dense(tmp_path)
    for first in range(0, len(vectors), 200):
        dense.upsert(1, [str(n) for n in range(first, first + 200)], vectors[first : first + 200].tolist())
    dense.persist(1)
    dense.close()

    def found() -> list[list[tuple[str, float]]]:
        opened = Dense(tmp_path)
        try:
            return [opened.nearest(1, (vectors[n] + vectors[n + 1]).tolist(), 60) for n in range(300)]
        finally:
            opened.close()

    expected = found()
    assert all(found() == expected for _ in range(3))
