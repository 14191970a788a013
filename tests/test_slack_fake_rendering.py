"""What our texts do in the fake Slack: whom they notify, where they lead, and what a reader sees."""

from __future__ import annotations

from typing import Any

import pytest

from tests.slack_client import QUIET, TO_ANN, button, buttons, plain, slack_with, words

pytestmark = pytest.mark.filterwarnings("ignore:The top-level `text` argument is missing")


@pytest.mark.parametrize(
    ("sent", "what"),
    [
        ({"text": "<!channel> hello"}, ["<!channel>"]),
        ({"text": "<@U1> and <!subteam^S1|team>"}, ["<@U1>", "<!subteam^S1>"]),
        ({"text": "&lt;!channel&gt; @here"}, []),
        ({"text": "@here", "link_names": True}, ["@here"]),
        ({"text": "@here and @ann", "parse": "full"}, ["@here", "@ann"]),
        ({"blocks": [words("`<!here>` @everyone")]}, ["<!here>"]),
        ({"blocks": [words("@everyone", verbatim=False)]}, ["@everyone"]),
        ({"blocks": [{"type": "markdown", "text": "```\n<!everyone>\n```\n&lt;@U1&gt; @here"}]}, ["<!everyone>"]),
        ({"blocks": [{"type": "header", "text": plain("<!channel>")}]}, []),
        (
            {
                "blocks": [
                    {
                        "type": "rich_text",
                        "elements": [
                            {
                                "type": "rich_text_section",
                                "elements": [
                                    {"type": "text", "text": "<!channel>"},
                                    {"type": "broadcast", "range": "here"},
                                    {"type": "user", "user_id": "U1"},
                                ],
                            }
                        ],
                    }
                ]
            },
            ["<!here>", "<@U1>"],
        ),
    ],
)
def test_what_would_notify_is_counted(sent: dict[str, Any], what: list[str]) -> None:
    with slack_with() as (slack, web):
        web.chat_postMessage(**{"channel": "C1", "text": "x", **QUIET, **sent})
        assert [one[1] for one in slack.notifications] == what


@pytest.mark.parametrize(
    ("sent", "urls"),
    [
        (
            {"text": "<https://a.example.org|here> https://b.example.org x@example.org"},
            ["https://a.example.org", "https://b.example.org", "x@example.org"],
        ),
        ({"text": "https://b.example.org", "blocks": [words("https://c.example.org")]}, []),
        ({"blocks": [words("https://c.example.org", verbatim=False)]}, ["https://c.example.org"]),
        ({"blocks": [words("<mailto:x@example.org|write> <#C1>")]}, ["mailto:x@example.org", "#C1"]),
        (
            {
                "blocks": [
                    {
                        "type": "markdown",
                        "text": "[a](https://a.example.org) ![b](https://b.example.org/i.png) [c][1]\n\n[1]: https://c.example.org",
                    }
                ]
            },
            ["https://a.example.org", "https://b.example.org/i.png", "https://c.example.org"],
        ),
        (
            {
                "blocks": [
                    {
                        "type": "markdown",
                        "text": "https://a.example.org <https://b.example.org> \\[a](b) `https://code.example.org`",
                    }
                ]
            },
            ["https://b.example.org", "https://a.example.org"],
        ),
        (
            {"blocks": [{"type": "actions", "elements": [{**button("a"), "url": "https://a.example.org"}]}]},
            ["https://a.example.org"],
        ),
        (
            {"blocks": [{"type": "image", "image_url": "https://a.example.org/i.png", "alt_text": "i"}]},
            ["https://a.example.org/i.png"],
        ),
    ],
)
def test_what_would_lead_somewhere_is_listed(sent: dict[str, Any], urls: list[str]) -> None:
    with slack_with() as (slack, web):
        web.chat_postMessage(**{"channel": "C1", "text": "x", **QUIET, **sent})
        assert [one[0] for one in slack.links] == urls


def test_prompts_and_titles_are_texts_too() -> None:
    with slack_with() as (slack, web):
        channel, ts = slack.direct_channel("U1"), slack.direct("U1", "x")
        prompts = [{"title": "<@U2>", "message": "What is “<!channel> see www.example.org” about?"}]
        web.assistant_threads_setSuggestedPrompts(channel_id=channel, prompts=prompts, title="@here")
        web.assistant_threads_setTitle(channel_id=channel, thread_ts=ts, title="<https://a.example.org|x>")
        assert sorted(one[1] for one in slack.notifications) == ["<!channel>", "<@U2>", "@here"]
        assert {one[0] for one in slack.links} == {"www.example.org”", "https://a.example.org"}


def test_a_token_split_over_chunks_is_found_in_the_whole() -> None:
    with slack_with() as (slack, web):
        ts = slack.say("C1", "U1", "x")
        stream = web.chat_startStream(channel="C1", thread_ts=ts, markdown_text="a <!chan", **TO_ANN)["ts"]
        assert slack.notifications == []
        web.chat_appendStream(channel="C1", ts=stream, markdown_text="nel> [x](https://a.exa")
        web.chat_stopStream(channel="C1", ts=stream, markdown_text="mple.org)")
        assert [one[1] for one in slack.notifications] == ["<!channel>"]
        assert [one[0] for one in slack.links] == ["https://a.example.org"]


def test_a_page_shows_what_its_reader_sees() -> None:
    with slack_with() as (slack, web):
        slack.say("C1", "U1", "hello")
        blocks = [
            words("*bold* &lt;b&gt; <https://example.org|link>"),
            {
                "type": "container",
                "title": plain("Sources"),
                "is_collapsible": True,
                "default_collapsed": True,
                "child_blocks": [words("inside")],
            },
            {"type": "markdown", "text": "**strong** <script>"},
            buttons("a"),
        ]
        web.chat_postMessage(channel="C1", text="x", blocks=blocks, **QUIET)
        web.chat_postEphemeral(channel="C1", user="U1", text="secret")
        view = {"type": "modal", "title": plain("Passage"), "blocks": [words("whole passage")]}
        web.views_open(trigger_id=slack.world.trigger("U1"), view=view)
        ann, bob = slack.html("C1", user="U1"), slack.html("C1", user="U2")
        for piece in (
            "<b>bold</b> &lt;b&gt;",
            '<a href="https://example.org">link</a>',
            "<details><summary>Sources",
            "<strong>strong</strong> &lt;script&gt;",
            "whole passage",
            "secret",
        ):
            assert piece in ann
        assert "hello" in bob and "secret" not in bob and "whole passage" not in bob
