import pytest

from bot.evaluation.matching import chosen, exact, f1, stands, tokens, words


@pytest.mark.parametrize(
    ("text", "normalised"),
    [
        ("The Sorne Bridge!", "sorne bridge"),
        ("an  apple, a\tday", "apple day"),
        ("U.S. troops", "us troops"),  # punctuation goes without a blank in its place
        ("A-list", "alist"),
        ("Theatre and Anna", "theatre and anna"),  # articles only as whole words
        ("“Zürich” – ‘zu Fuß’", "zürich zu fuß"),
        ("€2.1 + $5", "€21 5"),  # the official script takes $ and + for punctuation, and Unicode takes € for none
        ("The, a. AN", ""),
    ],
)
def test_text_is_normalised_as_by_the_official_scripts(text: str, normalised: str) -> None:
    assert tokens(text) == tuple(normalised.split())


def test_answer_stands_in_a_text_as_whole_words_in_sequence() -> None:
    text = words("It cost 1,500 crowns, said Ida Voss, and not the 150 that the mayor had named.")
    assert stands("1500 crowns", text)
    assert stands("the Ida Voss", text)
    assert not stands("50", text)
    assert not stands("Voss Ida", text)
    assert not stands("named by", text)


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("Florida", "It made landfall in Florida's Big Bend."),
        ("Florida", "in Florida’s Big Bend"),
        ("“Jaws”", 'Spielberg (of "Jaws" fame)'),
        ("McDonald's", "the McDonald’s of Saltmere"),
        ("Idaho", "in Idaho—where four died"),
        ("118", "a 118-year-old nun"),
        ("naked mole-rats", "Naked mole rats live long."),
        ("US", "the U.S. president"),
        ("U.S.A.", "in the USA"),
        ("1500", "1,500 crowns"),
        ("Zurich", "in Zürich"),
        ("東京駅", "会議は東京駅で開かれた。"),
        ("7:30", "at 7:30 p.m."),
        ("6-5", "won 6–5 on Friday"),
        ("2019–20", "the season 2019-20"),
        ("Washington, D.C", "in Washington, D.C., on Monday"),
        ("16", "the F-16 and COVID-19"),
        ("किताब", "यह किताब है।"),
    ],
)
def test_what_stands_around_a_word_does_not_hide_it(answer: str, text: str) -> None:
    assert stands(answer, words(text))


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("5", "the 6-5 forward"),
        ("5", "3.5 metres"),
        ("500", "1,500 crowns"),
        ("30", "at 7:30 p.m."),
        ("2.1", "2.15 million"),
        ("Flor", "in Florida"),
        ("कब", "यह किताब है।"),
        ("19", "from 2019"),
    ],
)
def test_a_piece_of_a_word_or_of_a_number_is_not_the_answer(answer: str, text: str) -> None:
    assert not stands(answer, words(text))


def test_answer_without_words_stands_nowhere() -> None:
    assert not stands("The", words("The bridge is open."))
    assert not stands("“…”", words("“…”"))
    assert not stands("", ())


def test_exact_match_heeds_only_what_is_normalised() -> None:
    assert exact("The Sorne Bridge.", "sorne bridge") == 1.0
    assert exact("“Jaws”", "Jaws") == f1("“Jaws”", '"Jaws"') == 1.0
    assert exact("Sorne Bridge", "bridge Sorne") == 0.0


def test_f1_by_hand() -> None:
    # three of the four words are in both: precision 3/4, recall 3/3
    assert f1("mayor Ida Voss yesterday", "the mayor Ida Voss") == pytest.approx(2 * 0.75 / 1.75)
    # a word counts as often as both have it
    assert f1("no no no", "no") == pytest.approx(0.5)
    assert f1("the bridge", "ferry") == 0.0
    assert f1("the", "a") == 1.0
    assert f1("the", "ferry") == 0.0


def test_longest_choice_that_stands_in_the_text_is_the_one_chosen() -> None:
    choices = ["Sorne", "Sorne Port", "Saltmere"]
    assert chosen(choices, "It was the Sorne port authority.") == 1
    assert chosen(choices, "In Sorne.") == 0


def test_no_choice_is_chosen_where_none_or_two_of_a_length_stand() -> None:
    assert chosen(["Sorne", "Saltmere"], "In Tarn.") is None
    assert chosen(["Sorne", "Saltmere"], "In Sorne and Saltmere.") is None
    assert chosen(["The", ""], "The end.") is None
    assert chosen([], "In Sorne.") is None
