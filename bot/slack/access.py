"""Who may read which collections: in a channel what everyone there may, in private what the asker may."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from bot.slack.web import SlackLost, SlackRefused, Web
from config.settings import SlackSection

_log = logging.getLogger("footnote.slack.access")
_T = TypeVar("_T")

_EVERYTHING = "*"
_PAGE = 500  # of people; Slack allows 1,000 and advises fewer
_PEOPLE_SECONDS = 3600.0
_CHANNEL_SECONDS = 600.0
_FAILURE_SECONDS = 60.0  # after which Slack is asked again what it did not tell

Collections = tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Allowed:
    """The collections that may be quoted: None stands for all, () for none.

    ``guest`` and ``external`` say why they are fewer than elsewhere: because of a guest, or of another workspace.
    """

    collections: Collections
    guest: bool = False
    external: bool = False


@dataclass(frozen=True, slots=True)
class _People:
    """Everyone in the workspace, and the guests among them, by their ids."""

    everyone: frozenset[str]
    guests: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Person:
    guest: bool
    team: str


class Access:
    """What the settings allow, for those whom Slack names; safe to use from several threads.

    What Slack says is kept: who is a guest for an hour, who is in a channel for ten minutes. Where it does not say,
    the narrower rule holds. ``joins`` tells how often somebody came to a channel or left it, and who did last.
    """

    def __init__(self, settings: SlackSection, web: Web, joins: Callable[[str], tuple[int, str]]) -> None:
        self._settings = settings
        self._web = web
        self._joins = joins
        self._seen: dict[str, int] = {}
        self._told: set[str] = set()
        self._people = _Memory(_PEOPLE_SECONDS, lambda _: self._asked(self._ask_people))
        self._person = _Memory(_PEOPLE_SECONDS, lambda user: self._asked(lambda: self._ask_person(user)))
        self._members = _Memory(_CHANNEL_SECONDS, lambda channel: self._asked(lambda: self._ask_members(channel)))
        self._shared = _Memory(_CHANNEL_SECONDS, lambda channel: self._asked(lambda: self._ask_shared(channel)))

    def of_channel(self, channel: str, external: bool) -> Allowed:
        """What everyone in a channel may read; ``external``: it is known to be shared with another workspace."""
        self._catch_up(channel)
        return self._narrowed(
            self._standing(channel),
            is_guest=lambda: self._has_guest(channel, external),
            is_external=lambda: external or self._is_shared(channel),
        )

    def of_person(self, user: str, user_team: str, team: str, channel: str | None) -> Allowed:
        """What one person may read in private; ``channel`` is where they stand, if it is a channel.

        ``user_team`` is the person's own workspace, ``team`` the bot's.
        """
        settings = self._settings
        collections = settings.direct_collections
        if channel and not channel.startswith("D"):
            standing = self._standing(channel)
            collections = (_EVERYTHING,) if standing is None else (*collections, *standing)
        return self._narrowed(
            _named(collections),
            is_guest=lambda: (person := self._person.of(user)) is None or person.guest,
            is_external=lambda: (
                (user_team not in ("", team)) or (person := self._person.of(user)) is None or person.team != team
            ),
        )

    def may_see(self, user: str, user_team: str, team: str, channel: str, external: bool, collection: str) -> bool:
        """Whether a person may read something of a collection in private, standing in this channel."""
        if _holds(self.of_person(user, user_team, team, channel).collections, collection):
            return True
        return not channel.startswith("D") and _holds(self.of_channel(channel, external).collections, collection)

    def _catch_up(self, channel: str) -> None:
        """Ask Slack anew where somebody has come or gone since, whichever process was told of it."""
        count, user = self._joins(channel)
        seen, self._seen[channel] = self._seen.get(channel, 0), count
        if count == seen:
            return
        self._members.forget(channel)
        self._shared.forget(channel)
        people = self._people.known("")
        if people and (count > seen + 1 or user not in people.everyone):
            self._people.forget("")

    def _standing(self, channel: str) -> Collections:
        """What the settings give to a channel, whoever is in it."""
        return _named(self._settings.channels.get(channel, self._settings.collections))

    def _narrowed(
        self, collections: Collections, *, is_guest: Callable[[], bool], is_external: Callable[[], bool]
    ) -> Allowed:
        """What is left where there are guests or others; Slack is asked only where it makes a difference."""
        for_guests = _both(collections, _named(self._settings.guest_collections))
        for_others = _both(collections, _named(self._settings.external_collections))
        guest = for_guests != collections and is_guest()
        external = for_others != collections and is_external()
        left = _both(for_guests if guest else collections, for_others if external else collections)
        return Allowed(left, guest, external)

    def _has_guest(self, channel: str, external: bool) -> bool:
        """Whether a guest is in a channel; somebody unknown may be one, unless other workspaces explain them."""
        people = self._people.of("")
        if people is None:
            return True
        if not people.guests:
            return False
        members = self._members.of(channel)
        if members is None:
            return True
        if members - people.everyone and self._people.older("", _CHANNEL_SECONDS):
            self._people.forget("")
            people = self._people.of("")
            if people is None:
                return True
        unknown = members - people.everyone
        return bool(members & people.guests) or (bool(unknown) and not external and not self._is_shared(channel))

    def _is_shared(self, channel: str) -> bool:
        shared = self._shared.of(channel)
        return shared is None or shared

    def _ask_people(self) -> _People:
        everyone = {person["id"]: person for person in self._pages("users.list", "members")}
        for name, person in everyone.items():
            self._person.learn(name, _read(person))
        guests = {name for name, person in everyone.items() if _is_guest(person) and not person.get("deleted")}
        return _People(frozenset(everyone), frozenset(guests))

    def _ask_person(self, user: str) -> _Person:
        return _read(self._web.call("users.info", user=user)["user"])

    def _ask_members(self, channel: str) -> frozenset[str]:
        return frozenset(self._pages("conversations.members", "members", channel=channel))

    def _ask_shared(self, channel: str) -> bool:
        told = self._web.call("conversations.info", channel=channel)["channel"]
        return bool(told.get("is_ext_shared") or told.get("is_pending_ext_shared"))

    def _pages(self, method: str, key: str, **arguments: str) -> Iterator[Any]:
        cursor = None
        while cursor != "":
            page = self._web.call(method, limit=_PAGE, cursor=cursor, **arguments)
            yield from page[key]
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""

    def _asked(self, ask: Callable[[], _T]) -> _T | None:
        """What Slack says, None if it does not; why not is logged once for each reason."""
        try:
            return ask()
        except (SlackRefused, SlackLost) as error:
            reason = str(error)
        if reason not in self._told:
            self._told.add(reason)
            # The journal keeps no argument of a message, and nothing from its first colon on.
            _log.warning(f"Slack does not say who is a guest, so everyone counts as one; what it says is {reason}")
        return None


@dataclass(slots=True)
class _Held(Generic[_T]):
    lock: threading.Lock = field(default_factory=threading.Lock)
    value: _T | None = None
    asked: float = float("-inf")


class _Memory(Generic[_T]):
    """What Slack said of each id, for a while; while one thread asks, others that want the same wait for it."""

    def __init__(self, seconds: float, ask: Callable[[str], _T | None]) -> None:
        self._seconds = seconds
        self._ask = ask
        self._lock = threading.Lock()
        self._held: dict[str, _Held[_T]] = {}

    def of(self, name: str) -> _T | None:
        """What is known of ``name``, or else what Slack says now; None if it does not say."""
        with self._lock:
            held = self._held.setdefault(name, _Held())
        with held.lock:
            keeps = _FAILURE_SECONDS if held.value is None else self._seconds
            if time.monotonic() - held.asked >= keeps:
                held.value = self._ask(name)
                held.asked = time.monotonic()
            return held.value

    def learn(self, name: str, value: _T) -> None:
        """Slack has just said this of ``name``."""
        with self._lock:
            held = self._held.setdefault(name, _Held())
        held.value, held.asked = value, time.monotonic()

    def known(self, name: str) -> _T | None:
        """What is known of ``name`` without asking."""
        held = self._held.get(name)
        return held.value if held else None

    def older(self, name: str, seconds: float) -> bool:
        """Whether what is known of ``name`` was said so long ago."""
        held = self._held.get(name)
        return held is None or time.monotonic() - held.asked >= seconds

    def forget(self, name: str) -> None:
        """Have Slack asked again."""
        with self._lock:
            self._held.pop(name, None)


def _read(person: Mapping[str, Any]) -> _Person:
    return _Person(_is_guest(person), "" if person.get("is_stranger") else str(person.get("team_id") or ""))


def _is_guest(person: Mapping[str, Any]) -> bool:
    return bool(person.get("is_restricted") or person.get("is_ultra_restricted"))


def _named(collections: tuple[str, ...]) -> Collections:
    return None if _EVERYTHING in collections else tuple(dict.fromkeys(collections))


def _both(one: Collections, other: Collections) -> Collections:
    """The collections that stand in both."""
    if one is None or other is None:
        return other if one is None else one
    return tuple(name for name in one if name in other)


def _holds(collections: Collections, name: str) -> bool:
    return collections is None or name in collections
