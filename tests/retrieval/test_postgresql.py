"""The catalogue on a real PostgreSQL server."""

import threading
from collections.abc import Callable
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from retrieval.embedding import open_embedder
from retrieval.library import Library
from retrieval.register import Register
from retrieval.search import Search
from retrieval.splitting import split
from retrieval.tables import metadata, open_engine
from retrieval.upkeep import check, reindex
from tests.retrieval.town import loaded, take_in, town_articles


def test_a_library_lives_in_postgresql_as_in_sqlite(empty_database: str, open_library: Callable[..., Library]) -> None:
    library = open_library(database_url=empty_database)
    assert take_in(library, town_articles()).added == 3
    assert take_in(library, town_articles()).unchanged == 3
    assert Search(library).find("Who is the mayor of Aldermoor?")[0][0].article.id == "bridge"
    assert take_in(library, town_articles()[:2], prune=True).removed == 1
    reindex(library)
    assert [finding.level for finding in check(library)] == ["ok", "ok", "ok"]


def test_the_revisions_make_exactly_the_tables(empty_database: str, open_library: Callable[..., Library]) -> None:
    open_library(database_url=empty_database)
    with open_engine(empty_database).connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_the_order_of_the_change_log_is_the_order_of_the_commits(
    empty_database: str, open_library: Callable[..., Library]
) -> None:
    """A reader that has seen a seq never meets a smaller one later."""
    open_library(database_url=empty_database)

    def write(writer: int) -> None:
        register = Register(open_engine(empty_database))
        for n in range(15):
            article = loaded(f"w{writer}-{n}", f"Report {n} of writer {writer}.").article
            register.write([(article, article.id, split(article))], 1)

    writers = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
    for thread in writers:
        thread.start()
    reader = Register(open_engine(empty_database))
    seen: set[str] = set()
    upto = 0
    writing = True
    while writing:
        writing = any(thread.is_alive() for thread in writers)  # before the look, so that the last look sees all
        changed, upto = reader.changes_after(upto)
        assert not seen & set(changed)
        seen |= set(changed)
    assert len(seen) == 60


def test_two_hosts_write_one_after_the_other_and_each_finds_the_words_of_both(
    empty_database: str, tmp_path: Path
) -> None:
    embedder = open_embedder("local")
    hosts = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        hosts.append(Library(tmp_path / name, open_engine(empty_database), embedder))
    one, two = hosts
    taking_in = threading.Thread(target=take_in, args=(two, town_articles()))
    with one.writing("a long ingest"):
        taking_in.start()
        taking_in.join(1.0)
        assert taking_in.is_alive()
        assert one.catalogue.count() == 0
    taking_in.join()
    take_in(one, [loaded("owl", "An owl nests in the town hall of Aldermoor.")])
    for host in hosts:
        hits, _ = Search(host).find("Who is the mayor of the owl of Aldermoor?")
        assert {hit.article.id for hit in hits if hit.why.lexical_rank} == {"owl", "bridge", "festival"}
        host.close()
