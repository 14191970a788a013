from __future__ import annotations

import dataclasses
import time

import pytest

from bot.slack.addressing import Heard, asked, command_in, is_for_bot
from bot.slack.threads import Thread

BOT, ANN, BEN = "U0BOT", "U1ANN", "U2BEN"
ENGAGED = Thread(muted=False, last_speaker=ANN, askers=frozenset({ANN}), known=True)


def said(text: str, user: str = ANN, **given: object) -> Heard:
    heard = Heard("channel", user, text, mentions_bot=f"<@{BOT}" in text, thread="1.0", by_bot=False)
    return dataclasses.replace(heard, **given)  # type: ignore[arg-type]


FOR_IT = [
    "Who is the mayor of Saltmere?",
    "who is the mayor of Saltmere",
    "Who wrote that",
    "who else was on board?",
    "What happened to the ferry?",
    "what about the library",
    "And what about the second ferry?",
    "And in 2019?",
    "in 2019?",
    "2019?",
    "the second one?",
    "Saltmere?",
    "When did it open",
    "when was that?",
    "when?",
    "Where is the new bridge",
    "where exactly?",
    "why?",
    "Why did they close it",
    "how many?",
    "How many passengers were on the ferry",
    "how much does it cost",
    "How long will it take?",
    "how come?",
    "how to apply for a permit",
    "Which ferry ran aground",
    "which one?",
    "Did the council agree",
    "Did anyone get hurt?",
    "Does the ferry run on Sundays",
    "Is the bridge open again",
    "is it still closed",
    "Are the nurses back at work",
    "Can you show me the sources",
    "could you explain the second sentence",
    "Can I see the article?",
    "Tell me more about the strike",
    "tell me who paid for it!",
    "Show me the newest articles",
    "Explain the second point, please",
    "please explain how the vote went",
    "Summarise the article on the dam",
    "Thanks! And who is the mayor?",
    "thanks, what did it cost",
    "ok, and when does it reopen?",
    "ok so who pays for it",
    "Hm, is that the old bridge?",
    "Great. How old is it?",
    "but why did it fail",
    "Who is the mayor? Thanks!",
    "Is the ferry running? I have to be there on Monday.",
    "I was at the harbour yesterday. Is the ferry running again?",
    "so the bridge stays closed until June?",
    "What do we know about the dredging?",
    "Do we have anything on the museum?",
    "who is she? :thinking_face:",
    "who is she? 🤔",
    "who is she? :)",
    "“Who is she?”",
    "*Who* is _the_ mayor",
    "who is she??",
    "really, who paid?",
    "&gt; The bridge will close.\nwhen does it reopen?",
    "Was kostet die Brücke?",
    "市长是谁？",
    "Yesterday, did the ferry run?",
    "Also, who pays?",
    "is Orrin Bridge the one that <https://example.org/a|the Courier> wrote about?",
    "what's the name of the captain",
    "who's the captain",
    "where's the museum",
    "what are the newest articles",
    "compare the two reports",
    "was everyone rescued?",
    "Is Ada Quill the author",
    "Was the vote close",
    "does Orrin have a museum",
    "Will it reopen in June",
    "has the ferry been repaired",
    "No, who is the mayor?",
    "how is the weather there",
    "why isn't it open",
]
NOT_FOR_IT = [
    "thanks",
    "Thanks!",
    "thank you so much :pray:",
    "thx :)",
    "ok",
    "OK, got it",
    "okay great",
    "cool cool",
    "lol",
    "haha",
    "hahaha, of course",
    "+1",
    "+1 to that",
    "👍",
    ":thumbsup:",
    ":joy: :joy:",
    "yes",
    "no",
    "nope",
    "sure",
    "perfect!",
    "never mind",
    "nvm, found it",
    "I see",
    "good to know",
    "wow",
    "?",
    "??",
    "...",
    "",
    "ok?",
    "right?",
    "really?",
    "seriously?",
    "huh?",
    "what?",
    "wtf?",
    "thoughts?",
    "anyone?",
    "any thoughts?",
    "lunch?",
    f"<@{BEN}> who is the mayor?",
    f"what do you think, <@{BEN}>?",
    f"who told <@{BEN}|ben> about it?",
    "<!here> who is the mayor?",
    "<!subteam^S1|@desk> can you check?",
    "@ben is that right?",
    "Ben, did you see this?",
    "hey Ben, is that right?",
    "does anyone know where Ada is?",
    "has anybody seen my badge?",
    "what do you guys think?",
    "shall we meet at ten?",
    "should we tell Ben?",
    "can we talk about this later?",
    "are you all coming?",
    "do you want some coffee?",
    "what are you doing tonight, Ben?",
    "who wants coffee?",
    "who's in?",
    "how are you?",
    "what's up?",
    "why not?",
    "sounds good?",
    "who is @ben?",
    "have a nice day",
    "will do",
    "is that so",
    "what a day",
    "What a mess!",
    "who knows",
    "who cares?",
    "how nice",
    "how cool is that!",
    "how funny",
    "which is why I asked",
    "which was to be expected",
    "when I was there it rained",
    "when he is back I will ask",
    "where I live it is worse",
    "what I meant was the other one",
    "what matters is the price",
    "why not",
    "whatever",
    "tell me about it",
    "tell me when you are back",
    "can do",
    "did it",
    "did that yesterday",
    "is fine with me",
    "the bridge is closed then",
    "I will write to the council",
    "that is interesting, I had no idea",
    "let's take this to the other channel",
    "I wonder who paid for it",
    "mute",
    "help",
    "<https://example.org/search?q=ferry?>",
    "see <https://example.org/a?b=1|this>",
    "&gt; who is the mayor?",
    "&gt; who is the mayor?\nexactly my point",
    "what did I tell you!",
    "Danke!",
]


