"""The turns of each conversation."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque

from bot.composing import Turn


class Conversations:
    """The last turns of the most recent conversations, in memory; safe to use from several threads."""

    def __init__(self, turns: int = 6, conversations: int = 1000) -> None:
        self._turns = turns
        self._conversations = conversations
        self._kept: OrderedDict[str, deque[Turn]] = OrderedDict()
        self._lock = threading.Lock()

    def turns(self, key: str) -> tuple[Turn, ...]:
        """The turns of one conversation, oldest first."""
        with self._lock:
            return tuple(self._kept.get(key, ()))

    def append(self, key: str, turn: Turn) -> None:
        """Add a turn; the oldest turn of the conversation, or the conversation idle the longest, makes room."""
        with self._lock:
            self._kept.setdefault(key, deque(maxlen=self._turns)).append(turn)
            self._kept.move_to_end(key)
            while len(self._kept) > self._conversations:
                self._kept.popitem(last=False)

    def reset(self, key: str) -> None:
        """Forget a conversation."""
        with self._lock:
            self._kept.pop(key, None)
