import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import partial

import pytest
from langchain_core.runnables import RunnableLambda

import prompts
from bot.answers import Answer, Dropped, Event, Finished, Found, Lead, Searching, Text, Usage
from bot.chain import Chain, Find, Rules
from bot.composing import Composer, Draft, Outcome, Request, Turn
from bot.composing.chat import ChatComposer, ChatOptions, chat_composer
from bot.composing.extractive import compose
from retrieval.articles import AnswerSpan, Article, Filters, Hit, Passage, Reading, Why
from tests.openai_server import Fault, OpenAIServer, Reply

BRIDGE = (
    "The bridge over the Sorne opened on 3 June after two years of work. "
    "It cost 4 million crowns, according to the port authority. "
    "Mayor Ida Voss cut the ribbon in front of a small crowd."
)
FERRY = (
    "The ferry across the Sorne will stop in July, the port authority said. Its crew of nine will work on the bridge."
)
QUESTION = "When did the bridge over the Sorne open?"
REFUSAL = prompts.text("refusal")
EXTRACTIVE = partial(compose, sentences=2)


def hit(id: str, text: str, rank: int = 1, similarity: float = 0.75, collection: str = "default") -> Hit:
    article = Article(id, f"About the {id}", text, url=f"https://example.org/{id}", collection=collection)
    passage = Passage(f"{id}@1#0", id, 1, 0, len(text), text)
    return Hit(article, passage, 1 / rank, (0, len(text)), Why(rank, rank, similarity))


HITS = (hit("bridge", BRIDGE), hit("ferry", FERRY, 2, 0.5))


def finding(*hits: Hit) -> Find:
    return lambda question, filters, as_of, **followup: hits


def drain(events: Iterator[Event]) -> tuple[str, Answer]:
    *earlier, last = events
    assert isinstance(last, Finished)
    return "".join(event.text for event in earlier if isinstance(event, Text)), last.answer


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer() as running:
        yield running


def chat(server: OpenAIServer) -> ChatComposer:
    return chat_composer(ChatOptions("openai:test-model", "sk-secret-1", server.base_url, max_retries=0))


def test_answer_without_a_chat_model_quotes_the_articles() -> None:
    events = list(Chain(finding(*HITS), EXTRACTIVE).stream(QUESTION))

    assert events[:2] == [Searching(QUESTION), Found(HITS)]
    shown, answer = drain(iter(events))
    assert answer.kind == "answer"
    assert answer.text == shown
    assert answer.text.startswith("The bridge over the Sorne opened on 3 June after two years of work. [1]")
    assert answer.statements[0].support == "quoted"
    assert answer.citations[0].article.id == "bridge"
    for citation in answer.citations:
        for quote in citation.quotes:
            assert citation.article.text[quote.start : quote.end] == quote.text
        assert citation.link is not None
        assert citation.link.startswith(f"https://example.org/{citation.article.id}#:~:text=")
    assert answer.model == "none"
    assert answer.usage == Usage()
    assert 0.5 <= answer.confidence <= 1
    assert {"standalone", "search", "confidence", "compose", "ground"} <= set(answer.timings)
    assert answer.hits == HITS


def test_answers_have_ids_of_their_own() -> None:
    chain = Chain(finding(*HITS), EXTRACTIVE)
    assert chain.answer(QUESTION).id != chain.answer(QUESTION).id


def test_search_gets_question_filters_and_date() -> None:
    seen: list[tuple[str, Filters, date | None]] = []

    def find(question: str, filters: Filters, as_of: date | None) -> tuple[Hit, ...]:
        seen.append((question, filters, as_of))
        return HITS

    filters = Filters(sources=("Sorne Post",))
    Chain(find, EXTRACTIVE).answer(QUESTION, filters=filters, as_of=date(2024, 6, 10))

    assert seen == [(QUESTION, filters, date(2024, 6, 10))]


def test_a_refusal_for_want_of_articles_says_so() -> None:
    chain = Chain(finding(), EXTRACTIVE)

    assert "footnote ingest" in (chain.answer(QUESTION).notice or "")
    assert chain.answer(QUESTION, filters=Filters(sources=("Nobody",))).notice == "No article passes the filters."
    assert Chain(finding(*HITS), EXTRACTIVE).answer("Who is the president of France?").notice is None


