"""BM25 over passages in a tantivy index on this host; the only file that knows tantivy."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retrieval.articles import Article, Filters, Passage, RetrievalError
from retrieval.wording import STOPWORDS, searchable

_WRITER_BYTES = 64_000_000
_FORMAT = 1  # of the index; another one is rebuilt from the catalogue
_ANALYZER = "footnote"
_TITLE = 0.3  # what a word in the title is worth beside one in the passage


@dataclass(frozen=True, slots=True)
class Row:
    """One passage as tantivy holds it."""

    id: str
    article_id: str
    title: str
    text: str
    source: str | None
    collection: str
    published: int | None  # YYYYMMDD

    @classmethod
    def of(cls, passage: Passage, article: Article) -> Row:
        """A passage with what its article adds to it."""
        published = int(article.published.strftime("%Y%m%d")) if article.published else None
        return cls(passage.id, article.id, article.title, passage.text, article.source, article.collection, published)


class Lexical:
    """The BM25 index of one layout, which follows the catalogue's change log.

    A file beside the index says up to which change it has come; applying a change twice does no harm, so a crash
    between the index's commit and that file is repaired by going on from the file.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._index: Any = None
        self._analyzer: Any = None
        self._stopwords: frozenset[str] = frozenset()

    @property
    def applied(self) -> int:
        """The change up to which the index on disk has followed; 0 for none."""
        try:
            format_, applied = (self._folder / "applied").read_text(encoding="ascii").split()
        except (OSError, ValueError):
            return 0
        return int(applied) if int(format_) == _FORMAT else 0

    def apply(self, changed: Sequence[str], rows: Callable[[str], Sequence[Row]], upto: int) -> None:
        """Makes the passages of the changed articles what ``rows`` says they are now. Needs the exclusive lock."""
        fresh = self.applied == 0
        with self._guarded():
            if fresh:
                self._index = None
                shutil.rmtree(self._folder, ignore_errors=True)
            index = self._opened()
            writer = index.writer(heap_size=_WRITER_BYTES, num_threads=1)
            for article_id in changed:
                if not fresh:
                    writer.delete_documents_by_term("article", article_id)
                for row in rows(article_id):
                    writer.add_document(self._document(row))
            writer.commit()
            writer.wait_merging_threads()
            index.reload()
            marker = self._folder / "applied.new"
            marker.write_text(f"{_FORMAT} {upto}", encoding="ascii")
            marker.replace(self._folder / "applied")

    def best(self, question: str, count: int, filters: Filters) -> list[tuple[str, float]]:
        """Passage ids and BM25 scores, the best first; a question without a known word finds nothing."""
        with self._guarded():
            query = self._query(question, filters)
            if query is None:
                return []
            searcher = self._opened().searcher()
            found = searcher.search(query, limit=count, count=False).hits
            return [(searcher.doc(address)["id"][0], score) for score, address in found]

    def ids(self) -> set[str]:
        """Every passage id, for the consistency check."""
        import tantivy

        with self._guarded():
            searcher = self._opened().searcher()
            if searcher.num_docs == 0:
                return set()
            found = searcher.search(tantivy.Query.all_query(), limit=searcher.num_docs, count=False).hits
            return {searcher.doc(address)["id"][0] for _, address in found}

    def reload(self) -> None:
        """Shows what another process committed."""
        with self._guarded():
            self._opened().reload()

    def drop(self) -> None:
        """Removes the index from the disk."""
        self._index = None
        shutil.rmtree(self._folder, ignore_errors=True)

    def _query(self, question: str, filters: Filters) -> Any:
        import tantivy

        index = self._opened()
        words = list(dict.fromkeys(self._analyzer.analyze(searchable(question))))
        words = [word for word in words if word not in self._stopwords] or words
        terms = []
        for word in words:
            for field, boost in (("text", 1.0), ("title", _TITLE)):
                term = tantivy.Query.term_query(index.schema, field, word, "freq")
                terms.append((tantivy.Occur.Should, tantivy.Query.boost_query(term, boost)))
        if not terms:
            return None
        conditions = [(tantivy.Occur.Must, tantivy.Query.const_score_query(q, 0.0)) for q in self._conditions(filters)]
        return tantivy.Query.boolean_query([(tantivy.Occur.Must, tantivy.Query.boolean_query(terms)), *conditions])

    def _conditions(self, filters: Filters) -> Iterator[Any]:
        import tantivy

        schema = self._opened().schema
        if filters.sources:
            yield tantivy.Query.term_set_query(schema, "source", [s.casefold() for s in filters.sources])
        if filters.collections:
            yield tantivy.Query.term_set_query(schema, "collection", list(filters.collections))
        if filters.since or filters.until:
            first = int(filters.since.strftime("%Y%m%d")) if filters.since else 1
            last = int(filters.until.strftime("%Y%m%d")) if filters.until else 99_999_999
            yield tantivy.Query.range_query(schema, "published", tantivy.FieldType.Integer, first, last)

    def _document(self, row: Row) -> Any:
        import tantivy

        return tantivy.Document(
            id=row.id,
            article=row.article_id,
            title=searchable(row.title),
            text=searchable(row.text),
            source=(row.source or "").casefold(),
            collection=row.collection,
            published=row.published or 0,
        )

    def _opened(self) -> Any:
        if self._index is None:
            import tantivy

            builder = tantivy.SchemaBuilder()
            builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
            for name in ("article", "source", "collection"):
                builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
            for name in ("title", "text"):
                builder.add_text_field(name, tokenizer_name=_ANALYZER, index_option="freq")
            builder.add_integer_field("published", indexed=True, fast=True)
            analyzer = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
            for step in (tantivy.Filter.lowercase(), tantivy.Filter.ascii_fold(), tantivy.Filter.stemmer("english")):
                analyzer = analyzer.filter(step)
            self._analyzer = analyzer.build()
            self._stopwords = frozenset(self._analyzer.analyze(" ".join(STOPWORDS)))
            self._folder.mkdir(parents=True, exist_ok=True)
            index = tantivy.Index(builder.build(), path=str(self._folder))
            index.register_tokenizer(_ANALYZER, self._analyzer)
            index.config_reader(reload_policy="manual")
            index.reload()
            self._index = index
        return self._index

    @contextlib.contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except (ValueError, OSError) as error:  # tantivy-py raises ValueError for everything
            raise RetrievalError(f"the text index in {self._folder} failed: {error}; run: footnote reindex") from error
