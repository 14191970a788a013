"""What people do in the fake: speak, edit, react, press, submit, stop; each act reaches the app as Slack sends it."""

from __future__ import annotations

import re
from typing import Any, Literal

from tests.slack_fake import payloads, views
from tests.slack_fake.deliveries import Deliveries
from tests.slack_fake.records import Json, Message, Person, Room, View
from tests.slack_fake.workspace import BOT_ID, BOT_USER, TEAM, Workspace

_KINDS = {"channel": "channels", "group": "groups", "im": "im"}
_OF_BOT = re.compile(rf"<@{BOT_USER}(\|[^>]*)?>")


class Acting:
    """The acts of people; every method may be called from every thread."""

    world: Workspace
    post_office: Deliveries

    def user(
        self, user: str, name: str | None = None, guest: bool = False, team: str | None = None, bot: bool = False
    ) -> Person:
        """Declare a user."""
        with self.world.lock:
            person = Person(user, name or user.lower(), team or TEAM, guest, bot)
            self.world.people[user] = person
            return person

    def channel(
        self,
        channel: str,
        members: list[str] | None = None,
        external: bool = False,
        kind: Literal["channel", "group", "im"] = "channel",
        bot: bool = True,
    ) -> Room:
        """Declare a channel; members that are not declared yet are."""
        with self.world.lock:
            for member in members or ():
                if member not in self.world.people:
                    self.user(member)
            room = Room(channel, kind, list(members or ()), channel.lower(), external, bot)
            self.world.rooms[channel] = room
            return room

    def direct_channel(self, user: str) -> str:
        """The id of the direct conversation of a user with the bot."""
        with self.world.lock:
            if user not in self.world.people:
                self.user(user)
            return self.world.direct(user).id

    def mention(self, channel: str, user: str, text: str, thread: str | None = None, **extra: Any) -> str:
        """Say something to the bot in a channel; it comes as message and as app_mention, under two event ids."""
        return self.say(channel, user, f"<@{BOT_USER}> {text}", thread, **extra)

    def say(self, channel: str, user: str, text: str, thread: str | None = None, **extra: Any) -> str:
        """Say something; ``extra`` joins the event (subtype, bot_id, files ...)."""
        with self.world.lock:
            kind = self.world.rooms[channel].kind
            message = Message(channel, self.world.stamp(), user, text, payloads.typed_blocks(text), thread)
            message.subtype, message.bot_id = extra.pop("subtype", None), extra.pop("bot_id", None)
            message.fields = {"client_msg_id": self.world.identify("msg"), **extra}
            self.world.add(message)
            event = payloads.message_event(self.world, message)
            if message.thread_ts:
                parent = self.world.said[channel].get(message.thread_ts)
                event |= {"parent_user_id": parent.user} if parent else {}
            self.event(event)
            if _OF_BOT.search(text) and kind != "im" and not message.subtype:
                left_out = {"channel_type", "subtype"}
                twin = {key: value for key, value in event.items() if key not in left_out}
                self.event(twin | {"type": "app_mention"})
            return message.ts

    def direct(self, user: str, text: str, thread: str | None = None, **extra: Any) -> str:
        """Say something to the bot alone."""
        return self.say(self.direct_channel(user), user, text, thread, **extra)

    def join(self, channel: str, user: str) -> str:
        """Enter a channel; it comes as a message and as an event of its own."""
        with self.world.lock:
            if user not in self.world.people:
                self.user(user)
            room = self.world.rooms[channel]
            if user not in room.members:
                room.members.append(user)
            kind = "C" if room.kind == "channel" else "G"
            joined = {"type": "member_joined_channel", "user": user, "channel": channel, "channel_type": kind}
            self.event(joined | {"team": self.world.people[user].team, "event_ts": self.world.stamp()})
        return self.say(channel, user, f"<@{user}> has joined the channel", subtype="channel_join")

    def edit(self, channel: str, ts: str, text: str) -> None:
        """Edit a message."""
        with self.world.lock:
            message = self.world.find(channel, ts)
            before = payloads.message_json(message)
            message.text, message.blocks = text, payloads.typed_blocks(text)
            message.edited, message.edits = True, message.edits + 1
            self.world.add(message)
            self.event(payloads.changed_event(self.world, message, before))

    def delete(self, channel: str, ts: str) -> None:
        """Delete a message; one with replies leaves a tombstone."""
        with self.world.lock:
            for event in payloads.removal_events(self.world, self.world.remove(self.world.said[channel][ts])):
                self.event(event)

    def react(self, channel: str, ts: str, user: str, reaction: str) -> None:
        """Add a reaction to a message."""
        with self.world.lock:
            self.world.find(channel, ts).reactions.setdefault(reaction, []).append(user)
            self.event(self._reaction("reaction_added", channel, ts, user, reaction))

    def unreact(self, channel: str, ts: str, user: str, reaction: str) -> None:
        """Take a reaction away."""
        with self.world.lock:
            self.world.find(channel, ts).reactions[reaction].remove(user)
            self.event(self._reaction("reaction_removed", channel, ts, user, reaction))

    def _reaction(self, kind: str, channel: str, ts: str, user: str, reaction: str) -> Json:
        message = self.world.find(channel, ts)
        return {
            "type": kind,
            "user": user,
            "reaction": reaction,
            "item": {"type": "message", "channel": channel, "ts": ts},
            "item_user": message.user,
            "event_ts": self.world.stamp(),
        }

    def command(self, user: str, channel: str, command: str, text: str) -> str:
        """Type a slash command; its trigger id. What the acknowledgement says shows in ``private``."""
        with self.world.lock:
            payload = payloads.slash_command(self.world, channel, user, command, text)

        def answered(answer: Any) -> None:
            with self.world.lock:
                self._command_answered(channel, user, command, answer)

        self.post_office.post("slash_commands", payload, answered=answered)
        return str(payload["trigger_id"])

    def _command_answered(self, channel: str, user: str, command: str, answer: Any) -> None:
        if isinstance(answer, dict) and "__failed__" in answer:
            answer = f'{command} failed with the error "{answer["__failed__"]}"'
        if not answer:
            return
        said: Json = {"text": answer} if isinstance(answer, str) else answer
        self.world.sent.append(("acknowledgement", user, said))
        message = Message(channel, self.world.stamp(), BOT_USER, said.get("text", ""), said.get("blocks", []))
        message.bot_id = BOT_ID
        if said.get("response_type") == "in_channel":
            self.world.add(message)
            return
        message.ephemeral_to = user
        self.world.whispers.append(message)
        self.world.touch()

    def click(
        self,
        channel: str,
        ts: str,
        user: str,
        action_id: str,
        value: str | None = None,
        message: Json | None = None,
    ) -> None:
        """Press what stands in a message (of feedback buttons, the one with this value); a value may be forged.

        ``message`` replaces the message in the payload. LookupError where nothing such stands before this user.
        """
        with self.world.lock:
            standing = self.world.whisper(user, ts) or self.world.said.get(channel, {}).get(ts)
            if standing is None:
                raise LookupError(f"no message {ts} in {channel} before {user}")
            shown = [*standing.blocks, *(b for c in standing.chunks if c["type"] == "blocks" for b in c["blocks"])]
            action = payloads.pressed(shown, action_id, value)
            payload = payloads.message_action(self.world, standing, user, action)
        self.post_office.post("interactive", payload | ({"message": message} if message else {}))

    def views(self, user: str) -> list[View]:
        """The modals that stand open before a user, newest last."""
        with self.world.lock:
            return list(self.world.modals.get(user, []))

    def home(self, user: str) -> View | None:
        """What the Home tab shows this user."""
        with self.world.lock:
            return self.world.homes.get(user)

    def click_in_view(self, user: str, action_id: str, value: str | None = None) -> None:
        """Press something in the newest modal of a user (or, with none open, in their Home tab)."""
        with self.world.lock:
            stack = self.world.modals.get(user) or [view for view in [self.world.homes.get(user)] if view]
            if not stack:
                raise LookupError(f"nothing stands open before {user}")
            action = payloads.pressed(stack[-1].blocks, action_id, value)
            payload = payloads.view_action(self.world, stack[-1], action)
        self.post_office.post("interactive", payload)

    def submit(self, user: str, filled: Json | None = None) -> None:
        """Submit the newest modal of a user, its fields filled: {block id: {action id: value or state}}."""
        with self.world.lock:
            if not self.world.modals.get(user):
                raise LookupError(f"no modal stands open before {user}")
            view = self.world.modals[user][-1]
            payload = payloads.view_submission(self.world, view, filled or {})

        def answered(answer: Any) -> None:
            with self.world.lock:
                views.answered(self.world, view, answer)

        self.post_office.post("interactive", payload, answered=answered)

    def close_view(self, user: str) -> None:
        """Close the newest modal of a user; the app hears of it only if it asked to."""
        with self.world.lock:
            view = self.world.modals[user].pop()
            payload = payloads.view_closed(self.world, view)
        if view.raw.get("notify_on_close"):
            self.post_office.post("interactive", payload)

    def open_home(self, user: str, tab: str = "messages") -> None:
        """Open the app's own place: its messages or its Home tab."""
        with self.world.lock:
            channel = self.direct_channel(user)
            event: Json = {"type": "app_home_opened", "user": user, "channel": channel, "tab": tab}
            if tab == "home" and user in self.world.homes:
                event["view"] = payloads.view_json(self.world.homes[user])
            self.event(event | {"event_ts": self.world.stamp()})

    def assistant_thread_started(self, user: str) -> str:
        """Open the assistant of an app of the older kind; the thread it begins."""
        with self.world.lock:
            channel = self.direct_channel(user)
            root = Message(channel, self.world.stamp(), BOT_USER, "New Assistant Thread", bot_id=BOT_ID)
            root.subtype = "assistant_app_thread"
            self.world.add(root)
            self.event(
                {
                    "type": "assistant_thread_started",
                    "assistant_thread": {
                        "user_id": user,
                        "context": {"team_id": TEAM, "enterprise_id": None},
                        "channel_id": channel,
                        "thread_ts": root.ts,
                    },
                    "event_ts": self.world.stamp(),
                }
            )
            return root.ts

    def stop(self, channel: str, thread_ts: str, user: str) -> None:
        """Press Stop: Slack ends what streams in the thread and tells the app."""
        with self.world.lock:
            streaming = []
            for message in self.world.said.get(channel, {}).values():
                self.world.settle(message)
                if message.streaming == "in_progress" and message.thread_ts == thread_ts:
                    message.streaming = "stopped"
                    streaming.append(message.ts)
            self.event(
                {
                    "type": "agent_session_stopped",
                    "channel": channel,
                    "thread_ts": thread_ts,
                    "user": user,
                    "streaming_message_ts": streaming,
                    "event_ts": self.world.stamp(),
                }
            )

    def event(self, event: Json, event_id: str | None = None, retry: int = 0, reason: str = "timeout") -> str:
        """Deliver any event that the app hears, in its envelope; its event id. ``retry``: how often it was tried."""
        with self.world.lock:
            number = event_id or self.world.identify("Ev")
            if not self._is_heard(event):
                return number
            payload = payloads.event_callback(self.world, event, number)
        self.post_office.post("events_api", payload, number, attempt=retry, reason=reason if retry else "")
        return number

    def _is_heard(self, event: Json) -> bool:
        """Whether the app has subscribed to an event; what opens an assistant's thread is for older apps alone."""
        options, name = self.world.options, event["type"]
        if name == "assistant_thread_started":
            return not options.agent_view
        if name == "message":
            name = f"message.{_KINDS.get(event.get('channel_type', ''), '')}"
        return options.events is None or name in options.events