@pytest.mark.parametrize("text", FOR_IT)
def test_what_the_asker_asks_next_is_for_it(text: str) -> None:
    assert is_for_bot(said(text), ENGAGED, BOT)


@pytest.mark.parametrize("text", NOT_FOR_IT)
def test_what_is_no_question_to_it_stays_unanswered(text: str) -> None:
    assert not is_for_bot(said(text), ENGAGED, BOT)


@pytest.mark.parametrize("text", ["Who is the mayor?", "thanks", "lol", "", f"<@{BEN}> who?", "mute"])
def test_a_mention_and_a_direct_message_are_always_for_it(text: str) -> None:
    muted = dataclasses.replace(ENGAGED, muted=True, last_speaker=BEN)
    for thread in (None, ENGAGED, muted):
        assert is_for_bot(said(f"<@{BOT}> {text}", user=BEN), thread, BOT)
        assert is_for_bot(said(text, surface="direct", mentions_bot=False), thread, BOT)


QUESTION = said("Who is the mayor?")


@pytest.mark.parametrize(
    ("heard", "thread"),
    [
        (dataclasses.replace(QUESTION, thread=""), None),
        (QUESTION, None),
        (QUESTION, dataclasses.replace(ENGAGED, known=False)),
        (QUESTION, dataclasses.replace(ENGAGED, muted=True)),
        (QUESTION, dataclasses.replace(ENGAGED, last_speaker=BEN)),
        (QUESTION, dataclasses.replace(ENGAGED, askers=frozenset({BEN}))),
        (dataclasses.replace(QUESTION, user=BEN), ENGAGED),
        (dataclasses.replace(QUESTION, by_bot=True), ENGAGED),
        (dataclasses.replace(QUESTION, user=BOT), dataclasses.replace(ENGAGED, askers=frozenset({BOT}))),
        (said(f"<@{BOT}> who?", user=BOT), ENGAGED),
        (said("who?", surface="direct", by_bot=True), ENGAGED),
    ],
    ids=[
        "outside threads",
        "thread it knows nothing of",
        "thread it was never asked in",
        "muted",
        "somebody else spoke since",
        "never asked it here",
        "another person",
        "a bot",
        "itself",
        "itself, naming itself",
        "a bot in a direct message",
    ],
)
def test_without_a_mention_only_its_own_conversation_is_for_it(heard: Heard, thread: Thread | None) -> None:
    assert not is_for_bot(heard, thread, BOT)


