from pathlib import Path

import pytest

from retrieval.articles import Filters, RetrievalError
from retrieval.lexical import Lexical, Row


def row(id_: str, text: str, title: str = "Harbour news", source: str = "Courier") -> Row:
    return Row(id_, f"article {id_}", title, text, source, "default", 20240304)


def filled(folder: Path, *rows: Row) -> Lexical:
    index = Lexical(folder)
    by_article = {row.article_id: [row] for row in rows}
    index.apply(list(by_article), lambda article_id: by_article[article_id], len(rows))
    return index


def ids(index: Lexical, question: str, filters: Filters | None = None) -> list[str]:
    return [id_ for id_, _ in index.best(question, 10, filters or Filters())]


def test_words_are_found_in_other_forms_and_without_accents(tmp_path: Path) -> None:
    index = filled(tmp_path / "i", row("a", "The café was flooded."), row("b", "Bridges were repaired."))
    assert ids(index, "Which cafe floods?") == ["a"]
    assert ids(index, "Who repairs a bridge?") == ["b"]


def test_a_word_of_the_title_finds_the_passage(tmp_path: Path) -> None:
    index = filled(tmp_path / "i", row("a", "It ran aground.", title="Ferry Marigold"), row("b", "It sailed."))
    assert ids(index, "What happened to the Marigold?")[0] == "a"


def test_two_characters_of_chinese_are_enough(tmp_path: Path) -> None:
    index = filled(tmp_path / "i", row("a", "工程师发现桥墩有裂缝"), row("b", "电影节六月开幕"))
    assert ids(index, "裂缝") == ["a"]


def test_filters_hold_and_do_not_change_the_scores(tmp_path: Path) -> None:
    index = filled(tmp_path / "i", row("a", "A ferry sank."), row("b", "A ferry sank.", source="Gazette"))
    only = index.best("ferry", 10, Filters(sources=("GAZETTE",)))
    assert [id_ for id_, _ in only] == ["b"]
    assert dict(index.best("ferry", 10, Filters()))["b"] == pytest.approx(only[0][1])


def test_applying_a_change_twice_does_no_harm_and_a_gone_article_goes(tmp_path: Path) -> None:
    index = filled(tmp_path / "i", row("a", "A ferry sank."))
    for upto in (2, 3):
        index.apply(["article b"], lambda _: [row("b", "A bridge fell.")], upto)
    assert sorted(index.ids()) == ["a", "b"]
    index.apply(["article a"], lambda _: [], 4)
    assert index.ids() == {"b"}
    assert Lexical(tmp_path / "i").applied == 4


def test_a_reader_sees_a_commit_after_reload(tmp_path: Path) -> None:
    writer = filled(tmp_path / "i", row("a", "A ferry sank."))
    reader = Lexical(tmp_path / "i")
    assert ids(reader, "ferry") == ["a"]
    writer.apply(["article b"], lambda _: [row("b", "A ferry sailed.")], 2)
    reader.reload()
    assert sorted(ids(reader, "ferry")) == ["a", "b"]


@pytest.mark.parametrize("question", ["", "?!", 'text:"x" AND (NOT *)'])
def test_syntax_in_a_question_is_only_words(tmp_path: Path, question: str) -> None:
    ids(filled(tmp_path / "i", row("a", "A ferry sank.")), question)


def test_a_damaged_index_says_what_to_do(tmp_path: Path) -> None:
    filled(tmp_path / "i", row("a", "A ferry sank."))
    (tmp_path / "i" / "meta.json").write_text("{", encoding="utf-8")
    with pytest.raises(RetrievalError, match="footnote reindex"):
        ids(Lexical(tmp_path / "i"), "ferry")


def test_a_disk_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "i" / "applied.new").mkdir(parents=True)
    (tmp_path / "i" / "applied").write_text("1 1", encoding="ascii")
    with pytest.raises(RetrievalError, match="Is a directory"):
        filled(tmp_path / "i", row("a", "A ferry sank."))
