"""A message that grows while its answer is being written, as long as Slack lets it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from bot.slack import rendering
from bot.slack.questions import Blocks, Post
from bot.slack.web import SlackLost, SlackRefused, Web

_APPEND_GAP = 0.75  # seconds between two pieces of a stream; Slack takes a hundred a minute, of all streams
_MOST_SECONDS = 240.0  # Slack ends streams by itself after about 300
_MOST_STREAMED = 9_000  # characters; what a longer answer has more comes at its end
_MOST_TITLE = 250  # characters of a task
_OVER = frozenset({"message_not_in_streaming_state", "message_not_found", "stopped_by_user"})


class Stream:
    """A message that grows, and what is known of it; ``has_released``: Slack no longer shows work going on."""

    def __init__(self, web: Web, channel: str, ts: str, task: Mapping[str, Any]) -> None:
        self.stopped_by_user = False
        self.has_released = False
        self._web = web
        self._where = {"channel": channel, "ts": ts}
        self._task = task
        self._flow = rendering.Flow()
        self._waiting = ""
        self._sent: str | None = ""  # None: not known
        self._grows = True
        self._is_open = True
        self._began = time.monotonic()
        self._next = self._began + _APPEND_GAP

    def lead(self, text: str) -> None:
        """Begin with a line in bold, which is shown with the first words."""
        self._waiting += rendering.bold(text)

    def say(self, text: str) -> None:
        """Add words, or keep them until it is time."""
        self._waiting += self._flow.feed(text)
        now = time.monotonic()
        if not (self._grows and self._waiting and self._sent is not None) or now < self._next:
            return
        if now > self._began + _MOST_SECONDS:
            with suppress(SlackRefused):
                self.stop()
        elif len(self._sent) + len(self._waiting) > _MOST_STREAMED:
            self._grows = False
        else:
            self._append(self._sent)

    def finish(self, post: Post, metadata: Mapping[str, Any]) -> bool:
        """End as this message; False where the message must be changed for that."""
        text, below = _divided(post)
        fits = self._sent is not None and text.startswith(self._sent)
        if fits and self.stop(text[len(self._sent or "") :], blocks=below or None, metadata=metadata):
            return True
        self.stop()
        return False

    def stop(self, text: str = "", **arguments: Any) -> bool:
        """End with these last words and blocks; False where it had ended, or did not. Raises only "ratelimited"."""
        if not self._is_open:
            return False
        try:
            self._web.call("chat.stopStream", **self._where, chunks=self._chunks(text), **arguments)
        except SlackRefused as error:
            self._refused(error)
            if error.code == "ratelimited":
                raise
            return False
        except SlackLost:
            self._sent = None
            return False
        self._is_open = self._grows = False
        self.has_released = True
        return True

    def _append(self, sent: str) -> None:
        try:
            self._web.call("chat.appendStream", **self._where, chunks=self._chunks(self._waiting))
        except SlackRefused as error:
            self._refused(error)
            self._next = time.monotonic() + max(_APPEND_GAP, error.retry_after)
            self._grows = self._grows and error.code == "ratelimited"
        except SlackLost:
            self._sent = None
        else:
            self._sent, self._waiting = sent + self._waiting, ""
            self._next = time.monotonic() + _APPEND_GAP

    def _refused(self, error: SlackRefused) -> None:
        if error.code in _OVER:
            self._is_open = self._grows = False
            self.stopped_by_user = self.stopped_by_user or error.code == "stopped_by_user"

    def _chunks(self, text: str) -> list[Mapping[str, Any]]:
        words = [{"type": "markdown_text", "text": text}] if text else []
        return [self._task, *words]


def task(question: str, words: str, status: str) -> Mapping[str, Any]:
    """The chunk that says what is being done for a question; ``status`` is "in_progress" or "complete"."""
    return {"type": "task_update", "id": question, "title": words[:_MOST_TITLE], "status": status}


def stop_stream(web: Web, channel: str, ts: str) -> None:
    """End the stream of another process, if it is one and still open."""
    with suppress(SlackRefused):
        web.call("chat.stopStream", channel=channel, ts=ts)


def _divided(post: Post) -> tuple[str, Blocks]:
    """The Markdown that a message begins with, and the blocks below it."""
    if post.blocks and post.blocks[0]["type"] == "markdown":
        return str(post.blocks[0]["text"]), post.blocks[1:]
    return "", post.blocks
