"""What every test may use: an environment without the developer's own settings, and Debian packages by name."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

REQUIRED = "FOOTNOTE_REQUIRE_PACKAGES"
BENCHMARKS = "FOOTNOTE_BENCHMARKS"


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No key, settings or library of whoever runs the tests may decide what they show."""
    for name in list(os.environ):
        if name.startswith(("FOOTNOTE", "OPENAI_", "LANGCHAIN_", "LANGSMITH_")) and name not in (REQUIRED, BENCHMARKS):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path_factory.getbasetemp() / "user-data"))


@pytest.fixture(scope="session")
def require_package() -> Callable[[str, str], Path]:
    """``require_package("postgresql", "pg_ctl")``: the program's path; without the package the test is skipped by name.

    ``.ci/run`` installs what is needed and sets FOOTNOTE_REQUIRE_PACKAGES, which turns the skip into a failure.
    """

    def program(package: str, name: str) -> Path:
        # Debian keeps PostgreSQL's server programs off the PATH.
        versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
        path = shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), *map(str, versions)]))
        if path:
            return Path(path)
        words = f"needs {name} of the Debian package {package}"
        if os.environ.get(REQUIRED):
            pytest.fail(words)
        pytest.skip(words)

    return program


@pytest.fixture(scope="session")
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


@pytest.fixture(scope="session")
def articles_folder() -> Path:
    """The sample articles."""
    return Path(__file__).parent / "articles"


@pytest.fixture(scope="session")
def benchmarks() -> Path:
    """The folder of benchmarks that FOOTNOTE_BENCHMARKS names."""
    folder = os.environ.get(BENCHMARKS)
    if not folder or not Path(folder).is_dir():
        pytest.skip(f"{BENCHMARKS} names no folder of benchmarks")
    return Path(folder)
