"""An answer as Slack shows it, and as the messages that it takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bot.answers import Answer
from bot.slack.questions import Post, Rendered
from bot.slack.rendering.elements import Json, actions, aside, button, feedback, said, texts, written
from bot.slack.rendering.escaping import bold, clean, markdown, mrkdwn, one_line, words_of
from bot.slack.rendering.sources import nearest_articles, sides, sources, subject, titled
from bot.slack.rendering.splitting import divided, shortened, width

_LONGEST_MESSAGE = 11_000  # characters; Slack was seen to refuse messages from 13,172 on, and counts more than it says
_MOST_BLOCKS = 45  # of 50; long Markdown may count as more than one
_LONGEST_SUMMARY = 3_000
_LONGEST_SUMMARIZED = 1_800  # characters of an answer, so that its sources have room


def rendered(answer: Answer, handle: str, *, feedback: bool = True) -> Rendered:
    """The answer as Markdown, its lead first, what stands below, and what notifications and screen readers say.

    ``handle`` is the value of every button; ``feedback`` whether people are asked to judge it.
    """
    lead = bold(answer.lead) if answer.lead else ""
    parts = [markdown(part) for part in divided(clean(answer.text), _LONGEST_MESSAGE - width(lead), _markdown_width)]
    parts[:1] = [lead + part for part in parts[:1]]
    return Rendered(tuple(parts), tuple(_below(answer, handle, feedback)), _summary(answer))


def posts(rendered: Rendered) -> tuple[Post, ...]:
    """The answer as whole messages: a Markdown block for each part, in order, and what stands below after the last.

    The first block of the n-th message is the n-th part; what is below is moved on to further messages where it is too
    much for one.
    """
    return _packed([[written(part)] for part in rendered.parts], rendered.tail, rendered.summary)


def plain_posts(rendered: Rendered) -> tuple[Post, ...]:
    """The same with blocks of the oldest kinds alone, for where Slack does not know the others; nothing is lost."""
    messages = [said(words_of(part)) for part in rendered.parts]
    tail = [plain for block in rendered.tail for plain in _plainly(block)]
    return _packed(messages, tail, rendered.summary)


def summary_of(text: str) -> str:
    """Any words as the top-level text of a message, within its length."""
    return mrkdwn(shortened(text, _LONGEST_SUMMARY, lambda words: width(mrkdwn(words))))


def _packed(messages: list[list[Json]], tail: Sequence[Json], summary: str) -> tuple[Post, ...]:
    """The messages, with as much of the tail behind the last as it holds, and then further ones."""
    count, length = _size(messages[-1]) if messages else (_MOST_BLOCKS, 0)
    for together in _groups(tail):
        more, longer = _size(together)
        if count + more > _MOST_BLOCKS or length + longer > _LONGEST_MESSAGE:
            messages.append([])
            count = length = 0
        messages[-1].extend(together)
        count, length = count + more, length + longer
    return tuple(
        Post(_summary_of_blocks(blocks) if index else summary, tuple(blocks)) for index, blocks in enumerate(messages)
    )


def _groups(blocks: Sequence[Json]) -> Iterator[list[Json]]:
    """Blocks that belong together: what buttons are for stands with them, where one message can hold both."""
    group: list[Json] = []
    for block in blocks:
        is_more = block["type"] in ("actions", "context_actions")
        if group and not (is_more and _size([*group, block])[1] <= _LONGEST_MESSAGE):
            yield group
            group = []
        group.append(block)
    if group:
        yield group


def _size(blocks: Sequence[Json]) -> tuple[int, int]:
    """How many blocks these are, those inside others included, and how many characters."""
    count = sum(1 + len(block.get("child_blocks", ())) for block in blocks)
    return count, sum(width(text) for text in texts(blocks))


def _summary_of_blocks(blocks: Sequence[Json]) -> str:
    written = (words_of(text) if block["type"] == "markdown" else text for block in blocks for text in texts(block))
    return summary_of(one_line(" ".join(written)))


def _plainly(block: Json) -> Iterator[Json]:
    """A block as sections, contexts and rows of buttons."""
    match block["type"]:
        case "container":
            yield from said(block["title"]["text"])
            for child in block["child_blocks"]:
                yield from _plainly(child)
        case "rich_text":
            lines = ["".join(texts(element)) for element in _lines(block["elements"])]
            yield from said("\n".join(lines))
        case "context_actions":
            (buttons,) = block["elements"]
            both = (buttons["positive_button"], buttons["negative_button"])
            yield from actions(
                [
                    button(one["text"]["text"], f"feedback:{one['value'].rpartition(':')[2]}", one["value"])
                    for one in both
                ]
            )
        case _:
            yield block


def _lines(elements: Iterable[Json]) -> Iterator[Json]:
    """The lines of rich text, those of lists included."""
    for element in elements:
        if element["type"] == "rich_text_list":
            yield from element["elements"]
        else:
            yield element


def _markdown_width(text: str) -> int:
    """What a text adds to Markdown, the space at its end included."""
    return width(markdown(f"{text}.")) - 1


def _below(answer: Answer, handle: str, judged: bool) -> Iterator[Json]:
    for disagreement in answer.disagreements:
        yield from sides(disagreement)
    yield from sources(answer.citations, handle)
    if answer.kind == "refusal":
        yield from nearest_articles(answer.nearest, handle)
    if notice := _notice(answer):
        yield aside(f"Note: {notice}")
    if judged and answer.kind != "question":
        yield feedback(handle)


def _summary(answer: Answer) -> str:
    """The answer in plain words, the shortest first, with its sources' names."""
    lead = f"{one_line(answer.lead)}." if answer.lead else ""
    sentences = [lead, shortened(one_line(answer.text), _LONGEST_SUMMARIZED)]
    sentences += [f"Sources disagree about {subject(found)}." for found in answer.disagreements]
    if answer.citations:
        names = (f"[{one.number}] {titled(one.article.title)}{_outlet(one.article.source)}" for one in answer.citations)
        sentences.append(f"Sources: {'; '.join(names)}.")
    if answer.kind == "refusal" and answer.nearest:
        sentences.append(f"Nearest articles: {'; '.join(titled(one.title) for one in answer.nearest)}.")
    if notice := _notice(answer):
        sentences.append(f"Note: {notice}")
    return summary_of(" ".join(sentence for sentence in sentences if sentence))


def _notice(answer: Answer) -> str:
    """What the asker must be told besides; why the chat model failed is in its server's words, and for the log."""
    return one_line((answer.notice or "").replace(f" ({answer.chat_failure})", ""))


def _outlet(source: str | None) -> str:
    return f", {titled(source)}" if source else ""
