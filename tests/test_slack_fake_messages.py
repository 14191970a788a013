"""Messages of the fake Slack, and who sees them: over the wire, with the real slack_sdk."""

from __future__ import annotations

import pytest

from tests.slack_client import QUIET, Bot, refused, slack_with, words

pytestmark = pytest.mark.filterwarnings("ignore:The top-level `text` argument is missing")


def test_own_posts_come_back_and_stand_in_their_thread() -> None:
    with slack_with() as (slack, web), Bot(slack) as bot:
        ts = slack.mention("C1", "U1", "who?")
        web.chat_postMessage(
            channel="C1", text="she", thread_ts=ts, metadata={"event_type": "a", "event_payload": {}}, **QUIET
        )
        own = slack.wait(lambda: [one for one in bot.events("message") if one.get("bot_id") == slack.bot_id])[0]
        assert (own["thread_ts"], own["user"], own["text"]) == (ts, slack.bot_user, "she")
        replies = web.conversations_replies(channel="C1", ts=ts, include_all_metadata=True)["messages"]
        assert [one["text"] for one in replies] == [f"<@{slack.bot_user}> who?", "she"]
        assert replies[0]["reply_count"] == 1 and replies[1]["metadata"]["event_type"] == "a"
        assert [one.text for one in slack.messages("C1", thread=ts)] == [f"<@{slack.bot_user}> who?", "she"]


def test_a_reply_to_what_is_gone_lands_in_the_channel() -> None:
    with slack_with() as (slack, web):
        ts = slack.say("C1", "U1", "x")
        slack.delete("C1", ts)
        web.chat_postMessage(channel="C1", text="late", thread_ts=ts, **QUIET)
        assert [one.thread_ts for one in slack.messages("C1")] == [None]


def test_an_update_keeps_the_blocks_that_it_does_not_name() -> None:
    with slack_with() as (slack, web):
        ts = web.chat_postMessage(channel="C1", text="a", blocks=[words("a")], **QUIET)["ts"]
        web.chat_update(channel="C1", ts=ts, text="b")
        assert (slack.messages("C1")[0].text, len(slack.messages("C1")[0].blocks)) == ("b", 1)
        web.chat_update(channel="C1", ts=ts, text="b", blocks=[])
        assert slack.messages("C1")[0].blocks == [] and slack.messages("C1")[0].edited


def test_whispers_reach_members_only() -> None:
    with slack_with() as (slack, web):
        slack.user("U3")
        assert refused(web.chat_postEphemeral, channel="C1", user="U3", text="x") == "user_not_in_channel"
        ts = web.chat_postEphemeral(channel="C1", user="U1", text="only you")["message_ts"]
        assert [one.text for one in slack.private("U1")] == ["only you"]
        assert slack.private("U2") == [] and slack.messages("C1") == []
        assert refused(web.chat_update, channel="C1", ts=ts, text="x") == "message_not_found"


def test_people_and_channels_are_listed_in_pages() -> None:
    with slack_with() as (slack, web):
        slack.user("U3", name="guest", guest=True, team="T9")
        slack.channel("C2", members=["U1", "U3"], external=True)
        info = web.users_info(user="U3", include_locale=True)["user"]
        assert (info["is_restricted"], info["team_id"], info["is_stranger"], info["locale"]) == (
            True,
            "T9",
            False,
            "en-US",
        )
        slack.user("U4", name="far away", team="T9")
        assert web.users_info(user="U4")["user"]["is_stranger"]
        assert "is_stranger" not in web.users_info(user="U1")["user"]
        first = web.conversations_members(channel="C2", limit=2)
        rest = web.conversations_members(channel="C2", limit=2, cursor=first["response_metadata"]["next_cursor"])
        assert first["members"] + rest["members"] == ["U1", "U3", slack.bot_user]
        assert rest["response_metadata"]["next_cursor"] == ""
        assert web.conversations_info(channel="C2")["channel"]["is_ext_shared"]
        assert {one["id"] for page in web.users_list(limit=1) for one in page["members"]} == {
            "U1",
            "U2",
            slack.bot_user,
        }
        direct = web.conversations_open(users="U1")["channel"]["id"]
        assert (
            direct == slack.direct_channel("U1") and web.conversations_info(channel=direct)["channel"]["user"] == "U1"
        )


def test_status_goes_when_a_message_comes_and_titles_are_kept() -> None:
    with slack_with() as (slack, web):
        ts = slack.direct("U1", "who?")
        channel = slack.direct_channel("U1")
        web.assistant_threads_setStatus(channel_id=channel, thread_ts=ts, status="searching")
        web.chat_postMessage(channel=channel, thread_ts=ts, text="she", **QUIET)
        assert slack.statuses(channel, ts) == ["searching", ""]
        web.assistant_threads_setTitle(channel_id=channel, thread_ts=ts, title="Who")
        web.agents_sessions_setStatus(channel_id=channel, thread_ts=ts, status="processing")
        web.agents_sessions_rename(channel_id=channel, thread_ts=ts, title="Who else")
        assert slack.titles(channel, ts) == ["Who", "Who else"]
        assert slack.sessions(channel, ts) == ["processing"]
        prompts = [{"title": "a", "message": "b"}]
        assert refused(web.assistant_threads_setSuggestedPrompts, channel_id=channel, prompts=prompts * 5)
        web.assistant_threads_setSuggestedPrompts(channel_id=channel, prompts=prompts)
        assert slack.prompts(channel) == prompts


def test_an_app_of_the_older_kind_has_no_sessions() -> None:
    with slack_with(agent_view=False) as (slack, web):
        ts = slack.assistant_thread_started("U1")
        channel = slack.direct_channel("U1")
        session = {"channel_id": channel, "thread_ts": ts, "status": "active"}
        assert refused(web.agents_sessions_setStatus, **session) == "not_authorized"
        prompts = [{"title": "a", "message": "b"}]
        web.assistant_threads_setSuggestedPrompts(channel_id=channel, thread_ts=ts, prompts=prompts)
        assert slack.prompts(channel) == prompts
