"""Whether a message is meant for the bot, and the words in it; where that is in doubt it is not."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, cast

from bot.slack.questions import Surface
from bot.slack.threads import Thread

Command = Literal["mute", "unmute", "help"]

_TOKEN = re.compile(r"<([^<>\s][^<>]*)>")
_CODE = re.compile(r"(```.*?```|`[^`\n]*`)", re.DOTALL)
_EMPHASIS = re.compile(r"(?<!\w)([*_~])(\S|\S[^\n]{0,200}?\S)\1(?!\w)")
_ENTITIES = {"lt": "<", "gt": ">", "amp": "&"}
_ENTITY = re.compile(r"&(lt|gt|amp);")
_COMMAND = re.compile(
    r"(?:please\s+)?(mute|un-?mute|help)(?:\s+(?:me|(?:(?:this|the)\s+)?thread|this|here))?(?:,?\s*please)?\s*[.!?]*",
    re.IGNORECASE,
)

_OTHERS = re.compile(r"<@|<!(?!date)|(?<!\S)@\w")
_LINK = re.compile(r"<[a-z]+:[^<>|]*(?:\|([^<>]*))?>", re.IGNORECASE)
_EMOJI = re.compile(r":[a-z0-9_+'-]+:|[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f\u200d]|(?<!\S)[:;]-?[()DPp/|](?!\S)")
_VOCATIVE = re.compile(r"(?:(?i:hey|hi|hello|ok|okay)\s+)?([A-Z][a-z]+),\s")
_OPENINGS = re.compile(
    r"actually|again|also|alternatively|and|anyway|basically|but|first|finally|generally|great|hello|hey|hi|hm+|"
    r"however|instead|interesting|last|lastly|meanwhile|nice|no|now|oh|ok|okay|or|otherwise|perfect|please|really|"
    r"right|second|secondly|so|sorry|still|sure|thanks|then|third|thus|today|tomorrow|well|wow|yeah|yes|yesterday",
    re.IGNORECASE,
)
_COURTESY = (
    r"thanks(?: a lot| so much| again)?|thank you(?: so much| very much)?|thx|ty|ok(?:ay)?|great|cool|nice|perfect|"
    r"good|right|sure|yes|yeah|yep|no|nope|oh|ah|hm+|well|hi|hello|hey|sorry|wow|interesting|i see|got it|really|"
    r"and|but|so|also|then|or|now|please|anyway|actually|lol|haha"
)
_COURTESY_BEFORE = re.compile(rf"^(?:(?:{_COURTESY})(?:[\s,.!:;–—-]+(?=\w)))+", re.IGNORECASE)
_SMALL_TALK = re.compile(
    rf"(?:{_COURTESY}|k|kk|yup|exactly|agreed|correct|seriously|huh|eh|what|wtf|omg|lmao|rofl|(?:ha|he)+h?|"
    r"(?:any )?(?:thoughts|ideas|opinions|comments|questions|objections)|any(?:one|body)|who cares|who knows|"
    r"lunch|coffee|tea|beer|deal|done|makes sense|sounds good|nice one|good one|why not|what's up|"
    r"how are you|[\W\d_]*[+-]1|)\W*",
    re.IGNORECASE,
)
_DECLINES = re.compile(
    r"(?:ok(?:ay)?\W+)?(?:thanks|thank you|thx|ty|never ?mind|nvm|forget it|lol|ha(?:ha)+|neither|"
    r"none(?: of (?:them|these))?|hm+|oh|wow|ok(?:ay)?|(?:any )?(?:thoughts|ideas)|[\W\d_]*[+-]1)\W*",
    re.IGNORECASE,
)
_TO_PEOPLE = re.compile(
    r"\byou (?:all|guys|folks|two)\b|\by'all\b|\b(?:guys|folks)\b\W*$|"
    r"^(?:shall|should|can|could|let|may) (?:we|us)\b|^do you (?:want|think|agree|mind|fancy|guys|need)\b|"
    r"^what do you think\b|^(?:does|do|can|could|has|have|is|would|will) any(?:one|body) "
    r"(?:here|know|have|else|want|seen|heard|remember|help|around|free|going|up|mind|object)\b|"
    r"\b(?:can|could|would|will|should) (?:some(?:one|body)|[a-z]+ (?:check|have a look|take a look|handle|do) )|"
    r"\bforward (?:this|it|that)\b|^see you\b|"
    r"^who(?:'s| is|) (?:wants|needs|coming|joining|in\W*$|up for|free\W*$)|"
    r"^tell me (?:about it\W*$|(?:when|once|if|as soon as|after) (?:you|he|she|they|we)\b)|"
    r",\s(?-i:[A-Z])[a-z]+\W*$",  # "…, Ben?"
    re.IGNORECASE,
)
_ENDS_ASKING = re.compile(
    r"\w[^\w?？؟]*[?？؟][?!？؟\s\"'”’)\]]*(?:(?:thanks|thank you|thx|please|pls|lol)\W*)?$", re.IGNORECASE
)
_BE_OR_DO = (
    r"(?:is|are|was|were|do|does|did|can|could|will|would|has|have|had|should|may|might|must|isn't|aren't|wasn't|"
    r"weren't|don't|doesn't|didn't|can't|couldn't|won't|wouldn't|hasn't|haven't|shouldn't)"
)
_SUBJECT = (
    r"(?:(?:the|an?|this|that|these|those|there|it|s?he|they|you|i|we|any|all|some|both|his|her|its|their|our|my|your)"
    r"\b|(?-i:[A-Z]))"
)
# What is asked without a question mark; "who knows", "what a day", "which is why", "when I was", "did it" are not.
_INTERROGATIVE = re.compile(
    rf"(?:who|what|where|when|why|how)(?:'s| {_BE_OR_DO}) \w|(?:what|how) about \w|"
    r"who (?!knows|cares|would have)\w+|which (?!is\b|was\b|are\b|were\b|makes?\b|means?\b|would\b|will\b|has\b|"
    r"had\b|i\b|we\b|he\b|she\b|they\b|you\b|it\b)\w+ \w|what (?:kind|sort|time|year|day|date|else|exactly|happened|"
    r"happens|caused)\b|how (?:many|much|long|often|old|far|big|large|high|tall|deep|wide|come|to|exactly|soon|fast)\b|"
    rf"why the \w|(?:is|are|was|were|can|could|does|has) (?!that\b){_SUBJECT}\w* \w|"
    rf"did (?!it\b|that\b){_SUBJECT}\w* \w|will (?!you\b|i\b){_SUBJECT}\w* \w|do (?:we|they|you|i) \w",
    re.IGNORECASE,
)
_REQUEST = re.compile(
    r"(?:tell|show|give) me \w|(?:explain|describe|summari[sz]e|compare) \w|list (?:all|the|every) \w", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Heard:
    """A message as somebody said it: ``text`` is Slack's own notation, ``thread`` empty at the top level."""

    surface: Surface
    user: str
    text: str
    mentions_bot: bool
    thread: str
    by_bot: bool


