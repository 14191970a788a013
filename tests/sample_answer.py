"""An answer with all that an answer may have, for the tests of what is made of it."""

from __future__ import annotations

from datetime import date

from bot.answers import Answer, Citation, Disagreement, Quote, Reference, Side, Statement
from retrieval.articles import Article, Hit, Passage

TEXT = "The council met on Monday. It approved the bridge."
ARTICLE = Article(
    id="a1",
    title="Bridge approved",
    text=TEXT,
    url="https://example.org/bridge",
    author="Ada Quill",
    source="Harbour Post",
    published=date(2026, 5, 3),
)
PASSAGE = Passage("a1#1.0", "a1", 1, 0, len(TEXT), TEXT)
HIT = Hit(ARTICLE, PASSAGE, 0.25, (27, 50))
CITATION = Citation(
    1, ARTICLE, PASSAGE, (Quote(TEXT[27:50], 27, 50),), "https://example.org/bridge#:~:text=It%20approved"
)
ANSWER = Answer(
    id="x",
    kind="answer",
    question="and the bridge?",
    standalone_question="What about the bridge?",
    text="It approved the bridge. [1]",
    statements=(Statement("It approved the bridge.", (Reference(1, 0),), "quoted"),),
    citations=(CITATION,),
    confidence=0.8,
    disagreements=(Disagreement("the vote", (Side("nine", (1,)), Side("eight", (1,)))),),
    notice="The chat model could not be reached.",
    hits=(HIT,),
    timings={"search": 0.0123456789},
)