@pytest.mark.parametrize("hits", [(), (hit("recipe", "Whisk the eggs with sugar. Bake for an hour.", 40, 0.02),)])
def test_what_the_articles_do_not_answer_is_refused_and_the_nearest_are_named(hits: tuple[Hit, ...]) -> None:
    shown, answer = drain(Chain(finding(*hits), EXTRACTIVE).stream("Who is the president of France?"))

    assert shown == answer.text == REFUSAL
    assert answer.kind == "refusal"
    assert answer.statements == answer.citations == ()
    assert answer.confidence < 0.5
    assert [near.id for near in answer.nearest] == [found.article.id for found in hits]


def test_nearest_articles_are_named_best_first_and_copies_once() -> None:
    text = "Whisk the eggs with sugar. Bake for an hour."
    copy = Hit(
        Article("copy", "Copied", text, copy_of="b"), Passage("copy@1#0", "copy", 1, 0, 9, text[:9]), 1.0, (0, 9)
    )
    hits = (hit("a", text, 40, 0), hit("b", text, 41, 0), hit("a", text, 42, 0), copy, hit("c", text, 43, 0))
    answer = Chain(finding(*hits), EXTRACTIVE, rules=Rules(nearest=3)).answer("Who is the president of France?")
    assert [near.id for near in answer.nearest] == ["a", "b", "c"]


def test_chat_answer_is_grounded_and_numbered_as_it_is_read(server: OpenAIServer) -> None:
    server.will(
        Reply(
            "The ferry across the Sorne will stop in July, the port authority said [2]. "
            "The bridge over the Sorne opened on 3 June after two years of work [1]."
        )
    )
    shown, answer = drain(Chain(finding(*HITS), EXTRACTIVE, chat=chat(server)).stream(QUESTION))

    assert (
        shown
        == answer.text
        == (
            "The ferry across the Sorne will stop in July, the port authority said. [1] "
            "The bridge over the Sorne opened on 3 June after two years of work. [2]"
        )
    )
    assert [(c.number, c.article.id) for c in answer.citations] == [(1, "ferry"), (2, "bridge")]
    assert answer.citations[1].quotes[0].text == "The bridge over the Sorne opened on 3 June after two years of work."
    assert answer.model == "openai:test-model"
    assert answer.usage == Usage(321, 45)
    assert answer.notice is None


def test_sentence_that_no_passage_supports_is_dropped(server: OpenAIServer) -> None:
    server.will(Reply("The bridge over the Sorne opened on 3 June [1]. It will be torn down in 2030 [1]."))
    answer = Chain(finding(*HITS), EXTRACTIVE, chat=chat(server)).answer(QUESTION)
    assert answer.text == "The bridge over the Sorne opened on 3 June. [1]"
    assert len(answer.statements) == 1


def test_what_was_dropped_is_kept_with_the_hits_that_it_named(server: OpenAIServer) -> None:
    server.will(Reply("The bridge over the Sorne opened on 3 June [1]. It is made of cheese [2][1]. So is the moon."))
    answer = Chain(finding(*HITS), EXTRACTIVE, chat=chat(server)).answer(QUESTION)
    assert answer.text == "The bridge over the Sorne opened on 3 June. [1]"
    assert answer.dropped == (Dropped("It is made of cheese.", (1, 0)), Dropped("So is the moon.", ()))


def test_the_hits_of_what_was_dropped_are_those_of_the_answer_where_some_were_private(server: OpenAIServer) -> None:
    server.will(Reply("The ferry is made of cheese [1]."))
    hits = (hit("bridge", BRIDGE, collection="board"), hit("ferry", FERRY, 2, 0.5))
    rules = Rules(never_collections=frozenset({"board"}))
    answer = Chain(finding(*hits), EXTRACTIVE, chat=chat(server), rules=rules).answer(QUESTION)
    (dropped,) = answer.dropped
    assert [answer.hits[index].article.id for index in dropped.hits] == ["ferry"]


