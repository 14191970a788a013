"""The fake Slack as the real slack_sdk meets it: a client of its Web API, a bot at a socket, and blocks to send."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from tests.slack_fake import FakeSlack

QUIET = {"unfurl_links": False, "unfurl_media": False}
TO_ANN = {"recipient_user_id": "U1", "recipient_team_id": FakeSlack.team}


@contextlib.contextmanager
def slack_with(**options: Any) -> Iterator[tuple[FakeSlack, WebClient]]:
    """A fake with ann and bob in a channel, and a client of its Web API."""
    with FakeSlack(**options) as slack:
        slack.user("U1", name="ann")
        slack.user("U2", name="bob")
        slack.channel("C1", members=["U1", "U2"])
        yield slack, WebClient(slack.bot_token, base_url=slack.api_url)


class Bot:
    """A bot at a socket that acknowledges what ``answer`` does not refuse (None: no acknowledgement)."""

    def __init__(self, slack: FakeSlack, answer: Callable[[SocketModeRequest], Any] = lambda request: {}) -> None:
        web = WebClient(slack.bot_token, base_url=slack.api_url)
        self.got: list[SocketModeRequest] = []
        self.client = SocketModeClient(slack.app_token, web_client=web, ping_interval=0.2)
        self._answer = answer
        self.client.socket_mode_request_listeners.append(self._take)

    def __enter__(self) -> Bot:
        self.client.connect()
        return self

    def __exit__(self, *_: object) -> None:
        """End without ``close``, which waits a second for each of its threads."""
        self.client.closed, self.client.auto_reconnect_enabled = True, False
        self.client.current_session_state.terminated = True
        with contextlib.suppress(OSError, AttributeError):  # where the connection is gone already
            self.client.current_session.sock.shutdown(socket.SHUT_RDWR)
        self.client.disconnect()
        runners = (self.client.current_app_monitor, self.client.current_session_runner, self.client.message_processor)
        for runner in runners:
            runner.event.set()
        self.client.message_workers.shutdown(wait=False)

    def _take(self, client: Any, request: SocketModeRequest) -> None:
        self.got.append(request)
        answer = self._answer(request)
        if answer is not None:
            client.send_socket_mode_response(SocketModeResponse(request.envelope_id, answer or None))

    def events(self, kind: str) -> list[dict[str, Any]]:
        return [one.payload["event"] for one in list(self.got) if one.payload.get("event", {}).get("type") == kind]

    def acts(self, kind: str) -> list[dict[str, Any]]:
        return [one.payload for one in list(self.got) if one.payload.get("type") == kind]


def refused(call: Callable[..., object], **arguments: Any) -> str:
    """The code with which a call is refused."""
    with pytest.raises(SlackApiError) as caught:
        call(**arguments)
    return str(caught.value.response["error"])


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def words(text: str, verbatim: bool = True) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": verbatim}}


def button(action_id: str, value: str = "v") -> dict[str, Any]:
    return {"type": "button", "action_id": action_id, "text": plain("Press"), "value": value}


def buttons(*action_ids: str) -> dict[str, Any]:
    return {"type": "actions", "elements": [button(one) for one in action_ids]}
