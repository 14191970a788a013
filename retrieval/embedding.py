"""Embedders: texts to vectors. ``local`` runs on this machine and needs no key, ``openai:<model>`` asks an API."""

from __future__ import annotations

import hashlib
import itertools
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from retrieval.articles import RetrievalError
from retrieval.inference import MINILM, LocalModel, encodable

if TYPE_CHECKING:
    import numpy as np
    from langchain_core.embeddings import Embeddings
    from numpy.typing import NDArray

MINILM_DIMENSION = 384
WINDOW = 256  # tokens, the two special ones included; what the original cuts its inputs to
OPENAI_DIMENSIONS = MappingProxyType(
    {"text-embedding-3-small": 1536, "text-embedding-3-large": 3072, "text-embedding-ada-002": 1536}
)


class TextEmbeddings(Protocol):
    """What LangChain calls ``Embeddings``, without the half second that importing LangChain costs each question."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]: ...

    def embed_query(self, text: str) -> list[float]: ...


@dataclass(frozen=True, slots=True)
class Embedder:
    """A way to embed, and what a library must remember of it: vectors of two fingerprints must never meet."""

    name: str
    dimension: int
    fingerprint: str
    embeddings: TextEmbeddings


@dataclass(frozen=True, slots=True)
class EmbedderOptions:
    """What an embedder may need besides its name; each takes what concerns it."""

    api_key: str | None = None
    base_url: str | None = None
    timeout_seconds: float = 60.0
    max_retries: int = 2
    threads: int | None = None  # None: as many as there are cores


class Vectors:
    """The vectors of questions, of which the latest are kept: a conversation comes back to what was said before."""

    def __init__(self, embeddings: TextEmbeddings, most: int = 512) -> None:
        self._embeddings = embeddings
        self._most = most
        self._kept: OrderedDict[str, list[float]] = OrderedDict()
        self._keeping = threading.Lock()

    def of(self, texts: Sequence[str]) -> list[list[float]]:
        """The vector of each text, in order."""
        with self._keeping:
            found = {text: self._kept[text] for text in texts if text in self._kept}
        missing = [text for text in dict.fromkeys(texts) if text not in found]
        if len(missing) == 1:
            found[missing[0]] = self._embeddings.embed_query(missing[0])
        elif missing:
            found.update(zip(missing, self._embeddings.embed_documents(missing), strict=True))
        with self._keeping:
            for text in texts:
                self._kept[text] = found[text]
                self._kept.move_to_end(text)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return [found[text] for text in texts]


class MiniLM:
    """all-MiniLM-L6-v2 on the CPU, from the weights that ship.

    A text longer than the model's window is read in several windows and its vector is the mean over the tokens of all
    of them.
    """

    def __init__(self, threads: int | None = None) -> None:
        self._model = LocalModel("embedding model", MINILM / "model.onnx", MINILM / "tokenizer.json", threads)

    def hashes(self) -> list[str]:
        """The sha256 of the model and of its tokenizer, in hex."""
        return self._model.hashes()

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One vector of length 1 for each text, in order; the texts are shared out among threads."""
        return self._model.share_out(self.embed_query, texts)

    def embed_query(self, text: str) -> list[float]:
        """The vector of one text; a question and a passage of the same words have the same one."""
        import numpy as np

        tokenizer = self._model.tokenizer
        ids = tokenizer.encode(encodable(text), add_special_tokens=False).ids
        first, last = tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")
        total: NDArray[np.float32] = np.zeros(MINILM_DIMENSION, np.float32)
        for window in _windows(ids):
            total += self._model.run(ids=np.array([[first, *window, last]], np.int64))[0][0]
        vector: list[float] = (total / np.linalg.norm(total)).tolist()
        return vector

    def tokens(self, text: str) -> int:
        """How many word pieces the model reads of this text, special tokens not counted."""
        return len(self._model.tokenizer.encode(encodable(text), add_special_tokens=False).ids)


