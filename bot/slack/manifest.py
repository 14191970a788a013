"""The manifest that an app in Slack is made of: its names, the events it hears and the scopes it needs, no more."""

from __future__ import annotations

from typing import Any

from config import Settings

# What each is for: the events below, and the calls of the Web API that this package makes.
SCOPES = (
    "app_mentions:read",  # app_mention
    "assistant:write",  # suggested prompts and titles
    "channels:history",  # message.channels; the bot's own messages of a thread
    "channels:read",  # who is in a channel, whether it is shared; member_joined_channel and member_left_channel
    "chat:write",  # messages, streams, statuses
    "commands",  # the slash command
    "groups:history",  # the same for private channels
    "groups:read",
    "im:history",  # and direct messages
    "mpim:history",  # and those of several people
    "mpim:read",
    "reactions:read",  # reaction_added, reaction_removed
    "users:read",  # who is a guest
)
EVENTS = (
    "agent_session_stopped",
    "app_home_opened",
    "app_mention",
    "member_joined_channel",
    "member_left_channel",
    "message.channels",
    "message.groups",
    "message.im",
    "message.mpim",
    "reaction_added",
    "reaction_removed",
)
PROMPTS = (
    {"title": "What can you do?", "message": "What can you do?"},
    {"title": "What is new?", "message": "What are the newest articles?"},
)


def manifest(settings: Settings, *, request_url: str | None = None) -> dict[str, Any]:
    """The manifest of the app that these settings describe, as Slack's own schema 2.0.0 has it.

    ``request_url`` is where Slack is to send deliveries; without it they come through Socket Mode. Assistant threads,
    which Slack starts in older apps alone, are no part of it.
    """
    slack = settings.slack
    address = {"request_url": request_url} if request_url else {}
    return {
        "_metadata": {"major_version": 2},
        "display_information": {
            "name": slack.name,
            "description": "Answers questions from your team's articles, with a source for every sentence.",
        },
        "features": {
            "agent_view": {
                "agent_description": "Ask about your team's articles. Every sentence of an answer names the passage "
                "that it rests on; where the articles do not say, neither does the answer.",
                "suggested_prompts": [dict(prompt) for prompt in PROMPTS],
            },
            "app_home": {
                "home_tab_enabled": False,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": slack.name, "always_online": True},
            "slash_commands": [
                {
                    "command": slack.command,
                    "description": "Ask the articles; only you see the answer",
                    "usage_hint": "question, or help",
                    "should_escape": True,
                    **({"url": request_url} if request_url else {}),
                }
            ],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": {**address, "bot_events": list(EVENTS)},
            "interactivity": {"is_enabled": True, **address},
            "org_deploy_enabled": False,
            "socket_mode_enabled": not request_url,
            "token_rotation_enabled": False,
        },
    }
