from collections.abc import Callable
from datetime import date
from random import Random

from bot.evaluation.drafting.spreading import spread
from retrieval.articles import Filters
from retrieval.library import Library
from retrieval.loading import Loaded
from tests.retrieval.town import FERRY, loaded

LibraryOf = Callable[..., Library]


def note(number: int, outlet: str, month: int) -> Loaded:
    return loaded(f"{outlet}{number}", f"Report {number} of {outlet}.", source=outlet, published=date(2024, month, 1))


def test_every_beginning_of_the_order_holds_many_outlets_and_months(library_of: LibraryOf) -> None:
    library = library_of(
        *(note(number, "Courier", month) for number, month in enumerate((1, 1, 1, 1, 2, 3))),
        note(7, "Gazette", 1),
        note(8, "Lantern", 1),
    )
    order = spread(library, Filters(), Random(0))
    assert len(order) == 8
    assert {id_[:3] for id_ in order[:3]} == {"Cou", "Gaz", "Lan"}
    couriers = [id_ for id_ in order if id_.startswith("Courier")]
    assert {"Courier4", "Courier5"} < set(couriers[:3])
    assert order == spread(library, Filters(), Random(0))
    assert any(spread(library, Filters(), Random(seed)) != order for seed in range(1, 9))


def test_a_story_and_its_copies_are_one_and_filters_hold(library_of: LibraryOf) -> None:
    retold = f"{FERRY} The Courier of Aldermoor printed this report of the agency a day later."
    library = library_of(loaded("z", FERRY, "a", source="Agency"), loaded("b", retold, "b", source="Courier"))
    assert spread(library, Filters(), Random(0)) == ["z"]
    assert spread(library, Filters(sources=("Courier",)), Random(0)) == ["b"]
    assert spread(library, Filters(sources=("Nobody",)), Random(0)) == []
