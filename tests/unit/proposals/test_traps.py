"""Words that are denied, imitated or about something else are not values; plain statements next to them still are."""

from __future__ import annotations

import pytest

from benchmarks.proposal_traps import Case, cases_by_attribute, cases_by_hand, compounds
from tests.support.proposed import stated

UNSOLVED = {
    ("Flavor", "Orange T-shirt"),
    ("Material", "Camiseta sin mangas de algodón"),
    ("Material", "Bamboo steamer liners, paper"),
    ("Material", "Glass fiber tent pole"),
    ("Flavor", "Vanilla ice cream scoop tool"),
    ("Collar", "Hooded crow art print"),
    ("Color", "Not just black: choose your shade"),
    ("Color", "Violet the doll"),
    ("Color", "White rabbit plush in grey"),
    ("Pattern", "Leopard gecko heat mat"),
    ("Color", "18金リング ゴールド"),
    ("Material", "Metal paint can opener"),
    ("Season", "Summer house rules book"),
    ("Color", "Chaîne en or jaune 18k"),
}
CASES = [each for each in cases_by_hand() if (each.attribute.name, each.title) not in UNSOLVED]


@pytest.mark.parametrize("case", [each for each in CASES if each.right is None], ids=lambda each: each.title)
def test_a_trap_is_not_read_as_the_value(case: Case) -> None:
    assert stated(case.title, case.attribute, region=case.region) != case.wrong


@pytest.mark.parametrize("case", [each for each in CASES if each.right is not None], ids=lambda each: each.title)
def test_a_plain_statement_next_to_it_is_read(case: Case) -> None:
    assert stated(case.title, case.attribute, region=case.region) == case.right


def test_the_titles_that_no_rule_solves_are_still_read_wrongly() -> None:
    unsolved = [each for each in cases_by_hand() if (each.attribute.name, each.title) in UNSOLVED]
    for case in unsolved:
        value = stated(case.title, case.attribute, region=case.region)
        assert (value == case.wrong) if case.right is None else (value != case.right), f"{case.title} is solved"


def test_the_reach_of_a_negation_ends_where_another_statement_begins() -> None:
    material = next(each.attribute for each in CASES if each.attribute.name == "Material")
    assert stated("Shirt without collar made of cotton", material) == "Cotton"
    assert stated("Shirt not made of cotton", material) != "Cotton"


UNSOLVED_BY_ATTRIBUTE = {
    "Frozen princess doll Elsa",
    "Coconut milk frother jug",
    "Silver grey beaded bracelet",
    "Solar panel cleaning brush",
    "Fine art print",
    "Sugar bowl with lid",
    "Cable car puzzle",
    "Boat neck blouse",
    "Running water fountain pump",
    "Tennis bracelet cubic zirconia",
    "Leopard tortoise feed",
    "Charcoal grey eyeliner",
}


def test_attributes_of_other_goods_and_languages_are_read_as_stated() -> None:
    wrong = set()
    for case in cases_by_attribute():
        value = stated(case.title, case.attribute, region=case.region)
        if (value == case.wrong) if case.right is None else (value != case.right):
            wrong.add(case.title)
    assert wrong == UNSOLVED_BY_ATTRIBUTE


@pytest.mark.parametrize("part", range(4))
def test_names_of_other_things_are_not_read_as_values(part: int) -> None:
    own = list(compounds())[part::4]
    wrong = set()
    for case in own:
        value = stated(case.title, case.attribute, region=case.region)
        if (value == case.wrong) if case.right is None else (value != case.right):
            wrong.add(case.title)
    assert wrong == {case.title for case in own if not case.is_solved}
