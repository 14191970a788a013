"""Ten thousand hostile articles, shown in every way there is: nobody is notified, and nothing leads elsewhere."""

from __future__ import annotations

import random

from bot.answers import Nearest
from bot.slack.rendering import Flow, mrkdwn, passage_view, plain_posts, posts, rendered
from retrieval.articles import Article
from tests.bot.slack.rendering.making import HANDLE, TOKENS, answered, article, citation, disagreement, refused
from tests.slack_fake.parsing import Effects, effects_of, stream_effects

ARTICLES, TOGETHER = 10_000, 10
PLAINLY = 0.1  # of the answers are also shown with the oldest blocks
PLAIN = "The weir was opened in 1871 and repaired."


def hostile(chance: random.Random) -> str:
    parts = chance.choices(TOKENS, k=chance.randint(1, 6))
    return chance.choice(("", " ", "\n", " word ")).join([*parts, chance.choice(PLAIN.split())])


def written(chance: random.Random, number: int) -> tuple[Article, str]:
    """An article, and the words that are quoted of it."""
    quote = f"{hostile(chance)} quote {number}"
    made = article(
        f"{hostile(chance)}\n\n{hostile(chance)} {quote} {hostile(chance)} {PLAIN}",
        id=f"a{number}",
        title=hostile(chance),
        author=hostile(chance),
        source=hostile(chance),
        url=f"https://news.example.org/{number}" if chance.random() < 0.8 else hostile(chance),
    )
    return made, quote


def shown(answer_text: str, said: list[str], some: list[tuple[Article, str]], chance: random.Random) -> list[Effects]:
    """All that Slack is told of one answer, of a refusal, and of a passage."""
    cited = [citation(number, of, quote) for number, (of, quote) in enumerate(some, start=1)]
    sides = disagreement(*((words, number) for number, words in enumerate(said, start=1)), about=said[0])
    answer = rendered(answered(*cited, text=answer_text, disagreements=(sides,), notice=said[-1]), HANDLE)
    refusal = rendered(refused([Nearest(of.id, of.title, of.url) for of, _ in some], notice=said[0]), HANDLE)
    messages = [*posts(answer), *posts(refusal)]
    if chance.random() < PLAINLY:
        messages += [*plain_posts(answer), *plain_posts(refusal)]
    effects = [effects_of({"text": post.text, "blocks": list(post.blocks)}) for post in messages]
    flow, cuts = Flow(), sorted(chance.choices(range(len(answer_text)), k=3))
    pieces = [answer_text[start:end] for start, end in zip([0, *cuts], [*cuts, None], strict=True)]
    effects.append(stream_effects("".join([*map(flow.feed, pieces), flow.end()])))
    one = chance.choice(cited)
    view = passage_view(one.article, (one.passage,), 0, one.quotes, HANDLE, one.link)
    return [*effects, effects_of({"view": view}), effects_of({"text": mrkdwn(answer_text)})]


def test_ten_thousand_articles_notify_nobody_and_lead_only_to_themselves() -> None:
    chance = random.Random(5)
    notified, strays, opened, alive = [], [], 0, 0
    for first in range(0, ARTICLES, TOGETHER):
        some = [written(chance, number) for number in range(first, first + TOGETHER)]
        said = [hostile(chance), hostile(chance)]
        text = " ".join(f"{quote} [{number}]" for number, (_, quote) in enumerate(some, start=1))
        own = {of.url for of, _ in some}
        for effects in shown(text, said, some, chance):
            notified += effects.notified
            strays += [url for url, _ in effects.linked if url not in own]
            opened += len(effects.linked)
        raw = effects_of({"text": text})
        alive += bool(raw.notified or raw.linked)
    assert notified == []
    assert strays == []
    assert opened > ARTICLES
    assert alive > ARTICLES / TOGETHER * 0.8  # what the articles hold would have done something