def is_for_bot(heard: Heard, thread: Thread | None, bot_user: str) -> bool:
    """Whether to answer a message; ``thread`` is what is known of the one it stands in.

    Mentions and direct messages are always for it. In a thread where it takes part, so is a question by somebody who
    has asked it there before, as long as nobody else has spoken since, and whatever they reply where they were asked
    back. A bot is heard only where it mentions this one.
    """
    if heard.user == bot_user:
        return False
    if heard.mentions_bot:
        return True
    if heard.by_bot:
        return False
    if heard.surface == "direct":
        return True
    if not heard.thread or thread is None or not thread.known or thread.muted or heard.user not in thread.askers:
        return False
    if thread.last_speaker not in ("", heard.user, bot_user):
        return False
    return _asks(heard.text) or (thread.asked_back == heard.user and _replies(heard.text))


def command_in(text: str) -> Command | None:
    """The command that the words of a message are, if they are nothing else."""
    found = _COMMAND.fullmatch(text.strip())
    return cast("Command", found[1].lower().replace("-", "")) if found else None


def asked(text: str, bot_user: str) -> str:
    """The words that were meant by a text in Slack's notation, without the mention of the bot itself.

    Mentions, channels, links and dates become what people see of them, on one line; nothing is escaped any more.
    """
    text = text.replace("\u2060", "")  # as our own prompts have it
    without = re.sub(rf"\s?<@{re.escape(bot_user)}(?:\|[^<>]*)?>", "", text)
    seen = "".join(
        part if place % 2 else _EMPHASIS.sub(r"\2", _TOKEN.sub(_shown, part))
        for place, part in enumerate(_CODE.split(without))
    )
    words = " ".join(_ENTITY.sub(lambda entity: _ENTITIES[entity[1]], seen).split())
    if without != text:
        words = re.sub(r",(?=[?!.]*$)", "", words.lstrip(" ,:;-–—"))
    return words


def _shown(token: re.Match[str]) -> str:
    """What people see of ``<…>``."""
    target, _, label = token[1].partition("|")
    if target.startswith(("@", "#")):
        return target[0] + (label.lstrip(target[0]) or target[1:])
    if target.startswith("!"):
        name = target[1:].partition("^")[0]
        return label or f"@{name}"
    return label or target


def _asks(text: str) -> bool:
    """Whether a text without any mention of the bot is a question to it."""
    words = _words_to_it(text)
    words = _COURTESY_BEFORE.sub("", words, count=1)
    if not words or _SMALL_TALK.fullmatch(words) or _TO_PEOPLE.search(words):
        return False
    if _ENDS_ASKING.search(words):
        return True
    first = re.split(r"(?<=[.!?])\s", words, maxsplit=1)[0]
    return bool(_REQUEST.match(first) or ("!" not in first and _INTERROGATIVE.match(first)))


def _replies(text: str) -> bool:
    """Whether a text may be the reply to a question back, such as "yes" or "the second one"."""
    words = _words_to_it(text)
    return bool(words) and not _DECLINES.fullmatch(words)


def _words_to_it(text: str) -> str:
    """The words of a text, none where they are said to somebody else; emoji and quoted lines are left out."""
    if _OTHERS.search(text):
        return ""
    own = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("&gt;"))
    words = _EMOJI.sub(" ", asked(_LINK.sub(_without_address, own), ""))
    words = " ".join(words.replace("’", "'").split()).strip(" \"'“”()*_~")
    vocative = _VOCATIVE.match(words)
    return "" if vocative and not _OPENINGS.fullmatch(vocative[1]) else words


def _without_address(link: re.Match[str]) -> str:
    return link[1] or ""