@pytest.mark.parametrize("reply", [Fault(500), Reply("The bridge opened. It cost 4 mil", break_off=True)])
def test_that_the_chat_model_failed_is_kept_apart_from_the_notice(server: OpenAIServer, reply: Reply | Fault) -> None:
    server.will(reply)
    answer = Chain(finding(*HITS), EXTRACTIVE, chat=chat(server)).answer(QUESTION)
    assert answer.chat_failure is not None
    assert answer.chat_failure in (answer.notice or "")
    server.will(Reply("The bridge over the Sorne opened on 3 June [1]."))
    assert Chain(finding(*HITS), EXTRACTIVE, chat=chat(server)).answer(QUESTION).chat_failure is None


def test_or_it_is_marked_where_that_is_wanted(server: OpenAIServer) -> None:
    server.will(Reply("The bridge over the Sorne opened on 3 June [1]. It will be torn down in 2030 [1]."))
    answer = Chain(finding(*HITS), EXTRACTIVE, chat=chat(server), rules=Rules(unsupported="mark")).answer(QUESTION)
    assert answer.text.endswith("[1] It will be torn down in 2030. [unsupported]")
    assert [statement.support != "unsupported" for statement in answer.statements] == [True, False]
    assert answer.statements[1].citations == ()


def test_wrong_marker_does_not_make_a_citation(server: OpenAIServer) -> None:
    server.will(Reply("It cost 4 million crowns, according to the port authority [2]."))
    answer = Chain(finding(*HITS), EXTRACTIVE, chat=chat(server)).answer(QUESTION)
    assert answer.kind == "refusal"
    assert answer.citations == ()


@pytest.mark.parametrize("said", [REFUSAL, "The bridge was painted green by 400 volunteers from Lund [1]."])
def test_chat_model_that_refuses_or_invents_everything_is_a_refusal(server: OpenAIServer, said: str) -> None:
    server.will(Reply(said))
    shown, answer = drain(Chain(finding(*HITS), EXTRACTIVE, chat=chat(server)).stream(QUESTION))
    assert shown == answer.text == REFUSAL
    assert answer.kind == "refusal"
    assert answer.model == "openai:test-model"
    assert answer.usage == Usage(321, 45)
    assert [near.id for near in answer.nearest] == ["bridge", "ferry"]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault(401, "Incorrect API key provided: sk-secret-1"), "401: the key was refused"),
        (Fault(500), "500: the server failed"),
        (Reply("", finish="length"), "it used up its 800 tokens (chat.max_output_tokens) before it had answered"),
        (Reply("The bri", break_off=True), "no connection to the server, or it broke off"),
    ],
)
def test_chat_model_that_fails_is_replaced_by_quotes_and_that_is_said(
    server: OpenAIServer, fault: Fault | Reply, reason: str
) -> None:
    server.will(fault)
    shown, answer = drain(Chain(finding(*HITS), EXTRACTIVE, chat=chat(server)).stream(QUESTION))

    assert answer.kind == "answer"
    assert shown == answer.text
    assert answer.text.startswith("The bridge over the Sorne opened on 3 June after two years of work. [1]")
    assert answer.notice == f"The chat model did not answer ({reason}); this answer quotes the articles instead."
    assert answer.model == "none"
    assert answer.statements[0].support == "quoted"


def test_stream_that_breaks_keeps_what_was_shown_and_says_so(server: OpenAIServer) -> None:
    server.will(Reply("The bridge over the Sorne opened on 3 June [1]. It cost 4 mil", break_off=True))
    shown, answer = drain(Chain(finding(*HITS), EXTRACTIVE, chat=chat(server)).stream(QUESTION))

    assert shown == answer.text == "The bridge over the Sorne opened on 3 June. [1]"
    assert answer.model == "openai:test-model"
    assert answer.notice == (
        "The chat model did not finish (no connection to the server, or it broke off); the answer may be incomplete."
    )


