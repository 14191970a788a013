from retrieval.copies import bands, boilerplate, fingerprint, minhash, original
from tests.retrieval.town import BRIDGE, FERRY, loaded

AGENCY = " ".join(
    f"In the {n}th hour of the search, boat number {n * 7} came back to the harbour of Tolland with nothing to report."
    for n in range(1, 25)
)


def printed(id_: str, text: str, **fields: str):  # type: ignore[no-untyped-def]
    return fingerprint(loaded(id_, text, **fields).article)


def test_a_lightly_edited_agency_story_of_another_outlet_is_a_copy() -> None:
    first = printed("a", AGENCY, title="Search for the Marigold goes on", source="Courier")
    second = printed(
        "b", AGENCY.replace("with nothing", "without anything", 2), title="Night of waiting", source="Gazette"
    )
    assert set(bands(first.minhash)) & set(bands(second.minhash))
    assert original(second, [first]) == "a"


def test_two_stories_of_one_outlet_that_share_a_notice_are_no_copies() -> None:
    first = printed("a", FERRY + AGENCY, title="Ferry runs aground", source="Courier")
    second = printed("b", BRIDGE + AGENCY, title="Bridge closed to lorries", source="Courier")
    assert original(second, [first]) is None


def test_identical_text_under_another_title_is_boilerplate_and_no_copy() -> None:
    wall = "Please register to go on reading. It takes a minute and costs nothing at all."
    first = printed("a", wall, title="Ferry runs aground", source="Courier")
    second = printed("b", wall, title="Bridge closed to lorries", source="Gazette")
    assert original(second, [first]) is None
    assert boilerplate(second, [first])


def test_different_stories_meet_in_no_band() -> None:
    assert not set(bands(minhash(FERRY))) & set(bands(minhash(BRIDGE)))


def test_a_text_of_two_words_has_a_signature() -> None:
    assert len(minhash("two words")) == len(minhash("")) == 512
