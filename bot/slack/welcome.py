"""What a person sees before the first question: prompts that the library can answer."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from bot.app import App
from bot.slack import rendering
from bot.slack.access import Access
from bot.slack.manifest import PROMPTS
from bot.slack.web import SlackRefused, Web
from retrieval.articles import Filters

_ARTICLES = 2  # prompts about articles; Slack shows four in all
_LABEL = 75  # characters of a prompt's label
_TITLE = 200  # characters of an article's title in a prompt


class Welcome:
    """Suggests prompts in the agent's view, of new apps and of old ones."""

    def __init__(self, app: App, access: Access, web: Web) -> None:
        self._app = app
        self._access = access
        self._web = web

    def greet(self, event: Mapping[str, Any], team: str) -> None:
        """Set the prompts that this person may choose from."""
        if event["type"] == "assistant_thread_started":
            thread = event["assistant_thread"]
            where = {"channel_id": thread["channel_id"], "thread_ts": thread["thread_ts"]}
            user = thread["user_id"]
        elif event.get("tab") == "messages":
            where, user = {"channel_id": event["channel"]}, event["user"]
        else:
            return
        prompts = self.prompts(user, team)
        with suppress(SlackRefused):  # an app without the agent's view shows none
            self._web.call("assistant.threads.setSuggestedPrompts", prompts=prompts, title="Try asking", **where)

    def prompts(self, user: str, team: str) -> list[dict[str, str]]:
        """What the bot can do, what is new, and the newest articles that this person may read."""
        allowed = self._access.of_person(user, team, team, None).collections
        newest = (
            [] if allowed == () else self._app.library.catalogue.newest(Filters(collections=allowed or ()), _ARTICLES)
        )
        about = [
            {
                "title": rendering.label(f"About “{article.title}”", _LABEL),
                "message": f"What is “{rendering.label(article.title, _TITLE)}” about?",
            }
            for article in newest
        ]
        what_can_you_do, what_is_new = PROMPTS
        return [what_can_you_do, *([what_is_new] if newest else []), *about]