def test_failure_is_told_with_a_refusal_too(server: OpenAIServer) -> None:
    server.will(Fault(401))
    history = [Turn("Who opened the bridge?", "The mayor. [1]", ("bridge",))]
    unrelated = finding(hit("recipe", "Whisk the eggs with sugar. Bake for an hour.", 40, 0.02))
    answer = Chain(unrelated, EXTRACTIVE, chat=chat(server)).answer("And when?", history=history)
    assert answer.kind == "refusal"
    assert answer.notice == "The chat model did not answer (401: the key was refused)."


def test_private_collections_never_reach_the_chat_model(server: OpenAIServer) -> None:
    server.will(Reply("The ferry across the Sorne will stop in July, the port authority said [1]."))
    hits = (hit("bridge", BRIDGE, collection="board"), hit("ferry", FERRY, 2, 0.5))
    rules = Rules(never_collections=frozenset({"board"}))

    answer = Chain(finding(*hits), EXTRACTIVE, chat=chat(server), rules=rules).answer(QUESTION)

    assert "4 million crowns" not in str(server.requests)
    assert answer.text == "The ferry across the Sorne will stop in July, the port authority said. [1]"
    assert answer.citations[0].article.id == "ferry"


def test_private_articles_are_quoted_where_the_chat_model_cannot_answer_without_them(server: OpenAIServer) -> None:
    server.will(Reply(REFUSAL))
    hits = (hit("bridge", BRIDGE, collection="board"), hit("ferry", FERRY, 2, 0.5))
    rules = Rules(never_collections=frozenset({"board"}))

    answer = Chain(finding(*hits), EXTRACTIVE, chat=chat(server), rules=rules).answer(QUESTION)

    assert answer.citations[0].article.id == "bridge"
    assert answer.notice == "The chat model may not see the articles quoted here."
    assert "4 million crowns" not in str(server.requests)


def test_chat_model_is_not_asked_at_all_about_private_articles_alone(server: OpenAIServer) -> None:
    rules = Rules(never_collections=frozenset({"board"}))
    chain = Chain(finding(hit("bridge", BRIDGE, collection="board")), EXTRACTIVE, chat=chat(server), rules=rules)
    answer = chain.answer(QUESTION)
    assert answer.kind == "answer"
    assert answer.model == "none"
    assert server.requests == []


def test_earlier_answers_stay_home_where_there_are_private_collections(server: OpenAIServer) -> None:
    server.will(Reply("When did the bridge open?"), Reply(REFUSAL))
    rules = Rules(never_collections=frozenset({"board"}))
    history = [Turn("What did the bridge cost?", "It cost 4 million crowns. [1]", ("bridge",))]
    Chain(finding(*HITS), EXTRACTIVE, chat=chat(server), rules=rules).answer("And when was that?", history=history)
    assert "4 million crowns. [1]" not in str(server.requests)
    assert "What did the bridge cost?" in server.asked("user", 0)


def test_names_of_earlier_answers_stay_home_too_where_rules_completed_a_question(
    server: OpenAIServer,
) -> None:
    server.will(Fault(503), Reply("When did the bridge open?"), Reply(REFUSAL))
    rules = Rules(never_collections=frozenset({"board"}))
    chain = Chain(finding(*HITS), EXTRACTIVE, chat=chat(server), rules=rules)
    first = Turn("What did the bridge cost?", "Agent Quillon (alias Marsh) paid 4 million crowns. [1]", ("bridge",))
    second = chain.answer("And when was that?", history=[first])
    assert "Quillon" in second.standalone_question
    chain.answer("Who was there?", history=[first, Turn(second.standalone_question, second.text)])
    assert "And when was that?" in str(server.requests)
    assert "Quillon" not in str(server.requests)


def test_follow_up_is_searched_for_as_a_question_of_its_own() -> None:
    history = [Turn("Who opened the bridge over the Sorne?", "Mayor Ida Voss cut the ribbon. [1]", ("bridge",))]
    events = list(Chain(finding(*HITS), EXTRACTIVE).stream("And when was that?", history=history))

    assert isinstance(events[0], Searching)
    assert "bridge over the Sorne" in events[0].question
    _, answer = drain(iter(events))
    assert answer.question == "And when was that?"
    assert answer.standalone_question == events[0].question
    assert "3 June" in answer.text


