"""The shape of the settings: every name that can be set, its type and its limits; the values are in default.toml."""

from __future__ import annotations

import re
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr


def _address(url: str) -> str:
    parts = urlsplit(url)
    wrong = parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0 or re.search(r"\s", url)
    if url and wrong:
        raise ValueError("no address")
    return url


Address = Annotated[str, AfterValidator(_address)]
Price = Annotated[float, Field(ge=0)]
ChannelId = Annotated[str, Field(pattern=r"^[CG][A-Z0-9]+$")]  # names change, and would then open other doors


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LibrarySection(_Section):
    path: str
    database_url: SecretStr


class IngestSection(_Section):
    max_article_mb: float = Field(gt=0)
    passage_characters: int = Field(ge=100, le=4000)
    batch_passages: int = Field(ge=1, le=5000)
    timeout_seconds: float = Field(gt=0)
    allow_local_network: bool
    user_agent: str
    feed_items: int = Field(ge=1)


class EmbeddingSection(_Section):
    model: str = Field(pattern=r"^(local|openai:.+)$", description='"local" or "openai:<model>"')
    base_url: Address = Field(description="an http:// or https:// URL, or empty")


class ChromaSection(_Section):
    url: Address = Field(description="an http:// or https:// URL, or empty")


class SearchSection(_Section):
    candidates: int = Field(ge=10, le=1000)
    rrf_k: int = Field(ge=1)
    dense_weight: float = Field(ge=0)
    lexical_weight: float = Field(ge=0)
    passages_per_article: int = Field(ge=1)
    recency: float = Field(ge=0, le=4)
    hits: int = Field(ge=10, le=100)


class ReaderSection(_Section):
    model: Literal["local", "none"]
    passages: int = Field(ge=1, le=200)


class ChatSection(_Section):
    model: str = Field(pattern=r"^(none|auto|openai:.+)$", description='"none", "auto" or "openai:<model>"')
    base_url: Address = Field(description="an http:// or https:// URL, or empty")
    temperature: float
    timeout_seconds: float = Field(gt=0)
    max_retries: int = Field(ge=0)
    context_characters: int = Field(ge=1000)
    max_output_tokens: int = Field(ge=16)
    requests_per_minute: float = Field(ge=0)
    price_per_million: tuple[Price, Price] | Price | tuple[()]
    never_collections: tuple[str, ...]


class AnswerSection(_Section):
    sentences: int = Field(ge=1, le=10)
    threshold: float = Field(ge=0, le=1)
    unsupported: Literal["drop", "mark"]
    nearest: int = Field(ge=0)


class ConversationSection(_Section):
    turns: int = Field(ge=0)
    days: int = Field(ge=1)


class EvaluationSection(_Section):
    judge: str = Field(pattern=r"^(lexical|openai:.+)$", description='"lexical" or "openai:<model>"')
    concurrency: int = Field(ge=1, le=64)
    seed: int = Field(ge=0)


class SlackSection(_Section):
    api_url: Address = Field(min_length=1, description="an http:// or https:// URL")
    name: str = Field(min_length=1, max_length=35)
    command: str = Field(pattern=r"^/[a-z0-9_-]{1,31}$", description="a slash and up to 31 small letters or digits")
    workers: int = Field(ge=1, le=64)
    queue: int = Field(ge=1)
    connections: int = Field(ge=1, le=10)
    lease_seconds: float = Field(ge=1)
    drain_seconds: float = Field(ge=0)
    stream: bool
    collections: tuple[str, ...]
    direct_collections: tuple[str, ...]
    guest_collections: tuple[str, ...]
    external_collections: tuple[str, ...]
    channels: dict[ChannelId, tuple[str, ...]] = Field(
        description='a table from ids of channels to lists of collections, as { C0123ABCD = ["handbook"] }'
    )
    bots: tuple[str, ...]
    bot_answers: int = Field(ge=0)
    log_text: bool


class Settings(_Section):
    """All that can be set, validated; a name that is not here is an error."""

    library: LibrarySection
    ingest: IngestSection
    embedding: EmbeddingSection
    chroma: ChromaSection
    search: SearchSection
    reader: ReaderSection
    chat: ChatSection
    answer: AnswerSection
    conversation: ConversationSection
    evaluation: EvaluationSection
    slack: SlackSection
