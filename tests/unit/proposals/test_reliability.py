"""The texts of a leaf's products are trusted as far as known values confirm them."""

from __future__ import annotations

import pytest

from proposals.leaf_index import leaf_index
from proposals.propose import Proposal, features_of, propose
from proposals.reliability import Statement, believed
from proposals.siblings import ValueModel
from tests.support.proposed import attribute, stated

METAL = attribute("Base Material", ["Gold", "Yellow Gold", "Silver", "Brass"])
TITLE = "Gold ring, 22 carat"


def proposed(title: str, model: ValueModel) -> Proposal:
    (found,) = propose(leaf_index([METAL]), {"title": title}, {METAL.id}, {METAL.id: model})
    return found


def after(*known: tuple[str, str], title: str = TITLE) -> Proposal:
    """The proposal for `title` after products with these titles and values."""
    model = ValueModel()
    for each, value in known:
        model.learn(features_of({"title": each}, (), {}), value, proposed(each, ValueModel()).stated)
    return proposed(title, model)


def first(proposal: Proposal) -> str:
    return METAL.values[proposal.first.value].name


def test_a_stated_value_that_is_mostly_another_one_is_read_as_that() -> None:
    known = [(f"Gold ring {number}, 22 carat", "Yellow Gold") for number in range(12)]
    assert first(after()) == "Gold"
    assert first(after(*known)) == "Yellow Gold"


def test_a_statement_that_was_always_right_becomes_surer() -> None:
    known = [(f"Gold ring model {number}", "Gold") for number in range(40)]
    assert after(*known).first.score > after(*known[:5]).first.score > after().first.score > 0.9


def test_errors_with_one_value_make_the_attribute_s_other_values_less_sure() -> None:
    wrong = [(f"Silver ring {number}", "Brass") for number in range(20)]
    assert after(*wrong).first.score < after().first.score


def test_a_title_with_two_values_is_counted_apart() -> None:
    one, two = after(), after(title="Gold ring with silver")
    assert (one.stated, two.stated) == (Statement("Gold", "title"), Statement("Gold", "title+"))
    described = propose(leaf_index([METAL]), {"title": "Ring", "description": "Gold"}, {METAL.id}, {})[0]
    assert described.stated == Statement("Gold", "text")
    assert proposed("Ring", ValueModel()).stated is None


@pytest.mark.parametrize("text", ["title=1", "title+=1", "text=a=b"])
def test_a_statement_survives_its_text(text: str) -> None:
    statement = Statement.parse(text)
    assert statement is not None
    assert str(statement) == text


@pytest.mark.parametrize("text", ["", "title", "title=", "sku=1", "=1"])
def test_other_text_is_not_a_statement(text: str) -> None:
    assert Statement.parse(text) is None


def test_chances_still_sum_up_to_one() -> None:
    statements = {Statement("a", "title"): {"a": 3, "b": 2}, Statement("b", "title"): {"c": 1}}
    chances = believed({"a": 0.7, "b": 0.2, "c": 0.1}, Statement("a", "title"), statements)
    assert sum(chances.values()) == pytest.approx(1.0)
    assert believed({"a": 1.0}, Statement("a", "title"), {}) == {"a": 1.0}


def test_the_brand_and_the_shop_tell_siblings_apart() -> None:
    model = ValueModel()
    for number in range(12):
        for brand, value in (("Nishtaa", "Brass"), ("Kiara", "Silver")):
            product = {"title": f"Ring {number}", "brand": {"name": brand}}
            model.learn(features_of(product, (), {}, "shop-1"), value)
    for brand, value in (("Nishtaa", "Brass"), ("KIARA", "Silver")):
        product = {"title": "Ring", "brand": {"name": brand}}
        (found,) = propose(leaf_index([METAL]), product, {METAL.id}, {METAL.id: model}, shop="shop-2")
        assert first(found) == value


def test_an_exact_value_is_not_hidden_by_a_longer_one_whose_words_are_scattered() -> None:
    roast = attribute("Roast type", ["Medium roast", "Medium roast coffee", "Dark roast"])
    assert stated("Espresso coffee blend, medium roast", roast) == "Medium roast"
