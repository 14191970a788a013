"""chat.*, reactions.* and what is posted to response URLs."""

from __future__ import annotations

import time

from tests.slack_fake import limits, payloads
from tests.slack_fake.records import Json, Message, Room, SlackError
from tests.slack_fake.workspace import BOT_ID, BOT_USER, Workspace

_USES = 5  # of a response URL
_LIFE = 1800.0  # seconds that a response URL lives


def present(world: Workspace, channel: object) -> Room:
    """The channel, if the bot is in it."""
    room = world.room(channel)
    if not room.bot:
        raise SlackError("not_in_channel")
    return room


def composed(world: Workspace, arguments: Json, room: Room) -> Message:
    """A message of the bot from the arguments of a call, within the limits."""
    limits.check_message(world, arguments)
    return Message(
        channel=room.id,
        ts=world.stamp(),
        user=BOT_USER,
        text=str(arguments.get("text") or arguments.get("markdown_text") or ""),
        blocks=list(arguments.get("blocks") or []),
        thread_ts=arguments.get("thread_ts"),
        bot_id=BOT_ID,
        markdown=str(arguments.get("markdown_text") or ""),
        metadata=arguments.get("metadata"),
    )


def post_message(world: Workspace, arguments: Json) -> Json:
    """chat.postMessage"""
    room = present(world, arguments["channel"])
    for flag in ("unfurl_links", "unfurl_media"):
        if limits.flag(arguments.get(flag)) is not False:
            world.violations.append(f"chat.postMessage: {flag} is not false")
    message = composed(world, arguments, room)
    # A reply to a message that is gone does not fail: it lands in the channel.
    message.thread_ts = world.thread_of(room.id, message.thread_ts) if message.thread_ts else None
    world.add(message)
    world.clear_status(room.id, message.thread_ts)
    world.publish(payloads.message_event(world, message))
    return {"channel": room.id, "ts": message.ts, "message": payloads.message_json(message)}


def post_ephemeral(world: Workspace, arguments: Json) -> Json:
    """chat.postEphemeral"""
    room = present(world, arguments["channel"])
    user = str(arguments["user"])
    if user not in world.people:
        raise SlackError("user_not_found")
    if user not in room.members:
        raise SlackError("user_not_in_channel")
    message = composed(world, arguments, room)
    message.ephemeral_to = user
    limits.name_blocks(message.blocks, world)
    world.whispers.append(message)
    return {"message_ts": message.ts}


def update(world: Workspace, arguments: Json) -> Json:
    """chat.update"""
    room = present(world, arguments["channel"])
    message = world.find(room.id, arguments["ts"])
    payloads.own_message(message, "cant_update_message")
    world.settle(message)
    if message.streaming == "in_progress":
        raise SlackError("streaming_state_conflict")
    limits.check_message(world, arguments, updating=True)
    before = payloads.message_json(message)
    if arguments.get("text") is not None or arguments.get("blocks") is not None or arguments.get("markdown_text"):
        message.markdown, message.chunks = str(arguments.get("markdown_text") or ""), []
    message.text = str(arguments.get("text") or message.markdown or message.text)
    if arguments.get("blocks") is not None:
        message.blocks = list(arguments["blocks"])
        limits.name_blocks(message.blocks, world)
    if arguments.get("metadata") is not None:
        message.metadata = arguments["metadata"]
    message.edited, message.edits = True, message.edits + 1
    message.streaming = "completed" if message.streaming else None
    world.publish(payloads.changed_event(world, message, before))
    return {"channel": room.id, "ts": message.ts, "text": message.text, "message": payloads.message_json(message)}


def delete(world: Workspace, arguments: Json) -> Json:
    """chat.delete"""
    room = present(world, arguments["channel"])
    message = world.find(room.id, arguments["ts"])
    payloads.own_message(message, "cant_delete_message")
    world.settle(message)
    if message.streaming == "in_progress":
        raise SlackError("cant_delete_message")
    for event in payloads.removal_events(world, world.remove(message)):
        world.publish(event)
    return {"channel": room.id, "ts": message.ts}


def permalink(world: Workspace, arguments: Json) -> Json:
    """chat.getPermalink"""
    room = world.room(arguments["channel"])
    message = world.find(room.id, arguments["message_ts"])
    link = f"https://example.slack.com/archives/{room.id}/p{message.ts.replace('.', '')}"
    if message.thread_ts:
        link += f"?thread_ts={message.thread_ts}&cid={room.id}"
    return {"channel": room.id, "permalink": link}


def add_reaction(world: Workspace, arguments: Json) -> Json:
    """reactions.add"""
    message = world.find(present(world, arguments["channel"]).id, arguments["timestamp"])
    users = message.reactions.setdefault(str(arguments["name"]), [])
    if BOT_USER in users:
        raise SlackError("already_reacted")
    users.append(BOT_USER)
    return {}


def remove_reaction(world: Workspace, arguments: Json) -> Json:
    """reactions.remove"""
    message = world.find(present(world, arguments["channel"]).id, arguments["timestamp"])
    users = message.reactions.get(str(arguments["name"]), [])
    if BOT_USER not in users:
        raise SlackError("no_reaction")
    users.remove(BOT_USER)
    return {}


def respond(world: Workspace, name: str, arguments: Json) -> Json:
    """What is posted to a response URL: a message for one or for all, or a change of the one that was answered."""
    address = world.addresses.get(name)
    if address is None:
        raise SlackError("invalid_url", status=404)
    if time.monotonic() - address.made > _LIFE:
        raise SlackError("expired_url", status=404)
    if address.used >= _USES:
        raise SlackError("used_url", status=404)
    address.used += 1
    room = world.rooms[address.channel]
    private = world.whisper(address.user, address.original) if address.original else None
    public = world.said.get(room.id, {}).get(address.original or "")
    standing = private or public
    if limits.flag(arguments.get("delete_original")):
        if private:
            world.whispers.remove(private)
        elif public:
            for event in payloads.removal_events(world, world.remove(public)):
                world.publish(event)
        return {}
    message = composed(world, arguments, room)
    limits.name_blocks(message.blocks, world)
    if standing and limits.flag(arguments.get("replace_original")):
        before = payloads.message_json(standing)
        standing.text, standing.blocks, standing.edited = message.text, message.blocks, True
        standing.markdown, standing.chunks = message.markdown, []
        if public:
            world.publish(payloads.changed_event(world, public, before))
        return {}
    message.thread_ts = arguments.get("thread_ts") or address.thread
    address.original = address.original or message.ts
    if arguments.get("response_type") == "in_channel":
        world.add(message)
        world.publish(payloads.message_event(world, message))
    else:
        message.ephemeral_to = address.user
        world.whispers.append(message)
    return {}
