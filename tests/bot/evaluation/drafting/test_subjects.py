import pytest

from bot.evaluation.drafting.clauses import Clause, clause
from bot.evaluation.drafting.subjects import Person, full_name, holder, organisation, person


def read(sentence: str) -> Clause:
    found = clause(sentence)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("sentence", "someone"),
    [
        ("Ada Quill, 34, won the race", Person(("Ada Quill",))),
        ("The ferry Alder Tern ran aground", Person(("Alder Tern",), role="ferry")),
        ("Foreign Minister Ada Quill signed it", Person(("Ada Quill",), role="foreign minister")),
        ("Ada Quill, a former pilot, won it", Person(("Ada Quill",), role="former pilot")),
        ("Ada Quill, the head of Merrow Line, won it", Person(("Ada Quill",), office="head of Merrow Line")),
    ],
)
def test_a_person_is_known_by_what_the_sentence_says_of_them(sentence: str, someone: Person) -> None:
    assert person(read(sentence), sentence) == someone


def test_a_name_is_a_persons_where_the_text_uses_its_last_part_alone() -> None:
    told = "Ada Quill won the race. Quill is from Karrow."
    assert person(read("Ada Quill won the race"), told) == Person(("Ada Quill",))
    assert person(read("Quill won the race"), told) == Person(("Quill", "Ada Quill"))
    assert person(read("Alder Moor won the race"), "Alder Moor won the race.") is None
    assert person(read("Merrow Line won the race"), "Merrow Line won. Line won.") is None
    assert person(read("North Karrow won the race"), "North Karrow won. Karrow won.") is None


def test_who_holds_an_office_stands_in_commas_after_it() -> None:
    assert holder(read("The head of the jury, Benedikt Roe, won it")) == Person(
        ("Benedikt Roe",), office="head of the jury"
    )
    assert holder(read("Karrow Times, Benedikt Roe, won it")) is None


def test_organisations_are_called_what_they_are() -> None:
    assert organisation("The University of Karrow") == "university"
    assert organisation("Norvane Energy") == "company"
    assert organisation("The ministry") == ""


def test_the_full_name_is_taken_only_where_there_is_one() -> None:
    assert full_name("Quill", "Ada Quill came. Quill left.") == "Ada Quill"
    assert full_name("Quill", "Ada Quill and Bram Quill came.") == "Quill"
    assert full_name("Karrow", "Ada Karrow lives in Karrow.") == "Karrow"
    assert full_name("Quill", "While Quill slept, Although Quill dreamt.") == "Quill"
