"""The description of an edit."""

from __future__ import annotations

from relisting.changes import changes

PRODUCT = {"category_chains": [{"id": "601426", "parent_id": "0", "local_name": "Jars", "is_leaf": True}]}


def test_new_category_is_shown_by_path_or_id() -> None:
    assert changes(PRODUCT, {"category_id": "853000"}, "") == ("category: Jars (601426) → 853000",)
    assert changes(PRODUCT, {"category_id": "853000"}, "Home > Jars") == (
        "category: Jars (601426) → Home > Jars (853000)",
    )


def attributes(*given: tuple[str, str, str]) -> list[dict[str, object]]:
    return [{"id": key, "name": name, "values": [{"name": value}]} for key, name, value in given]


def sent(*given: tuple[str, str]) -> list[dict[str, object]]:
    return [{"id": key, "values": [{"name": value}]} for key, value in given]


def lines(read: list[dict[str, object]], edit: list[dict[str, object]], **names: str) -> list[str]:
    body = {"category_id": "853000", "product_attributes": edit}
    by_id = {key.removeprefix("a"): name for key, name in names.items()}
    return list(changes({**PRODUCT, "product_attributes": read}, body, "", by_id))[1:]


def test_attribute_with_a_new_id_is_carried() -> None:
    read = attributes(("100001", "Season", "Spring"))
    assert lines(read, sent(("200001", "Spring"))) == ["attribute Season: Spring, carried"]
    assert lines(read, sent(("200001", "Spring")), a200001="Season") == ["attribute Season: Spring, carried"]
    assert lines(read, sent(("200001", "Winter")), a200001="season") == ["attribute season: Spring → Winter"]


def test_changed_added_and_removed_attributes() -> None:
    read = attributes(("1", "Material", "Glass"), ("2", "Season", "Spring"), ("3", "Sleeve", "Long"))
    edit = sent(("1", "Glass"), ("2", "Summer"), ("4", "Oak"))
    assert lines(read, edit, a4="Wood") == [
        "attribute Season: Spring → Summer",
        "attribute Wood: none → Oak",
        "attribute Sleeve: Long → none",
    ]


def test_repeated_entries_of_an_attribute_are_one() -> None:
    read = attributes(("2", "Season", "Spring"), ("2", "Season", "Summer"))
    edit = [{"id": "2", "values": [{"name": "Spring"}, {"name": "Summer"}]}]
    assert lines(read, edit) == []
