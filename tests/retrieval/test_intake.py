from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from retrieval.articles import RetrievalError
from retrieval.embedding import open_embedder
from retrieval.library import Library
from retrieval.loading import Skipped
from retrieval.upkeep import check
from tests.retrieval.town import BRIDGE, FERRY, FESTIVAL, CountingEmbeddings, loaded, take_in, town_articles


def test_new_articles_are_added_and_a_second_reading_embeds_nothing(open_library: Callable[..., Library]) -> None:
    embedder = open_embedder("local")
    counting = CountingEmbeddings(embedder.embeddings)
    library = open_library(embedder=replace(embedder, embeddings=counting))
    first = take_in(library, town_articles())
    assert (first.added, first.updated, first.unchanged) == (3, 0, 0)
    assert len(counting.embedded) == 3
    counting.embedded.clear()
    second = take_in(library, town_articles())
    assert (second.added, second.updated, second.unchanged) == (0, 0, 3)
    assert counting.embedded == []


def test_a_changed_article_becomes_a_new_version_and_the_old_one_is_kept(library: Library) -> None:
    take_in(library, town_articles())
    corrected = FERRY.replace("214", "241")
    report = take_in(library, [loaded("ferry", corrected, source="Tolland Courier", published=date(2024, 3, 4))])
    assert (report.added, report.updated) == (0, 1)
    now, before = library.catalogue.article("ferry"), library.catalogue.article("ferry", version=1)
    assert now and before and now.version == 2
    assert "241 passengers" in now.text and "214 passengers" in before.text
    assert all(finding.level == "ok" for finding in check(library))


def test_a_changed_date_alone_is_a_change(town: Library) -> None:
    report = take_in(town, [loaded("ferry", FERRY, source="Tolland Courier", published=date(2024, 3, 5))])
    assert report.updated == 1


def test_vanished_articles_are_noticed_and_removed_only_on_request(town: Library) -> None:
    fewer = town_articles()[:2]
    report = take_in(town, fewer)
    assert (report.vanished, report.removed) == (1, 0)
    assert town.catalogue.article("festival")
    report = take_in(town, fewer, prune=True)
    assert (report.vanished, report.removed) == (1, 1)
    assert town.catalogue.article("festival") is None
    assert all(finding.level == "ok" for finding in check(town))


def test_what_could_not_be_read_this_time_is_not_gone(town: Library) -> None:
    outcomes = [*town_articles()[:2], Skipped("articles.jsonl#line 3", "no text", "festival")]
    report = take_in(town, outcomes, prune=True)
    assert (report.vanished, report.removed, len(report.skipped)) == (0, 0, 1)
    broken = [*town_articles()[:2], Skipped("articles.jsonl#line 3", "not JSON")]
    assert take_in(town, broken, prune=True).removed == 0
    unreadable = take_in(town, [Skipped("articles.jsonl", "no such file or folder")], prune=True)
    assert unreadable.removed == 0
    assert town.catalogue.count() == 3


def test_an_article_that_another_source_still_gives_stays(town: Library) -> None:
    take_in(town, [loaded("festival", FESTIVAL, source="Aldermoor Gazette", published=date(2024, 5, 20))], source="b")
    report = take_in(town, town_articles()[:2], prune=True)
    assert report.removed == 0
    assert town.catalogue.article("festival")


def test_a_known_id_from_elsewhere_is_kept_as_first_seen_until_replace(town: Library) -> None:
    other = [loaded("ferry", BRIDGE, "other.jsonl#ferry", title="Something else")]
    report = take_in(town, other, source="other.jsonl")
    assert (report.added, report.updated, len(report.skipped)) == (0, 0, 1)
    assert "articles.jsonl#ferry" in report.skipped[0].reason and "--replace" in report.skipped[0].reason
    assert take_in(town, other, source="other.jsonl", replace=True).updated == 1
    article = town.catalogue.article("ferry")
    assert article and article.title == "Something else"


def test_a_later_update_of_the_same_page_is_taken_and_the_older_page_changes_nothing_back(library: Library) -> None:
    url = "https://courier.example.org/ferry"
    first = loaded("page", FERRY, "a.html", url=url, published=date(2024, 3, 4))
    later = loaded("page", FERRY.replace("214", "241"), "b.html", url=url, updated=date(2024, 3, 6))
    assert take_in(library, [first, later]).updated == 1
    again = take_in(library, [first, later])
    assert (again.added, again.updated, again.unchanged) == (0, 0, 2)
    article = library.catalogue.article("page")
    assert article and "241" in article.text


def test_copies_are_labelled_with_the_first_of_their_story(library: Library) -> None:
    agency = (FERRY + " " + BRIDGE + " " + FESTIVAL + " ") * 2
    report = take_in(
        library,
        [
            loaded("a1", agency, source="Courier", title="A day in Tolland"),
            loaded("a2", agency.replace("noon", "midday", 1), source="Gazette", title="A day in Tolland"),
            loaded("a3", agency.replace("noon", "one o'clock", 1), source="Herald", title="Tolland's day"),
        ],
    )
    assert report.copies == 2
    assert [library.catalogue.articles([id_])[id_].copy_of for id_ in ("a1", "a2", "a3")] == [None, "a1", "a1"]
    library.remove(["a1"])
    assert [library.catalogue.articles([id_])[id_].copy_of for id_ in ("a2", "a3")] == [None, "a2"]


