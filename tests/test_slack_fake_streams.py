"""Streams of the fake Slack: over the wire, with the real slack_sdk."""

from __future__ import annotations

import time

import pytest

from tests.slack_client import TO_ANN, Bot, buttons, refused, slack_with, words

pytestmark = pytest.mark.filterwarnings("ignore:The top-level `text` argument is missing")


def test_a_stream_grows_before_its_reader_and_stands_before_all_when_it_stops() -> None:
    with slack_with() as (slack, web):
        ts = slack.mention("C1", "U1", "who?")
        stream = web.chat_startStream(channel="C1", thread_ts=ts, markdown_text="Searching. ", **TO_ANN)["ts"]
        web.chat_appendStream(channel="C1", ts=stream, markdown_text="She ")
        web.chat_appendStream(channel="C1", ts=stream, chunks=[{"type": "markdown_text", "text": "did."}])
        assert slack.messages("C1", viewer="U1")[-1].markdown == "Searching. She did."
        assert slack.messages("C1", viewer="U2")[-1].markdown == "Searching. "
        assert refused(web.chat_update, channel="C1", ts=stream, text="x") == "streaming_state_conflict"
        web.chat_stopStream(channel="C1", ts=stream, blocks=[buttons("a")])
        message = slack.messages("C1", viewer="U2")[-1]
        assert (message.markdown, message.streaming, len(message.blocks)) == ("Searching. She did.", "completed", 1)
        assert slack.sessions("C1", ts) == ["processing", "active"]
        assert (
            refused(web.chat_appendStream, channel="C1", ts=stream, markdown_text="x")
            == "message_not_in_streaming_state"
        )


def test_a_stream_shows_its_tasks_to_the_app_and_is_deleted_when_it_has_ended() -> None:
    with slack_with() as (slack, web):
        ts = slack.mention("C1", "U1", "who?")
        task = {"type": "task_update", "id": "q1", "title": "Search", "status": "in_progress"}
        stream = web.chat_startStream(channel="C1", thread_ts=ts, chunks=[task], **TO_ANN)["ts"]
        message = web.conversations_replies(channel="C1", ts=ts)["messages"][-1]
        assert message["streaming_state"] == "in_progress"
        assert message["blocks"] == [{"type": "task_card", "task_id": "q1", "title": "Search", "status": "in_progress"}]
        assert refused(web.chat_delete, channel="C1", ts=stream) == "cant_delete_message"
        web.chat_stopStream(channel="C1", ts=stream, chunks=[{**task, "status": "complete"}], blocks=[words("x")])
        message = web.conversations_replies(channel="C1", ts=ts)["messages"][-1]
        assert [block["type"] for block in message["blocks"]] == ["task_card", "section"]
        assert message["blocks"][0]["status"] == "complete"
        web.chat_delete(channel="C1", ts=stream)
        assert [one.ts for one in slack.messages("C1")] == [ts]


def test_a_stream_needs_a_thread_and_in_channels_a_reader() -> None:
    with slack_with() as (slack, web):
        ts = slack.say("C1", "U1", "x")
        only_team = {"recipient_team_id": slack.team}
        assert refused(web.chat_startStream, channel="C1", thread_ts="", **TO_ANN) == "invalid_thread_ts"
        assert refused(web.chat_startStream, channel="C1", thread_ts=ts) == "missing_recipient_team_id"
        assert refused(web.chat_startStream, channel="C1", thread_ts=ts, **only_team) == "missing_recipient_user_id"
        alone = slack.direct("U1", "x")
        web.chat_startStream(channel=slack.direct_channel("U1"), thread_ts=alone)


def test_a_stream_dies_of_age_and_is_mended_by_an_update() -> None:
    with slack_with(stream_seconds=0.1) as (slack, web):
        ts = slack.say("C1", "U1", "x")
        stream = web.chat_startStream(channel="C1", thread_ts=ts, markdown_text="a", **TO_ANN)["ts"]
        time.sleep(0.15)
        assert (
            refused(web.chat_appendStream, channel="C1", ts=stream, markdown_text="b")
            == "message_not_in_streaming_state"
        )
        assert refused(web.chat_stopStream, channel="C1", ts=stream) == "message_not_in_streaming_state"
        web.chat_update(channel="C1", ts=stream, text="a b")
        assert (slack.messages("C1")[-1].text, slack.messages("C1")[-1].streaming) == ("a b", "completed")


def test_stop_ends_the_stream_and_tells_the_app() -> None:
    with slack_with() as (slack, web), Bot(slack) as bot:
        ts = slack.mention("C1", "U1", "x")
        stream = web.chat_startStream(channel="C1", thread_ts=ts, markdown_text="a", **TO_ANN)["ts"]
        slack.stop("C1", ts, "U1")
        event = slack.wait(lambda: bot.events("agent_session_stopped"))[0]
        assert (event["thread_ts"], event["user"], event["streaming_message_ts"]) == (ts, "U1", [stream])
        assert refused(web.chat_appendStream, channel="C1", ts=stream, markdown_text="b") == "stopped_by_user"
        web.chat_update(channel="C1", ts=stream, text="stopped")


def test_chunks_are_judged() -> None:
    with slack_with() as (slack, web):
        ts = slack.say("C1", "U1", "x")
        task = {"type": "task_update", "id": "1", "title": "Search", "status": "in_progress"}
        stream = web.chat_startStream(channel="C1", thread_ts=ts, chunks=[task], **TO_ANN)["ts"]
        done = {**task, "status": "complete"}
        web.chat_appendStream(channel="C1", ts=stream, chunks=[done])
        assert [one["status"] for one in slack.messages("C1")[-1].chunks] == ["complete"]
        for wrong in ({**task, "status": "completed"}, {**task, "output": "x" * 257}, {"type": "song"}):
            assert refused(web.chat_appendStream, channel="C1", ts=stream, chunks=[wrong]) == "invalid_chunks"
        assert refused(web.chat_appendStream, channel="C1", ts=stream, markdown_text="x" * 12_001) == "msg_too_long"
        web.chat_appendStream(channel="C1", ts=stream, markdown_text="x" * 12_000)
        assert (
            refused(web.chat_appendStream, channel="C1", ts=stream, markdown_text="x" * 1_001) == "msg_blocks_too_long"
        )


def test_a_workspace_without_streams_does_not_know_them() -> None:
    with slack_with(streaming=False) as (slack, web):
        ts = slack.say("C1", "U1", "x")
        assert refused(web.chat_startStream, channel="C1", thread_ts=ts, **TO_ANN) == "unknown_method"
