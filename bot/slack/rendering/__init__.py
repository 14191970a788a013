"""The one place where anything is made ready to be seen in Slack.

Escaping by text type, limits, links and summaries are settled here, so that nothing that an article, a title, a
question or a model writes can mention, notify, link or format.
"""

from bot.slack.rendering.answers import plain_posts, posts, rendered
from bot.slack.rendering.escaping import Flow, bold, markdown, mrkdwn
from bot.slack.rendering.notes import (
    apology,
    help_post,
    in_line,
    label,
    muted,
    not_allowed,
    searched,
    searching,
    searching_post,
    stopped,
    turned_away,
    unmutable,
    unmuted,
    wait_a_moment,
    words,
)
from bot.slack.rendering.passages import gone_view, passage_view, reason_view

__all__ = [
    "Flow",
    "apology",
    "bold",
    "gone_view",
    "help_post",
    "in_line",
    "label",
    "markdown",
    "mrkdwn",
    "muted",
    "not_allowed",
    "passage_view",
    "plain_posts",
    "posts",
    "reason_view",
    "rendered",
    "searched",
    "searching",
    "searching_post",
    "stopped",
    "turned_away",
    "unmutable",
    "unmuted",
    "wait_a_moment",
    "words",
]
