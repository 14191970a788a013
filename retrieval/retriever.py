"""The library's search as a LangChain retriever, for chains of other people's making."""

from __future__ import annotations

from datetime import date

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from retrieval.articles import Filters
from retrieval.search import Search


class FootnoteRetriever(BaseRetriever):
    """Passages as Documents; metadata says where each stands: article id, offsets, title, outlet, date, URL, score."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    search: Search
    filters: Filters = Filters()
    as_of: date | None = None

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        hits, _ = self.search.find(query, self.filters, self.as_of)
        return [
            Document(
                hit.passage.text,
                id=hit.passage.id,
                metadata={
                    "article_id": hit.article.id,
                    "start": hit.passage.start,
                    "end": hit.passage.end,
                    "title": hit.article.title,
                    "source": hit.article.source,
                    "published": hit.article.published.isoformat() if hit.article.published else None,
                    "url": hit.article.url,
                    "score": hit.score,
                },
            )
            for hit in hits
        ]