def test_follow_up_is_completed_by_the_chat_model_and_its_tokens_are_counted(server: OpenAIServer) -> None:
    server.will(Reply(QUESTION), Reply("The bridge over the Sorne opened on 3 June [1]."))
    history = [Turn("Who opened the bridge?", "Mayor Ida Voss cut the ribbon. [1]", ("bridge",))]
    answer = Chain(finding(*HITS), EXTRACTIVE, chat=chat(server)).answer("And when was that?", history=history)
    assert answer.standalone_question == QUESTION
    assert answer.usage == Usage(642, 90)


def test_first_question_is_not_rewritten_by_the_chat_model(server: OpenAIServer) -> None:
    server.will(Reply("The bridge over the Sorne opened on 3 June [1]."))
    Chain(finding(*HITS), EXTRACTIVE, chat=chat(server)).answer(QUESTION)
    assert len(server.requests) == 1


def test_chat_model_that_fails_on_the_follow_up_is_not_waited_for_again(server: OpenAIServer) -> None:
    server.will(Fault(503))
    history = [Turn("Who opened the bridge over the Sorne?", "Mayor Ida Voss. [1]", ("bridge",))]
    answer = Chain(finding(*HITS), EXTRACTIVE, chat=chat(server)).answer("And when was that?", history=history)
    assert len(server.requests) == 1
    assert answer.kind == "answer"
    assert answer.notice is not None
    assert answer.notice.startswith("The chat model did not answer (503: the server failed)")


def test_stopping_before_the_search_asks_nobody(server: OpenAIServer) -> None:
    stop = threading.Event()
    stop.set()
    shown, answer = drain(Chain(finding(*HITS), EXTRACTIVE, chat=chat(server)).stream(QUESTION, cancel=stop))
    assert (shown, answer.text, answer.kind, answer.notice) == ("", "", "answer", "stopped")
    assert server.requests == []


def test_stopping_in_the_middle_keeps_what_was_shown(server: OpenAIServer) -> None:
    server.will(
        Reply("The bridge over the Sorne opened on 3 June [1]. " + "It cost 4 million crowns [1]. " * 500, pause=0.001)
    )
    stop = threading.Event()
    events = []
    for event in Chain(finding(*HITS), EXTRACTIVE, chat=chat(server)).stream(QUESTION, cancel=stop):
        events.append(event)
        if isinstance(event, Text):
            stop.set()

    shown, answer = drain(iter(events))
    assert shown == answer.text == "The bridge over the Sorne opened on 3 June. [1]"
    assert answer.notice == "stopped"
    assert server.hung_up.wait(5)


def test_leaving_the_stream_hangs_up(server: OpenAIServer) -> None:
    server.will(Reply("The bridge over the Sorne opened on 3 June [1]. " + "And so on. " * 5000, pause=0.001))
    stream = Chain(finding(*HITS), EXTRACTIVE, chat=chat(server)).stream(QUESTION)
    while not isinstance(next(stream), Text):
        pass
    stream.close()  # type: ignore[attr-defined]
    assert server.hung_up.wait(5)


def test_leaving_the_stream_ends_the_composer_at_once() -> None:
    def compose(request: Request) -> Iterator[Draft | Outcome]:
        try:
            yield from EXTRACTIVE(request)
        finally:
            ended.set()

    ended, running = threading.Event(), []

    def kept(request: Request) -> Iterator[Draft | Outcome]:
        running.append(compose(request))
        return running[0]

    stream = Chain(finding(*HITS), kept).stream(QUESTION)
    while not isinstance(next(stream), Text):
        pass
    stream.close()  # type: ignore[attr-defined]
    assert ended.is_set()


def test_text_arrives_while_the_model_still_writes(server: OpenAIServer) -> None:
    server.will(Reply("The bridge over the Sorne opened on 3 June [1]. It cost 4 million crowns [1]. ", pause=0.01))
    chain = Chain(finding(*HITS), EXTRACTIVE, chat=chat(server))
    texts = [event for event in chain.stream(QUESTION) if isinstance(event, Text)]
    assert len(texts) == 2


