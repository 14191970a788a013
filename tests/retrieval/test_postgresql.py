"""The catalogue on a real PostgreSQL server."""

import os
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
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


@pytest.fixture(scope="module")
def database(require_package: Callable[[str, str], Path]) -> Iterator[str]:
    """A PostgreSQL server of the tests' own, on loopback, in a folder that goes with it."""
    programs = require_package("postgresql", "initdb").parent
    folder = Path(tempfile.mkdtemp())
    as_server: list[str] = []
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root; Debian's package brings a user of that name
        shutil.chown(folder, "postgres")
        as_server = ["runuser", "-u", "postgres", "--"]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off"

    def run(program: str, *arguments: str) -> None:
        command = [*as_server, str(programs / program), *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder)

    run("initdb", "-D", str(folder / "data"), "-U", "footnote", "--auth=trust", "--encoding=UTF8", "--locale=C")
    run("pg_ctl", "-D", str(folder / "data"), "-w", "-l", str(folder / "log"), "-o", options, "start")
    yield f"postgresql+psycopg://footnote@127.0.0.1:{port}/postgres"
    run("pg_ctl", "-D", str(folder / "data"), "-m", "immediate", "stop")
    shutil.rmtree(folder)


@pytest.fixture
def empty_database(database: str) -> str:
    """The server's database without a table."""
    with sa.create_engine(database).begin() as connection:
        connection.execute(sa.text("DROP SCHEMA public CASCADE"))
        connection.execute(sa.text("CREATE SCHEMA public"))
    return database


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
