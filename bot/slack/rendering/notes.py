"""What the bot says of itself: that it searches, that a question waits, that something went wrong."""

from __future__ import annotations

import re

from bot.slack.questions import Post
from bot.slack.rendering.answers import summary_of
from bot.slack.rendering.elements import actions, button, said
from bot.slack.rendering.escaping import literal, one_line
from bot.slack.rendering.splitting import shortened

_PLAIN_NAME = re.compile(r"(?=.{1,60}\Z)[^\W_]+(?:[ _-][^\W_]+)*")
_NAMED = 3  # collections


def words(text: str) -> Post:
    """A plain sentence of our own as a message."""
    return Post(summary_of(text), tuple(said(text)))


def searching(articles: int, collections: tuple[str, ...]) -> str:
    """What is being searched, in plain words that mean nothing to any markup: "Searching 412 articles …"."""
    if not articles:
        return "Searching …"
    of_these = f" in {_joined(collections)}" if _are_named(collections) else ""
    return f"Searching 1 article{of_these} …" if articles == 1 else f"Searching {articles:,} articles{of_these} …"


def searched(words: str) -> str:
    """The same when it is done: "Searched 412 articles"."""
    return f"Searched{words.removeprefix('Searching').removesuffix(' …')}"


def label(text: str, longest: int) -> str:
    """Any words as a title or a prompt of so many characters at most, which a person may send on as their own."""
    return literal(shortened(one_line(text), longest))


def searching_post(words: str, handle: str) -> Post:
    """A message that stands for an answer until it is there, with a button that stops the search."""
    return Post(summary_of(words), (*said(words), *actions([button("Stop", "stop", handle, "Stop searching")])))


def wait_a_moment(question: str) -> str:
    """What a slash command is answered with at once; Slack itself does not show what was asked."""
    return summary_of(f"Searching for “{question}” …")


def in_line(place: int) -> str:
    """The place of a question that waits, counted from 1."""
    return f"Your question is number {place} in line; the answer comes as soon as it is its turn."


def turned_away(waiting: int) -> Post:
    """What is said where too many questions wait."""
    return words(f"There are {waiting:,} questions in line, and no room for more. Please ask again in a few minutes.")


def apology(question_id: str) -> Post:
    """What is said where a question cannot be answered through no fault of the asker's."""
    return words(
        "Sorry, something went wrong, and this question was not answered. Please ask it again. "
        f"If that does not help, tell whoever runs this bot the number {question_id}."
    )


def not_allowed(external: bool, guest: bool) -> Post:
    """What is said where nothing may be quoted."""
    if external:
        return words("No articles may be quoted yet where people of another workspace read along.")
    if guest:
        return words("No articles may be quoted yet where guests read along.")
    return words("No articles may be quoted here yet.")


def stopped() -> Post:
    """What is left of a question that was stopped before anything was said."""
    return words("Stopped.")


def help_post(name: str, command: str) -> Post:
    """What the bot can do, and how it is asked."""
    return words(
        f"I am {name}. I answer questions from your team's articles, and show for each sentence where it stands.\n"
        f"In a channel, mention me with a question; in that thread you can then ask on without a mention.\n"
        f"In a direct message, just ask. With {command} and a question, only you see the answer.\n"
        f"Mention me with the word mute, and I keep silent in that thread unless I am mentioned; unmute ends that."
    )


def muted(name: str) -> Post:
    """The last word in a thread before the silence."""
    return words(f"I keep silent in this thread now, unless somebody mentions {name}.")


def unmutable() -> Post:
    """What is said to who asks for silence where every word is meant for the bot."""
    return words("In a direct message I answer whatever you write; mute is for threads in channels.")


def unmuted() -> Post:
    """The first word after it."""
    return words("I answer in this thread again.")


def _are_named(collections: tuple[str, ...]) -> bool:
    return (
        0 < len(collections) <= _NAMED
        and collections != ("default",)
        and all(_PLAIN_NAME.fullmatch(name) for name in collections)
    )


def _joined(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
