"""Whether all is well: versions, models, library, disk, chat model and Slack, each with what to do about it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from bot.answers import BotError
from bot.app import App, chat_model, open_app
from config import Secrets, Settings
from retrieval.articles import RetrievalError
from retrieval.upkeep import Finding, check

DISTRIBUTIONS = ("chromadb", "tantivy", "onnxruntime", "langchain", "langchain-openai", "openai", "sqlalchemy")
LOW_DISK_BYTES = 1_000_000_000
NOT_ENGLISH_SHARE = 0.1  # of the articles; above it the English embedder is worth a word


def check_up(settings: Settings, secrets: Secrets) -> Iterator[Finding]:
    """Look at everything that a library and its clients need to work.

    Nothing goes over the network, but to a Chroma server, and to Slack where one of its tokens is set.
    """
    yield _versions()
    yield _disk(Path(settings.library.path))
    yield from _secrets_file(secrets)
    yield _reader(settings)
    yield _chat(settings, secrets)
    yield from _slack(settings, secrets)
    try:
        with open_app(settings, secrets) as app:
            yield _embedder(app)
            yield from _library(app)
    except (BotError, RetrievalError) as error:
        yield Finding("library", "broken", str(error))


def _versions() -> Finding:
    import platform
    from importlib.metadata import version

    others = ", ".join(f"{name} {version(name)}" for name in DISTRIBUTIONS)
    return Finding("versions", "ok", f"footnote {version('footnote')}, Python {platform.python_version()}, {others}")


def _disk(folder: Path) -> Finding:
    standing = next(place for place in (folder, *folder.parents) if place.exists())
    free = shutil.disk_usage(standing).free
    used = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    words = f"{_bytes(used)} used by {folder}, {_bytes(free)} free"
    if free < LOW_DISK_BYTES:
        return Finding("disk", "warning", words, "free some space; reindex needs room for a second pair of indexes")
    return Finding("disk", "ok", words)


def _secrets_file(secrets: Secrets) -> Iterator[Finding]:
    for origin in sorted(set(secrets.origins.values())):
        file = Path(origin)
        if file.is_file() and file.stat().st_mode & 0o077:
            yield Finding("secrets", "warning", f"other users of this machine may read {file}", f"chmod 600 {file}")


def _reader(settings: Settings) -> Finding:
    from retrieval.reading import open_reader

    name = settings.reader.model
    reader = open_reader(name)
    if reader is None:
        words = f"{name}: passages rank as the indexes find them"
        return Finding("reader", "ok", words, "to have one, set reader.model to local")
    try:
        words = f"{name}, {reader.sha256[:16]}"
        reader.check()
        return Finding("reader", "ok", words)
    except RetrievalError as error:
        return Finding("reader", "broken", str(error), "install footnote again, or set reader.model to none")


def _chat(settings: Settings, secrets: Secrets) -> Finding:
    model = chat_model(settings, secrets)
    key = f"key from {secrets.origins['OPENAI_API_KEY']}" if secrets.openai_api_key else "no OPENAI_API_KEY"
    if model == "none":
        words = f"none ({key}): answers are made of the articles' own sentences"
        return Finding("chat model", "ok", words, None if secrets.openai_api_key else "to have one, set OPENAI_API_KEY")
    where = f" at {settings.chat.base_url}" if settings.chat.base_url else ""
    if secrets.openai_api_key is None and not where:
        todo = "set OPENAI_API_KEY, use --secrets FILE, or set chat.model to none"
        return Finding("chat model", "broken", f"{model}, but {key}", todo)
    return Finding("chat model", "ok", f"{model}{where} ({key}); not asked now")


def _slack(settings: Settings, secrets: Secrets) -> Iterator[Finding]:
    if any(variable.startswith("SLACK_") for variable in secrets.origins):
        from bot.slack.checking import check_slack

        yield from check_slack(settings, secrets)
    else:
        yield Finding("slack", "ok", "not set up", "to have a bot there, begin with footnote slack manifest")


def _embedder(app: App) -> Finding:
    embedder = app.library.embedder
    return Finding("embedder", "ok", f"{embedder.name}, {embedder.dimension} dimensions, {embedder.fingerprint}")


def _library(app: App) -> Iterator[Finding]:
    catalogue, sources = app.library.catalogue, app.library.sources.all()
    count = catalogue.count()
    vectors = f"Chroma at {app.settings.chroma.url}" if app.settings.chroma.url else "Chroma embedded"
    where = f"articles: {count}, sources: {len(sources)}, in {app.folder}, {vectors}"
    yield Finding("library", "ok", where, None if count else "footnote ingest SOURCE")
    yield from check(app.library)
    if count:
        yield _languages(app, catalogue.languages(), count)


def _languages(app: App, languages: dict[str, int], count: int) -> Finding:
    others = {name: n for name, n in languages.items() if name.partition("-")[0] != "en"}
    share = sum(others.values()) / count
    most = ", ".join(f"{name} {n}" for name, n in sorted(others.items(), key=lambda item: -item[1])[:5])
    words = f"{share:.0%} of the articles are not English" + (f" ({most})" if most else "")
    if share > NOT_ENGLISH_SHARE and app.settings.embedding.model == "local":
        todo = "the local embedder knows English only: set embedding.model to openai:<model> and run footnote reindex"
        return Finding("languages", "warning", words, todo)
    return Finding("languages", "ok", words)


def _bytes(count: float) -> str:
    for unit in ("bytes", "kB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"
