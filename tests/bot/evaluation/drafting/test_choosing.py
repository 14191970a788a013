from collections.abc import Callable, Sequence

from bot.evaluation.drafting.choosing import Candidate, candidates, chosen
from bot.evaluation.drafting.phrasing import Phrased
from bot.evaluation.drafting.spreading import passages
from retrieval.articles import Article, Block
from retrieval.library import Library
from tests.retrieval.town import loaded

LibraryOf = Callable[..., Library]
MAYOR = "Mina Solheim, a former harbour pilot, was elected mayor of Saltmere with 8,912 votes."
HEADING = "The list Open Harbour won the council of Karrow in May 2024 with ease."


def made(article: str, passage: int, kind: str, doubt: float = 0.0, question: str = "") -> Candidate:
    asked = question or f"Question {article} {passage} {kind}?"
    return Candidate(article, f"{article}@1#{passage}", "Quote.", Phrased(kind, asked, ("12",), doubt))


def picked(found: Sequence[Sequence[Candidate]], n: int) -> list[str]:
    return [one.phrased.question for one in chosen(found, n)]


def test_each_article_gives_one_question_before_any_gives_two() -> None:
    found = [[made("a", 0, "who"), made("a", 1, "who")], [made("b", 0, "who")]]
    assert [one.article_id for one in chosen(found, 3)] == ["a", "b", "a"]
    assert [one.article_id for one in chosen(found, 2)] == ["a", "b"]


def test_two_questions_never_come_from_one_passage_nor_ask_the_same() -> None:
    found = [[made("a", 0, "who"), made("a", 0, "when")], [made("b", 0, "who", question="question a 0 Who?")]]
    assert len(chosen(found, 5)) == 1


def test_clear_questions_go_before_doubtful_ones_and_the_worst_are_never_taken() -> None:
    found = [
        [made("a", 0, "who", 1.8), made("a", 1, "who", 0.3)],
        [made("b", 0, "who", 0.9)],
        [made("c", 0, "who", 2.5)],
    ]
    assert [one.phrased.doubt for one in chosen(found, 9)] == [0.3, 0.9, 1.8]


def test_no_kind_of_question_crowds_out_the_others() -> None:
    found = [[made(f"a{n}", 0, "who"), made(f"a{n}", 1, "when")] for n in range(10)]
    kinds = [one.phrased.kind for one in chosen(found, 10)]
    assert kinds.count("who") == kinds.count("when") == 5


def test_questions_come_from_running_text_without_its_dateline(library_of: LibraryOf) -> None:
    text = f"{HEADING}\n\nKARROW (Coastwire) - {MAYOR}"
    block = Block(0, len(HEADING), "heading")
    library = library_of(loaded("a", text, blocks=(block,)), loaded("b", MAYOR, language="de"))
    articles = library.catalogue.articles(["a", "b"])
    (found,) = candidates(library, [articles["a"], articles["b"]], 5)
    assert {one.quote for one in found} == {MAYOR}
    assert {one.passage_id for one in found} <= {passage.id for passage in passages(library, articles["a"])}


def test_no_more_articles_are_read_than_a_choice_needs(library_of: LibraryOf) -> None:
    library = library_of(loaded("a", MAYOR))
    article = library.catalogue.articles(["a"])["a"]
    read: list[Article] = []

    def reading() -> object:
        while True:
            read.append(article)
            yield article

    candidates(library, reading(), 2)  # type: ignore[arg-type]
    assert 2 <= len(read) < 20
