"""What a delivery of Slack's is read as: payloads as Slack sends them, cut to what matters."""

from __future__ import annotations

from typing import Any

import pytest

from bot.slack import reading
from bot.slack.reading import Deleted, Edited, Message


def read(delivery: dict[str, Any]) -> Message | Edited | Deleted | None:
    return reading.read(delivery, "T1")


def body(event: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"team_id": "T1", "event_id": "Ev1", "type": "event_callback", "event": event, **more}


def said(**more: Any) -> dict[str, Any]:
    return {
        "type": "message",
        "channel": "C1",
        "channel_type": "channel",
        "user": "U1",
        "team": "T1",
        "ts": "100.1",
        "text": "who won?",
        **more,
    }


def test_a_message_at_the_top_level_has_no_thread() -> None:
    message = read(body(said()))
    assert message == Message("Ev1", "channel", "T1", "C1", "100.1", "", "U1", "T1", "who won?")


def test_a_reply_names_its_thread_and_a_root_with_replies_does_not() -> None:
    reply, root = read(body(said(thread_ts="99.0"))), read(body(said(thread_ts="100.1")))
    assert isinstance(reply, Message) and reply.thread == "99.0"
    assert isinstance(root, Message) and root.thread == ""


def test_a_mention_carries_no_channel_type_and_is_read_alike() -> None:
    event = {
        key: value for key, value in said(type="app_mention", text="<@UBOT> who?").items() if key != "channel_type"
    }
    message = read(body(event))
    assert isinstance(message, Message) and message.surface == "channel"
    assert message.mentions("UBOT") and not message.mentions("UBO")


def test_direct_messages_are_told_from_channels() -> None:
    message = read(body(said(channel="D1", channel_type="im")))
    assert isinstance(message, Message) and message.surface == "direct"


def test_people_of_other_workspaces_keep_their_own() -> None:
    message = read(body(said(team="T2", user_team="T2"), is_ext_shared_channel=True))
    assert isinstance(message, Message) and (message.team, message.user_team, message.external) == ("T1", "T2", True)


def test_the_workspace_that_a_shared_delivery_names_is_the_speakers() -> None:
    event = {key: value for key, value in said(channel="D1", channel_type="im").items() if key != "team"}
    message = read({**body(event), "team_id": "T2"})
    assert isinstance(message, Message) and (message.team, message.user_team) == ("T1", "T2")


@pytest.mark.parametrize(
    "event",
    [
        said(subtype="channel_join"),
        said(subtype="channel_topic"),
        said(subtype="pinned_item"),
        said(user="USLACKBOT"),
        said(subtype="message_replied", user=None),
    ],
)
def test_what_slack_itself_says_is_nobodys_question(event: dict[str, Any]) -> None:
    assert read(body(event)) is None


def test_a_question_with_a_file_or_sent_to_the_channel_too_is_one() -> None:
    for subtype in ("file_share", "thread_broadcast"):
        assert isinstance(read(body(said(subtype=subtype))), Message)


def test_a_bot_is_named_as_one() -> None:
    message = read(body(said(subtype="bot_message", user=None, bot_id="B7")))
    assert isinstance(message, Message) and message.bot == "B7"


def changed(now: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "message",
        "subtype": "message_changed",
        "channel": "C1",
        "channel_type": "channel",
        "ts": "101.0",
        "message": now,
        "previous_message": before,
    }


def test_an_edit_tells_the_words_before_and_after() -> None:
    edited = read(body(changed(said(text="who lost?"), said())))
    assert isinstance(edited, Edited)
    assert (edited.message.text, edited.before, edited.message.ts, edited.at) == (
        "who lost?",
        "who won?",
        "100.1",
        "101.0",
    )


def test_a_preview_added_by_slack_is_no_edit() -> None:
    assert read(body(changed(said(attachments=[{"title": "a page"}]), said()))) is None


def test_a_deleted_message_is_gone_with_or_without_a_thread() -> None:
    event = {"type": "message", "subtype": "message_deleted", "channel": "C1", "ts": "101.0", "deleted_ts": "100.1"}
    assert read(body(event)) == Deleted("Ev1", "T1", "C1", "100.1")
    tombstone = {"subtype": "tombstone", "user": "USLACKBOT", "ts": "100.1", "thread_ts": "100.1", "text": "deleted"}
    assert read(body(changed(tombstone, said()))) == Deleted("Ev1", "T1", "C1", "100.1")
