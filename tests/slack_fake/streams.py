"""chat.startStream, appendStream and stopStream: a message that grows, for a while, before one reader."""

from __future__ import annotations

import time
from typing import Any

from slack_sdk.models.messages.chunk import Chunk

from tests.slack_fake import limits, payloads
from tests.slack_fake.chatting import present
from tests.slack_fake.records import Json, Message, SlackError
from tests.slack_fake.workspace import BOT_ID, BOT_USER, Workspace

_TASK_STATES = {"pending", "in_progress", "complete", "error"}
_MOST_DETAILS = 256
SESSION_STATES = {"active", "processing", "suspended", "closed"}


def start(world: Workspace, arguments: Json) -> Json:
    """chat.startStream"""
    room = present(world, arguments["channel"])
    thread = arguments.get("thread_ts")
    if not thread:
        raise SlackError("invalid_thread_ts")
    if room.kind != "im":
        for name in ("recipient_team_id", "recipient_user_id"):
            if not arguments.get(name):
                raise SlackError(f"missing_{name}")
    thread = world.thread_of(room.id, thread)
    if thread is None:
        raise SlackError("invalid_thread_ts")
    chunks = _chunks(world, arguments)
    message = Message(room.id, world.stamp(), BOT_USER, "", thread_ts=thread, bot_id=BOT_ID, streaming="in_progress")
    message.recipient = arguments.get("recipient_user_id") or room.members[0]
    message.began = time.monotonic()
    _grow(message, chunks)
    message.sight = len(message.chunks)
    world.add(message)
    world.clear_status(room.id, thread)
    world.sessions.setdefault((room.id, thread), []).append("processing")
    world.publish(payloads.message_event(world, message))
    return {"channel": room.id, "ts": message.ts}


def append(world: Workspace, arguments: Json) -> Json:
    """chat.appendStream"""
    message = _streaming(world, arguments)
    chunks = _chunks(world, arguments)
    if not chunks:
        raise SlackError("no_text")
    _fits(world, message, chunks, [])
    _grow(message, chunks)
    if not message.sight:
        message.sight = len(message.chunks)
    return {"channel": message.channel, "ts": message.ts}


def stop(world: Workspace, arguments: Json) -> Json:
    """chat.stopStream"""
    message = _streaming(world, arguments)
    chunks = _chunks(world, arguments)
    blocks = arguments.get("blocks") or []
    state = arguments.get("session_status") or "active"
    if state not in SESSION_STATES:
        raise SlackError("invalid_arguments")
    _fits(world, message, chunks, blocks)
    before = payloads.message_json(message)
    _grow(message, chunks)
    message.blocks = list(blocks)
    limits.name_blocks(message.blocks, world)
    message.streaming = "completed"
    message.metadata = arguments.get("metadata")
    world.sessions.setdefault((message.channel, message.thread_ts or ""), []).append(state)
    world.publish(payloads.changed_event(world, message, before))
    return {"channel": message.channel, "ts": message.ts, "message": payloads.message_json(message)}


def _streaming(world: Workspace, arguments: Json) -> Message:
    room = present(world, arguments["channel"])
    message = world.find(room.id, arguments["ts"])
    payloads.own_message(message, "message_not_owned_by_app")
    world.settle(message)
    if message.streaming == "stopped":
        raise SlackError("stopped_by_user")
    if message.streaming != "in_progress":
        raise SlackError("message_not_in_streaming_state")
    return message


def _chunks(world: Workspace, arguments: Json) -> list[Json]:
    given: list[Any] = list(arguments.get("chunks") or [])
    if arguments.get("markdown_text"):
        given.insert(0, {"type": "markdown_text", "text": str(arguments["markdown_text"])})
    for chunk in given:
        if not isinstance(chunk, dict) or Chunk.parse(chunk) is None:
            raise SlackError("invalid_chunks")
        if chunk["type"] == "markdown_text" and len(chunk["text"]) > limits.MOST_MARKDOWN and world.options.strict:
            raise SlackError("msg_too_long")
        if chunk["type"] == "task_update":
            _check_task(chunk)
    return given


def _check_task(chunk: Json) -> None:
    if not chunk.get("id") or not chunk.get("title") or chunk.get("status") not in _TASK_STATES:
        raise SlackError("invalid_chunks")
    if any(len(chunk.get(name) or "") > _MOST_DETAILS for name in ("details", "output")):
        raise SlackError("invalid_chunks")


def _fits(world: Workspace, message: Message, chunks: list[Json], blocks: list[Json]) -> None:
    if not world.options.strict:
        return
    new = sum(len(one["text"]) for one in chunks if one["type"] == "markdown_text")
    beside = len(message.markdown) + new
    limits.check_blocks(blocks, beside=beside)
    inside = [block for one in [*message.chunks, *chunks] if one["type"] == "blocks" for block in one["blocks"]]
    limits.check_blocks(inside, beside=beside + sum(map(len, limits.texts(blocks))))


def _grow(message: Message, chunks: list[Json]) -> None:
    for chunk in chunks:
        if chunk["type"] == "task_update":
            at = next((n for n, one in enumerate(message.chunks) if one.get("id") == chunk["id"]), None)
            if at is not None:
                message.chunks[at] = message.chunks[at] | chunk
                continue
        message.chunks.append(chunk)
        if chunk["type"] == "markdown_text":
            message.markdown += chunk["text"]
    message.text = message.markdown