@pytest.mark.parametrize("speaker", ["", ANN, BOT])
def test_its_own_answer_does_not_end_the_conversation(speaker: str) -> None:
    assert is_for_bot(QUESTION, dataclasses.replace(ENGAGED, last_speaker=speaker), BOT)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("mute", "mute"),
        ("Mute!", "mute"),
        ("please mute this thread", "mute"),
        ("mute please", "mute"),
        ("unmute", "unmute"),
        ("Un-mute.", "unmute"),
        ("help", "help"),
        ("HELP?", "help"),
        ("help me please", "help"),
        ("", None),
        ("help me find the mayor", None),
        ("who can mute a thread?", None),
        ("mute button", None),
        ("commute", None),
    ],
)
def test_commands_are_whole_messages(text: str, command: str | None) -> None:
    assert command_in(text) == command


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<@U0BOT> who is the mayor?", "who is the mayor?"),
        ("<@U0BOT|footnote>: who is the mayor?", "who is the mayor?"),
        ("hey <@U0BOT>, who is the mayor?", "hey, who is the mayor?"),
        ("who is the mayor, <@U0BOT>?", "who is the mayor?"),
        ("who is the mayor? <@U0BOT>", "who is the mayor?"),
        ("<@U0BOT>", ""),
        ("<@U0BOT> <@U0BOT>  ", ""),
        ("what did <@U2BEN|ben> write in <#C1|harbour>?", "what did @ben write in #harbour?"),
        ("what did <@U2BEN> write in <#C1|>?", "what did @U2BEN write in #C1?"),
        ("ask <!subteam^S1|@desk> and <!here>", "ask @desk and @here"),
        ("before <!date^1392734382^{date}|18 February 2014>?", "before 18 February 2014?"),
        ("what is <https://example.org/a?b=1&amp;c=2>?", "what is https://example.org/a?b=1&c=2?"),
        ("what is <https://example.org/a|the article>?", "what is the article?"),
        ("who is <mailto:ada@example.org|ada@example.org>?", "who is ada@example.org?"),
        ("is 1 &lt; 2 &amp;&amp; 3 &gt; 2?", "is 1 < 2 && 3 > 2?"),
        ("what is &amp;lt;b&amp;gt;?", "what is &lt;b&gt;?"),
        ("what is &lt;@U0BOT&gt;?", "what is <@U0BOT>?"),
        ("*who* is _the_ ~old~ mayor?", "who is the old mayor?"),
        ("what is `snake_case_name` or `*args`?", "what is `snake_case_name` or `*args`?"),
        ("is 2 * 3 * 4 = 24, and what is snake_case?", "is 2 * 3 * 4 = 24, and what is snake_case?"),
        ("&gt; The bridge will close.\nwhen?", "> The bridge will close. when?"),
        ("  who\n\nis\u00a0 it? ", "who is it?"),
        ("a < b", "a < b"),
    ],
)
def test_slacks_notation_becomes_the_words_that_were_meant(text: str, words: str) -> None:
    assert asked(text, BOT) == words


@pytest.mark.parametrize(
    "piece", ["*a ", " ", "!", "_", "<", "<@", "`", "a?", ":", "ok ", "thanks so ", ", Aa", "guys!", "x"]
)
def test_no_text_takes_long(piece: str) -> None:
    text = piece * (40_000 // len(piece)) + "|"
    began = time.perf_counter()
    is_for_bot(said(text), ENGAGED, BOT)
    asked(text, BOT)
    command_in(text)
    assert time.perf_counter() - began < 0.5


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("the second one", True),
        ("in 2019", True),
        ("yes", True),
        ("Solheim", True),
        ("both, please", True),
        ("never mind", False),
        ("thanks", False),
        ("<@U2> the second one", False),
        ("Ben, the second one", False),
        (":thumbsup:", False),
    ],
)
def test_whoever_was_asked_back_is_heard_whatever_they_reply(text: str, meant: bool) -> None:
    heard = Heard("channel", "U1", text, False, "1.0", False)
    asked_back = Thread(False, "U1", frozenset({"U1"}), True, "U1")
    assert is_for_bot(heard, asked_back, "UBOT") is meant
    someone_else = Thread(False, "U1", frozenset({"U1", "U2"}), True, "U2")
    assert not is_for_bot(heard, someone_else, "UBOT")