def _windows(ids: list[int]) -> list[list[int]]:
    """The ids in as few windows as hold them, all nearly of one length; no ids make one empty window."""
    room = WINDOW - 2
    count = max(1, -(-len(ids) // room))
    bounds = [len(ids) * number // count for number in range(count + 1)]
    return [ids[start:end] for start, end in itertools.pairwise(bounds)]


class OpenAI:
    """An embedding model of OpenAI, or of any server that speaks its API, through langchain-openai."""

    def __init__(self, model: str, options: EmbedderOptions) -> None:
        self._model = model
        self._options = options
        self._client: Embeddings | None = None

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One vector for each text, in order, asked for in batches."""
        from openai import OpenAIError

        try:
            # the API refuses an empty input, and with it the whole batch
            return self._connected().embed_documents([encodable(text) or " " for text in texts])
        except OpenAIError as error:
            reason = " ".join(str(error).split())
            raise RetrievalError(f"the embedding model openai:{self._model} failed: {reason}") from error

    def embed_query(self, text: str) -> list[float]:
        """The vector of one text."""
        return self.embed_documents([text])[0]

    def _connected(self) -> Embeddings:
        if self._client is None:
            from langchain_openai import OpenAIEmbeddings
            from pydantic import SecretStr

            self._client = OpenAIEmbeddings(
                model=self._model,
                api_key=SecretStr(self._options.api_key or "none"),
                base_url=self._options.base_url,
                timeout=self._options.timeout_seconds,
                max_retries=self._options.max_retries,
                chunk_size=256,
                check_embedding_ctx_length=False,  # the check downloads a vocabulary; passages are far shorter
            )
        return self._client


def as_langchain(embedder: Embedder) -> Embeddings:
    """The embedder for LangChain's own classes, which ask for a true ``Embeddings``."""
    from langchain_core.embeddings import Embeddings

    class LangChainEmbeddings(Embeddings):
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            return embedder.embeddings.embed_documents(texts)

        def embed_query(self, text: str) -> list[float]:
            return embedder.embeddings.embed_query(text)

    return LangChainEmbeddings()


def _open_local(model: str, options: EmbedderOptions) -> Embedder:
    if model:
        raise RetrievalError(f'the embedder "local" takes no model name, but "{model}" was given')
    embeddings = MiniLM(threads=options.threads)
    digest = hashlib.sha256(str(WINDOW).encode())
    for hash_ in embeddings.hashes():
        digest.update(bytes.fromhex(hash_))
    return Embedder("local", MINILM_DIMENSION, f"local:{digest.hexdigest()[:16]}", embeddings)


def _open_openai(model: str, options: EmbedderOptions) -> Embedder:
    name = f"openai:{model}"
    if not model:
        raise RetrievalError('name the embedding model too, for example "openai:text-embedding-3-small"')
    if not options.api_key and not options.base_url:
        raise RetrievalError(f"{name} needs an API key: set OPENAI_API_KEY")
    embeddings = OpenAI(model, options)
    dimension = OPENAI_DIMENSIONS.get(model) or len(embeddings.embed_query("dimension"))
    return Embedder(name, dimension, name, embeddings)


def open_embedder(
    name: str,
    *,
    api_key: str | None = None,
    base_url: str | None = None,
    timeout_seconds: float = 60.0,
    max_retries: int = 2,
    threads: int | None = None,
) -> Embedder:
    """The embedder called ``local`` or ``openai:<model>``; a model whose dimension is not known is asked for it."""
    kind, _, model = name.partition(":")
    if kind not in EMBEDDERS:
        raise RetrievalError(f'unknown embedder "{name}"; known are "local" and "openai:<model>"')
    return EMBEDDERS[kind](model, EmbedderOptions(api_key, base_url, timeout_seconds, max_retries, threads))


EMBEDDERS: Mapping[str, Callable[[str, EmbedderOptions], Embedder]] = MappingProxyType(
    {"local": _open_local, "openai": _open_openai}
)
