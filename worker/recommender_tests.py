"""Tests the platform's recommender on products that keep their leaf (used by relisting/recommender.py)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from relisting.candidates import own_recommendations
from relisting.planned import Plan, PlannedEdit
from relisting.second_opinion import opinion
from worker.planning import Planning


async def measure_recommender(planning: Planning, product: Mapping[str, Any], plan: Plan) -> None:
    """Counts whether the recommendation for the product names its leaf. Raises TikTokShopError and RedisError.

    A product that carries a recommendation costs no call. The platform is asked about a share of the others, and only
    in a market where recommendations were needed. Only recommendations of neighbouring leaves count, since others are
    never followed.
    """
    job, region, tests = planning.job, planning.shop.region, planning.services.recommender
    if tests is None or not isinstance(plan, PlannedEdit) or plan.rule != "own_leaf" or job.dry_run or job.category_id:
        return
    name, leaf = f"{job.shop_id}/{job.product_id}", plan.category_id
    own = own_recommendations(product)
    if not own and not tests.is_asked_for(region, name):
        return
    tree = await planning.services.catalogue.tree(planning.client, region, job.shop_id)
    path = tree.path(leaf)
    recommended = own[0] if own else await planning.recommended_leaf(product)
    if len(path) < 2 or recommended is None:
        return
    rivals = tree.leaves_under(path[-2].id)
    if recommended in rivals:
        words = opinion(product, recommended, rivals, tree)
        await tests.count(region, name, words, is_right=recommended == leaf)
