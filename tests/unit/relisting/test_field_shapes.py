"""The fields of an object that need work, by their names."""

from __future__ import annotations

from relisting.field_shapes import checked_fields, sent_fields
from relisting.product_fields import PRODUCT

SKU = PRODUCT.children["skus"]


def test_only_open_and_unknown_fields_may_stop_an_edit() -> None:
    assert checked_fields(PRODUCT, ("title", "skus", "new_field")) == (("skus", SKU), ("new_field", None))


def test_kept_and_nested_fields_are_sent_in_alphabetical_order() -> None:
    assert sent_fields(PRODUCT, ("title", "skus", "new_field", "create_time")) == (("skus", SKU), ("title", None))
