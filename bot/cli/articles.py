"""``sources``, ``articles`` and ``reindex``: what the library holds, and taking it out again."""

from __future__ import annotations

import click

from bot.answers import BotError
from bot.cli.invocation import Invocation, Words, as_json, everywhere, filtering
from bot.cli.printing import byline, clean, day, echo_json, one_line
from bot.cli.progress import Bar
from bot.records import article_record
from retrieval.articles import Filters

ALL = 1_000_000_000  # more articles than a library holds


@click.group(invoke_without_command=True)
@everywhere
@click.pass_context
def sources(context: click.Context) -> None:
    """List or remove sources of articles."""
    if context.invoked_subcommand is None:
        context.invoke(list_sources)


@sources.command("list")
@as_json
@everywhere
@click.pass_obj
def list_sources(invocation: Invocation, json_: bool) -> None:
    """List the sources: articles, collection, last read."""
    with invocation.open() as app:
        found = app.library.sources.all()
    if json_:
        echo_json(
            [
                {
                    "uri": source.uri,
                    "collection": source.collection,
                    "read": f"{source.read.isoformat()}Z",
                    "articles": source.articles,
                }
                for source in found
            ]
        )
        return
    for source in found:
        count = f"{source.articles} article" + ("" if source.articles == 1 else "s")
        click.echo(
            f"{one_line(source.uri)}: {count}, collection {one_line(source.collection)}, read {day(source.read)}"
        )


@sources.command("remove")
@click.argument("uris", nargs=-1, required=True, metavar="SOURCE...")
@everywhere
@click.pass_obj
def remove_source(invocation: Invocation, uris: tuple[str, ...]) -> None:
    """Forget sources, and remove what came from them alone."""
    with invocation.open() as app:
        for uri in uris:
            removed = app.remove_source(uri)
            click.echo(f"{one_line(uri)}: {removed} removed")


@click.group(invoke_without_command=True)
@everywhere
@click.pass_context
def articles(context: click.Context) -> None:
    """List, show or remove articles."""
    if context.invoked_subcommand is None:
        context.invoke(list_articles)


@articles.command("list")
@filtering
@click.option("--limit", type=click.IntRange(min=1), help="At most this many; all if not given.")
@as_json
@everywhere
@click.pass_obj
def list_articles(invocation: Invocation, filters: Filters, limit: int | None, json_: bool) -> None:
    """List articles: id, title, outlet, author and date."""
    with invocation.open() as app:
        found = app.library.catalogue.newest(filters, limit or ALL)
    if json_:
        echo_json([article_record(article) for article in found])
        return
    for article in found:
        copy = f"copy of {article.copy_of}" if article.copy_of else ""
        click.echo("  ".join(part for part in (article.id, one_line(article.title), byline(article), copy) if part))


@articles.command("show")
@click.argument("id_", type=Words(), metavar="ID")
@as_json
@everywhere
@click.pass_obj
def show_article(invocation: Invocation, id_: str, json_: bool) -> None:
    """Show one article with its stored text."""
    with invocation.open() as app:
        article = app.library.catalogue.article(id_)
    if article is None:
        raise BotError(f"there is no article {id_}; footnote articles list shows them")
    if json_:
        echo_json(article_record(article, text=True))
        return
    for name, value in article_record(article).items():
        if value is not None:
            click.echo(f"{name}: {one_line(str(value))}")
    click.echo(f"\n{clean(article.text)}")


@articles.command("remove")
@click.argument("ids", type=Words(), nargs=-1, required=True, metavar="ID...")
@everywhere
@click.pass_obj
def remove_articles(invocation: Invocation, ids: tuple[str, ...]) -> None:
    """Remove articles.

    The next ingest of a source that still has them brings them back.
    """
    with invocation.open() as app:
        unknown = [id_ for id_ in ids if app.library.catalogue.article(id_) is None]
        if unknown:
            raise BotError(f"there is no article {', '.join(unknown)}; nothing was removed")
        removed = app.library.remove(ids)
    click.echo(f"{removed} removed")


@click.command()
@everywhere
@click.pass_obj
def reindex(invocation: Invocation) -> None:
    """Build the search indexes again.

    They are built from the stored articles, with the embedding model that is set now. The work can be stopped and
    run again: what is done already is kept.
    """
    from retrieval import upkeep

    with invocation.open() as app, Bar(invocation) as bar:
        bar.begin("reindex", app.library.catalogue.count())
        done = upkeep.reindex(app.library, lambda progress: bar.move(progress.articles))
    click.echo(f"{done.articles} articles, {done.passages} passages indexed in {done.seconds:.1f} s")
