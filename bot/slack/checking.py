"""Whether Slack takes the tokens and grants what the bot needs; no token is in anything said here."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import SecretStr

from bot.slack.manifest import SCOPES
from bot.slack.serving import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET
from bot.slack.web import SlackLost, SlackRefused, Web
from config import Secrets, Settings
from retrieval.upkeep import Finding

_TOKENS = ("xox", "xapp-")  # how a token begins, of whatever kind
_INSTALL = "give the app the manifest that footnote slack manifest writes, and install it again"


def check_slack(settings: Settings, secrets: Secrets) -> Iterator[Finding]:
    """Look at each token that is set, asking Slack; what is missing for one of the two modes is said too."""
    web = Web(secrets.slack_bot_token or SecretStr(""), settings.slack.api_url)
    yield from _bot(secrets.slack_bot_token, web)
    if secrets.slack_app_token is None and secrets.slack_signing_secret is None:
        neither = f"neither {APP_TOKEN[0]} (for Socket Mode) nor {SIGNING_SECRET[0]} (for HTTP) is set"
        yield Finding("slack deliveries", "broken", neither, f"set one; Slack shows them under {APP_TOKEN[2]}")
    if secrets.slack_app_token is not None:
        yield _socket(secrets.slack_app_token, web)
    if secrets.slack_signing_secret is not None:
        yield _signing(secrets.slack_signing_secret)


def _bot(token: SecretStr | None, web: Web) -> Iterator[Finding]:
    variable, beginning, page = BOT_TOKEN
    if token is None:
        yield Finding("slack", "broken", f"{variable} is not set", f"set it; Slack shows it under {page}")
        return
    if not token.get_secret_value().startswith(beginning):
        yield _of_another_kind("slack", BOT_TOKEN)
        return
    try:
        who = web.call("auth.test")
        headers = web.client.auth_test().headers
    except SlackRefused as error:
        yield _refused("slack", BOT_TOKEN, error)
    except Exception as error:  # SlackLost, or whatever the library raises where only the second call fails
        yield _unreachable("slack", error)
    else:
        yield Finding("slack", "ok", f"{who['user']} in {who['team']}")
        granted = next((value for name, value in headers.items() if name.lower() == "x-oauth-scopes"), "")
        yield _scopes({scope.strip() for scope in granted.split(",")} - {""})


def _scopes(granted: set[str]) -> Finding:
    missing = [scope for scope in SCOPES if scope not in granted]
    beyond = sorted(granted - set(SCOPES))
    remark = f"; granted and not needed: {', '.join(beyond)}" if beyond else ""
    if missing:
        return Finding("slack scopes", "broken", f"missing: {', '.join(missing)}{remark}", _INSTALL)
    return Finding("slack scopes", "ok", f"all {len(SCOPES)} that are needed{remark}")


def _socket(token: SecretStr, web: Web) -> Finding:
    if not token.get_secret_value().startswith(APP_TOKEN[1]):
        return _of_another_kind("slack socket", APP_TOKEN)
    try:
        web.call("apps.connections.open", app_token=token.get_secret_value())
    except SlackRefused as error:
        return _refused("slack socket", APP_TOKEN, error)
    except SlackLost as error:
        return _unreachable("slack socket", error)
    return Finding("slack socket", "ok", "Slack offers a connection for Socket Mode")


def _signing(secret: SecretStr) -> Finding:
    if secret.get_secret_value().startswith(_TOKENS):
        words = f"{SIGNING_SECRET[0]} is a token, and no signing secret"
        return Finding("slack signatures", "broken", words, f"see {SIGNING_SECRET[2]} in Slack")
    return Finding("slack signatures", "ok", f"{SIGNING_SECRET[0]} is set; only a delivery shows whether it is right")


def _of_another_kind(name: str, kind: tuple[str, str, str]) -> Finding:
    variable, beginning, page = kind
    words = f"{variable} is a token of another kind: it must begin with {beginning}"
    return Finding(name, "broken", words, f"see {page} in Slack")


def _refused(name: str, kind: tuple[str, str, str], error: SlackRefused) -> Finding:
    variable, _, page = kind
    if error.code == "ratelimited":
        return Finding(name, "warning", f"Slack was asked too often about {variable}", "try again in a minute")
    return Finding(name, "broken", f"Slack refuses {variable}: {error}", f"compare it with what stands under {page}")


def _unreachable(name: str, error: Exception) -> Finding:
    why = str(error) if isinstance(error, SlackLost) else type(error).__name__
    return Finding(name, "warning", f"Slack cannot be reached ({why})", "check the network, and slack.api_url")