def read(hit: Hit, words: str) -> Hit:
    """The hit as a reader finds these words in it."""
    start = hit.article.text.index(words)
    return replace(hit, reading=Reading(5.0, -5.0, (AnswerSpan(start, start + len(words), 9.0),)))


def answering(words: str) -> Composer:
    """The extractive composer with these words for a short answer."""

    def compose(request: Request) -> Iterator[Draft | Outcome]:
        yield from (one for one in EXTRACTIVE(request) if isinstance(one, Draft))
        yield Outcome("none", short_answer=words)

    return compose


def test_the_short_answer_comes_before_the_sentences_that_carry_it() -> None:
    hits = tuple(replace(hit, reading=Reading(1.0, 1.0, ())) for hit in HITS)
    events = list(Chain(finding(*hits), answering("3 June")).stream(QUESTION))

    assert events[2] == Lead("3 June [1]")
    shown, answer = drain(iter(events))
    assert answer.text == shown
    assert (answer.short_answer, answer.lead) == ("3 June", "3 June [1]")


def test_a_short_answer_that_nothing_carries_is_not_shown() -> None:
    events = list(Chain(finding(*HITS), answering("4 July")).stream(QUESTION))
    assert not any(isinstance(event, Lead) for event in events)
    assert drain(iter(events))[1].short_answer == "4 July"


def test_numbers_that_an_article_writes_into_its_words_are_no_markers_of_a_short_answer() -> None:
    text = "The bridge over the Sorne opened on 3 June [2] after two years of work, the port authority said."
    bridge = read(hit("bridge", text), "3 June [2]")
    answer = Chain(finding(bridge), answering("3 June [2]")).answer(QUESTION)
    assert answer.lead == "3 June (2) [1]"


def test_no_short_answer_leads_where_the_articles_do_not_answer() -> None:
    chain = Chain(finding(*HITS), answering("3 June"), rules=Rules(threshold=1.0))
    events = list(chain.stream(QUESTION))
    assert not any(isinstance(event, Lead) for event in events)
    assert drain(iter(events))[1].short_answer is None


def special(request: Request) -> tuple[tuple[Hit, ...], Iterator[Draft | Outcome]] | None:
    def listing() -> Iterator[Draft | Outcome]:
        yield Draft("One article about that:", ())
        yield from EXTRACTIVE(Request(QUESTION, QUESTION, HITS[:1]))

    return (HITS[:1], listing()) if request.question.startswith("list") else None


def test_requests_that_are_no_questions_are_answered_without_a_search() -> None:
    def find(question: str, filters: Filters, as_of: date | None) -> tuple[Hit, ...]:
        raise AssertionError("nothing to search for")

    shown, answer = drain(Chain(find, EXTRACTIVE, special=special).stream("list articles about the bridge"))

    assert shown == answer.text
    assert answer.text.startswith("One article about that: The bridge over the Sorne opened on 3 June")
    assert answer.statements[0].text.startswith("The bridge")
    assert answer.citations[0].article.id == "bridge"


def test_other_questions_pass_the_special_requests_by() -> None:
    assert Chain(finding(*HITS), EXTRACTIVE, special=special).answer(QUESTION).citations[0].article.id == "bridge"


def test_draft_that_rests_on_nothing_is_only_a_courtesy_in_a_special_reply() -> None:
    def careless(request: Request) -> Iterator[Draft | Outcome]:
        yield Draft("The bridge is made of cheese.", ())
        yield Outcome("none")

    assert Chain(finding(*HITS), careless).answer(QUESTION).kind == "refusal"


def test_chain_is_a_step_of_a_langchain_pipeline() -> None:
    runnable = Chain(finding(*HITS), EXTRACTIVE).as_runnable() | RunnableLambda(lambda answer: answer.text)
    answers: Sequence[str] = runnable.batch([{"question": QUESTION}, {"question": "Who is the president of France?"}])
    assert "3 June" in answers[0]
    assert answers[1] == REFUSAL
