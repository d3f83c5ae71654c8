"""The ledger counts every seller's change that an edit over the API overwrites."""

from __future__ import annotations

from typing import Any

import pytest

from simulator import reviews
from simulator.edits import edit
from simulator.ledger import seller_losses, shop_ledger
from simulator.listing import Listing, mark_read
from simulator.options import SimulatorOptions
from simulator.seller_activity import change_price, change_stock, change_title, deactivate, delete
from simulator.shop import SimulatedShop
from simulator.world import World
from tests.support.simulator_bodies import movable


@pytest.fixture
def world() -> World:
    return World(SimulatorOptions(seed=7, shops=1, products=300))


def first(world: World) -> tuple[SimulatedShop, Listing, dict[str, Any]]:
    shop = world.shops[0]
    index, _, body = next(movable(world, shop))
    listing = world.touch(shop, index)
    listing.live = listing.original = {**listing.live, "product_attributes": []}
    return shop, listing, body


def test_an_edit_that_replaces_a_title_under_review_loses_it(world: World) -> None:
    shop, listing, body = first(world)
    change_title(listing, 1)
    edit(world, shop, listing.live["id"], body)
    assert seller_losses(world, shop) == {listing.live["id"]: ["change of title"]}
    reviews.approve(listing, world.options)
    found = shop_ledger(world, shop)
    assert (found["seller_changes_lost"], found["products_with_losses"]) == (1, 1)


def test_an_edit_that_carries_the_title_under_review_loses_nothing(world: World) -> None:
    shop, listing, body = first(world)
    title = change_title(listing, 1)
    edit(world, shop, listing.live["id"], {**body, "title": title})
    reviews.approve(listing, world.options)
    assert listing.live["title"] == listing.original["title"] == title
    assert seller_losses(world, shop) == {}


def test_an_edit_after_the_review_of_the_title_must_keep_it(world: World) -> None:
    shop, listing, body = first(world)
    change_title(listing, 1)
    reviews.approve(listing, world.options)
    edit(world, shop, listing.live["id"], body)
    assert seller_losses(world, shop) == {}, "the title is still live"
    reviews.approve(listing, world.options)
    assert seller_losses(world, shop) == {listing.live["id"]: ["title", "change of title"]}


@pytest.mark.parametrize("was_read", [True, False])
def test_a_listing_that_lacks_only_an_unseen_change_is_counted_separately(world: World, was_read: bool) -> None:
    shop, listing, body = first(world)
    change_title(listing, 1)
    reviews.approve(listing, world.options)
    if was_read:
        mark_read(listing)
    edit(world, shop, listing.live["id"], body)
    reviews.approve(listing, world.options)
    found = shop_ledger(world, shop)
    assert (found["damaged"], found["damaged_unseen"]) == (1, int(not was_read))


def test_a_rejected_title_is_not_lost_by_an_edit(world: World) -> None:
    shop, listing, body = first(world)
    change_title(listing, 1)
    reviews.reject(listing)
    edit(world, shop, listing.live["id"], body)
    reviews.approve(listing, world.options)
    assert seller_losses(world, shop) == {}


def test_a_title_saved_during_our_review_keeps_the_move(world: World) -> None:
    shop, listing, body = first(world)
    edit(world, shop, listing.live["id"], body)
    title = change_title(listing, 1)
    reviews.approve(listing, world.options)
    assert (listing.on_v2, listing.live["title"], listing.superseded) == (True, title, 1)
    assert seller_losses(world, shop) == {}


@pytest.mark.parametrize(("change", "name"), [(change_price, "price"), (change_stock, "inventory")])
def test_an_offer_that_an_edit_sends_overwrites_the_sellers(world: World, change: Any, name: str) -> None:
    shop, listing, body = first(world)
    old = listing.live["skus"][0][name]
    change(listing, 77)
    sent = old if name == "inventory" else {"currency": old["currency"], "amount": old["sale_price"]}
    body["skus"][0] = {**body["skus"][0], name: sent}
    edit(world, shop, listing.live["id"], body)
    reviews.approve(listing, world.options)
    assert f"skus.{name}" in seller_losses(world, shop)[listing.live["id"]]


@pytest.mark.parametrize("change", [change_price, change_stock])
def test_an_offer_that_an_edit_omits_stays_as_the_seller_set_it(world: World, change: Any) -> None:
    shop, listing, body = first(world)
    edit(world, shop, listing.live["id"], body)
    change(listing, 77)
    reviews.approve(listing, world.options)
    assert listing.on_v2
    assert seller_losses(world, shop) == {}


def test_a_draft_that_an_edit_discards_is_counted(world: World) -> None:
    shop, listing, body = first(world)
    listing.live = {**listing.live, "has_draft": True}
    edit(world, shop, listing.live["id"], body)
    assert seller_losses(world, shop) == {listing.live["id"]: ["draft"]}


def test_dropped_values_that_the_new_leaf_allows_are_counted(world: World) -> None:
    shop, listing, body = first(world)
    season = next(each for each in world.catalogue.attributes(body["category_id"]) if each["id"] == "100001")
    held = [{"id": season["id"], "name": "Season", "values": [dict(value)]} for value in season["values"][:2]]
    listing.live = listing.original = {**listing.live, "product_attributes": held}
    both = {"id": season["id"], "values": [dict(value) for value in season["values"][:2]]}
    for values, lost in (([both["values"][0]], ["attribute Season: Summer"]), (both["values"], [])):
        sent = [*body["product_attributes"], {"id": season["id"], "values": values}]
        edit(world, shop, listing.live["id"], {**body, "product_attributes": sent})
        reviews.approve(listing, world.options)
        assert seller_losses(world, shop).get(listing.live["id"], []) == lost


def test_a_product_put_on_sale_is_counted() -> None:
    world = World(SimulatorOptions(seed=7, shops=1, products=300, edit_reactivates=True))
    shop, listing, body = first(world)
    deactivate(listing)
    edit(world, shop, listing.live["id"], body)
    reviews.approve(listing, world.options)
    assert shop_ledger(world, shop)["put_on_sale"] == 1
    assert "status" in seller_losses(world, shop)[listing.live["id"]]


def test_a_deleted_product_has_no_review(world: World) -> None:
    shop, listing, body = first(world)
    edit(world, shop, listing.live["id"], body)
    delete(listing)
    reviews.approve(listing, world.options)
    assert (listing.live["status"], listing.on_v2, listing.pending) == ("DELETED", False, None)
    assert seller_losses(world, shop) == {}