def test_identical_text_under_different_titles_is_reported_as_boilerplate(library: Library) -> None:
    wall = "Please register to go on reading. It takes a minute and costs nothing at all. " * 5
    report = take_in(library, [loaded("a", wall, title="Ferry aground"), loaded("b", wall, title="Bridge closed")])
    assert report.copies == 0
    assert "Bridge closed" in report.notes[0]


@pytest.mark.parametrize(
    ("text", "reason"),
    [("   \n ", "no text"), ("broken \ud800 text", "surrogate"), ("a binary\0file", "NUL")],
)
def test_what_cannot_be_stored_is_skipped_with_its_reason_and_the_rest_goes_on(
    library: Library, text: str, reason: str
) -> None:
    report = take_in(library, [loaded("bad", text, title="Bad"), *town_articles()])
    assert report.added == 3
    assert [reason in skipped.reason for skipped in report.skipped] == [True]


def test_every_word_of_a_long_article_is_in_a_passage(library: Library) -> None:
    text = " ".join(f"word{n}" for n in range(20_000))
    take_in(library, [loaded("long", text, title="Long")])
    article = library.catalogue.article("long")
    assert article
    cut = library.catalogue.passages(article, 1)
    assert " ".join(passage.text for passage in cut).split() == text.split()


def test_a_library_made_with_another_splitting_says_reindex(open_library: Callable[..., Library]) -> None:
    take_in(open_library(), town_articles())
    other = open_library(passage_characters=500)
    with pytest.raises(RetrievalError, match="footnote reindex"):
        take_in(other, town_articles())


def test_nothing_is_pruned_that_an_unreadable_folder_or_list_may_hold(library: Library) -> None:
    outcomes = [loaded("ferry", FERRY, "/press/a.txt"), loaded("bridge", BRIDGE, "/press/archive/b.txt")]
    take_in(library, outcomes, source="/press")
    closed = Skipped("/press/archive", "cannot be opened: Permission denied")
    assert take_in(library, [outcomes[0], closed], source="/press", prune=True).removed == 0
    assert take_in(library, [Skipped("/press", "no such file")], source="file:///press", prune=True).removed == 0
    take_in(library, outcomes, source="file:///press")
    assert take_in(library, [Skipped("/press", "no such file")], source="file:///press", prune=True).removed == 0
    site = [loaded("festival", FESTIVAL, "https://press.example.org/festival")]
    sitemap = "https://press.example.org/sitemap.xml"
    take_in(library, site, source=sitemap)
    report = take_in(library, [Skipped(f"{sitemap}/2", "503 Service Unavailable")], source=sitemap, prune=True)
    assert (report.removed, library.catalogue.count()) == (0, 3)


def test_what_a_feed_names_no_more_has_rolled_off_and_is_kept(library: Library) -> None:
    feed = "https://press.example.org/feed.xml"
    old = loaded("ferry", FERRY, "https://press.example.org/ferry")
    take_in(library, [old], source=feed)
    new = loaded("bridge", BRIDGE, "https://press.example.org/bridge")
    report = take_in(library, [new], source=feed, prune=True)
    assert (report.added, report.vanished, report.removed) == (1, 0, 0)
    assert library.catalogue.count() == 2


def test_a_list_of_articles_on_the_web_is_pruned_like_one_on_the_disk(library: Library) -> None:
    url = "https://press.example.org/articles.jsonl"
    both = [loaded("ferry", FERRY, f"{url}#ferry"), loaded("bridge", BRIDGE, f"{url}#bridge")]
    take_in(library, both, source=url)
    assert take_in(library, both[:1], source=url, prune=True).removed == 1


def test_one_article_that_is_kept_from_elsewhere_does_not_keep_others_from_being_pruned(town: Library) -> None:
    take_in(town, [loaded("owl", "An owl nests here.", "b.jsonl#owl")], source="b.jsonl")
    conflict = loaded("ferry", BRIDGE, "b.jsonl#ferry", title="Something else")
    report = take_in(town, [conflict], source="b.jsonl", prune=True)
    assert (len(report.skipped), report.removed) == (1, 1)


def test_a_removal_of_a_source_that_is_killed_can_be_done_again(town: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        pass

    def kill(_: object) -> int:
        raise Killed

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(town, "remove", kill)
        town.remove_source("articles.jsonl")
    assert town.remove_source("articles.jsonl") == 3
    assert town.sources.all() == []


def test_a_copy_of_an_article_that_became_another_story_stands_for_itself(library: Library) -> None:
    agency = (FERRY + " " + BRIDGE + " " + FESTIVAL + " ") * 2
    title = "A day in Tolland"
    copies = [loaded(f"a{n}", agency.replace("noon", f"{n} o'clock", 1), title=title) for n in (1, 2, 3)]
    take_in(library, copies)
    take_in(library, [loaded("a1", "The cat of the harbour office slept in the sun all day.", title=title)])
    found = library.catalogue.articles(["a1", "a2", "a3"])
    assert [found[id_].copy_of for id_ in ("a1", "a2", "a3")] == [None, None, "a2"]


def test_fields_that_no_database_takes_skip_the_article_and_not_the_source(library: Library) -> None:
    report = take_in(
        library,
        [
            loaded("a", FERRY, "/press/caf\udce9.txt"),
            loaded("b", FERRY, f"https://example.org/{'x' * 3000}"),
            loaded("c", FERRY, author="nobody\0"),
            loaded("d", BRIDGE, language="English, as spoken in Aldermoor"),
        ],
    )
    assert [skipped.reason.split(" ")[-2] for skipped in report.skipped] == ["rename", "2048", "binary"]
    article = library.catalogue.article("d")
    assert article and article.language is None
