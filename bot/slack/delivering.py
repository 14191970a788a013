"""The messages of one question: a stream, or a post that is updated, which in the end hold its answer once.

A message is remembered as soon as it exists. Where that could not be, because the process was killed or Slack's answer
was lost, the thread itself is asked before anything is posted again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any

from bot.slack import rendering
from bot.slack.questions import Post, Question, Rendered
from bot.slack.streaming import Stream, stop_stream, task
from bot.slack.web import SlackLost, SlackRefused, Web

_POST_TRIES = 3
_LATE = 1.0  # seconds after which a message whose making was not confirmed is looked for in its thread
_KIND = "footnote_answer"
_SENT = "sent"  # stands for the timestamp that a private reply does not have
_PERHAPS = "An answer may have reached you already; if not, please ask again."

_UNFIT = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long"})
_GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})


class Undelivered(Exception):
    """Slack cannot be reached now; the question is to be tried again later."""


class Delivery:
    """What is shown for one question, from the first sign of work to the final state; used by one thread.

    ``remember`` is told the timestamps of all messages, in order, before anything else happens; what it raises comes
    through. ``is_known`` says whether a message of ours is remembered for any question. ``live``: whether an answer
    takes so long that a placeholder is worth a message. Methods raise Undelivered where Slack cannot be reached, and
    SlackRefused where it will never take the message.
    """

    def __init__(
        self,
        web: Web,
        question: Question,
        remember: Callable[[Sequence[str]], None],
        is_known: Callable[[str], bool],
        *,
        stream: bool,
        live: bool,
    ) -> None:
        self._web = web
        self._question = question
        self._remember = remember
        self._may_stream = stream
        self._live = live
        self._is_known = is_known
        self._messages = list(question.messages)
        self._has_looked = question.attempts <= 1
        self._in_doubt = False
        self._has_responded = False
        self._stream: Stream | None = None

    def __enter__(self) -> Delivery:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def stopped(self) -> bool:
        """Whether the asker pressed Slack's own Stop button, as far as Slack said so here."""
        return self._stream is not None and self._stream.stopped_by_user

    def begin(self, words: str) -> None:
        """Show that the work has begun, unless something is shown for the question already."""
        question = self._question
        if question.surface == "command":
            return
        self._set_status(words)
        self._look_once()
        if not self._messages and self._may_stream and self._web.streaming.is_offered:
            self._start(words)
        if not self._messages and self._live:
            with suppress(SlackRefused):  # the answer may fare better
                self._post(rendering.searching_post(words, question.handle))

    def lead(self, text: str) -> None:
        """Show the lead of the answer, where it streams."""
        if self._stream is not None:
            self._stream.lead(text)

    def say(self, text: str) -> None:
        """Show further words of the answer, where it streams."""
        if self._stream is not None:
            self._stream.say(text)

    def end(self, rendered: Rendered) -> None:
        """Show the whole answer, whatever was shown before."""
        self._finish(rendering.posts(rendered), lambda: rendering.plain_posts(rendered))

    def end_with(self, post: Post) -> None:
        """Show this one message instead of an answer."""
        self._finish((post,), lambda: (Post(post.text, ()),))

    def close(self) -> None:
        """Leave nothing that looks like work going on; never raises."""
        question, stream = self._question, self._stream
        if stream is not None:
            with suppress(SlackRefused):
                stream.stop()
            if not stream.has_released:  # Slack shows the work on it as going on, for an hour
                with suppress(SlackRefused, SlackLost):
                    self._web.call(
                        "agents.sessions.setStatus",
                        channel_id=question.channel,
                        thread_ts=question.thread,
                        status="active",
                    )
        self._set_status("")

    def _set_status(self, words: str) -> None:
        if self._question.surface == "direct":
            with suppress(SlackRefused, SlackLost):  # a mere sign of life
                self._web.call(
                    "assistant.threads.setStatus",
                    channel_id=self._question.channel,
                    thread_ts=self._question.thread,
                    status=words,
                )

    def _start(self, words: str) -> None:
        """Begin a stream, if Slack lets us."""
        question = self._question
        try:
            answer = self._web.call(
                "chat.startStream",
                channel=question.channel,
                thread_ts=question.thread,
                recipient_team_id=question.user_team,
                recipient_user_id=question.user,
                chunks=[task(question.id, words, "in_progress")],
            )
        except SlackRefused as error:
            self._web.streaming.refused(error)
        except SlackLost:
            self._in_doubt |= not self._look(_LATE)
        else:
            self._made(str(answer["ts"]))
            done = task(question.id, rendering.searched(words), "complete")
            self._stream = Stream(self._web, question.channel, str(answer["ts"]), done)

    def _finish(self, posts: Sequence[Post], plain: Callable[[], Sequence[Post]]) -> None:
        """Show these; where Slack does not take their blocks plainer ones, and at last their words alone."""
        show = self._respond if self._question.surface == "command" else self._show
        forms: list[Callable[[], Sequence[Post]]] = [
            lambda: posts,
            plain,
            lambda: [Post(post.text, ()) for post in posts],
        ]
        while forms:
            try:
                show(forms.pop(0)())
                return
            except SlackRefused as error:
                if error.code not in _UNFIT or not forms:
                    raise _passing(error) from None

    def _show(self, posts: Sequence[Post]) -> None:
        """Make these the messages of the question: what stands there is changed, the rest posted or deleted."""
        self._look_once()
        for place, post in enumerate(posts):
            if place == 0 and self._stream is not None and self._stream.finish(post, self._metadata):
                continue
            if place < len(self._messages) and self._update(self._messages[place], post):
                continue
            self._drop(place)
            self._post(post)
        if self._in_doubt:  # what seemed lost may have arrived since
            self._look(_LATE)
        self._drop(len(posts))

    def _post(self, post: Post) -> None:
        """Post a message; where it is not sure that it was posted, see whether it stands there."""
        for _ in range(_POST_TRIES):
            try:
                answer = self._web.call(
                    "chat.postMessage",
                    channel=self._question.channel,
                    thread_ts=self._question.thread,
                    metadata=self._metadata,
                    **_content(post),
                )
            except SlackRefused as error:
                raise _passing(error) from None
            except SlackLost:
                if self._look(_LATE):
                    return
                self._in_doubt = True
            else:
                self._made(str(answer["ts"]))
                return
        raise Undelivered

    def _update(self, ts: str, post: Post) -> bool:
        """Change a message; False where there is none to be changed."""
        arguments = {"channel": self._question.channel, "ts": ts, "metadata": self._metadata, **_content(post)}
        try:
            try:
                self._web.call("chat.update", **arguments)
            except SlackRefused as error:
                if error.code != "streaming_state_conflict":
                    raise
                stop_stream(self._web, self._question.channel, ts)  # another process began it
                self._web.call("chat.update", **arguments)
        except SlackRefused as error:
            if error.code in _GONE:
                return False
            raise _passing(error) from None
        except SlackLost:
            raise Undelivered from None
        return True

    def _drop(self, place: int) -> None:
        """Delete the messages from this place on."""
        if place >= len(self._messages):
            return
        try:
            for ts in reversed(self._messages[place:]):
                erase(self._web, self._question.channel, ts)
        except SlackLost:
            raise Undelivered from None
        del self._messages[place:]
        self._remember(tuple(self._messages))

    def _made(self, ts: str) -> None:
        """A message has come to be; if it is not ours to show any more, take it back."""
        self._messages.append(ts)
        try:
            self._remember(tuple(self._messages))
        except Exception:
            if not self._is_known(ts):
                self._messages.remove(ts)
                with suppress(SlackLost, Undelivered):
                    erase(self._web, self._question.channel, ts)
            raise

    def _look_once(self) -> None:
        """See what a process that had the question before has left in its thread."""
        if not self._has_looked:
            self._look()
            self._has_looked = True

    def _look(self, after: float = 0.0) -> bool:
        """Take over messages of the question that stand in its thread and are not remembered; whether there are any."""
        time.sleep(after)
        question = self._question
        try:
            thread = self._web.call(
                "conversations.replies",
                channel=question.channel,
                ts=question.thread,
                oldest=question.ts,
                include_all_metadata=True,
                limit=100,
            )["messages"]
            found = [one["ts"] for one in thread if one["ts"] not in self._messages and self._is_ours(one)]
        except SlackRefused as error:
            if error.code in ("thread_not_found", "message_not_found"):
                return False
            raise Undelivered from None
        except SlackLost:
            raise Undelivered from None
        if found:
            self._messages += sorted(found, key=float)
            self._remember(tuple(self._messages))
        return bool(found)

    def _is_ours(self, message: Mapping[str, Any]) -> bool:
        """Whether a message that is not remembered was made for this question."""
        if message.get("bot_id") != self._web.bot:
            return False
        metadata = message.get("metadata") or {}
        if metadata.get("event_type") == _KIND:
            return bool(metadata["event_payload"].get("question") == self._question.id)
        if "streaming_state" not in message:
            return False
        tasks = [block.get("task_id") for block in message.get("blocks", ()) if block["type"] == "task_card"]
        return self._question.id in tasks if tasks else not self._is_known(message["ts"])

    def _respond(self, posts: Sequence[Post]) -> None:
        """Answer a slash command; what is sent cannot be looked up, so that it is noted before."""
        if self._messages and not self._has_responded:
            posts = (rendering.words(_PERHAPS),)
        self._remember((_SENT,))
        self._has_responded = True
        for place, post in enumerate(posts):
            try:
                self._whisper(post)
            except SlackRefused as error:
                if error.code == "ratelimited" and not place:
                    self._remember(())
                raise _passing(error) from None
            except SlackLost:
                raise Undelivered from None

    def _whisper(self, post: Post) -> None:
        try:
            self._web.respond(self._question.response_url, post)
        except SlackRefused as error:
            if error.code == "ratelimited" or error.code in _UNFIT:
                raise
            where = {"channel": self._question.channel, "user": self._question.user}
            self._web.call("chat.postEphemeral", **where, **_content(post))  # the address has expired

    @property
    def _metadata(self) -> dict[str, Any]:
        return {"event_type": _KIND, "event_payload": {"question": self._question.id}}


def erase(web: Web, channel: str, ts: str) -> None:
    """Delete a message of ours, an open stream too; nothing happens where it is gone.

    Raises SlackLost or Undelivered where Slack cannot be reached.
    """
    try:
        web.call("chat.delete", channel=channel, ts=ts)
    except SlackRefused as error:
        if error.code == "ratelimited":
            raise Undelivered from None
        if error.code == "cant_delete_message":
            stop_stream(web, channel, ts)
            with suppress(SlackRefused):
                web.call("chat.delete", channel=channel, ts=ts)


def _content(post: Post) -> dict[str, Any]:
    return {"text": post.text, "blocks": list(post.blocks)}


def _passing(error: SlackRefused) -> Exception:
    """A refusal as what it means for the question: later, or never."""
    return Undelivered() if error.code in ("ratelimited", "streaming_state_conflict") else error
