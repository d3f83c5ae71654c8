"""Proposes a leaf for a product of a split category, and learns from products whose leaf is known.

The products of one old category form a group, whose leaves are treated as the values of one attribute: their examples
and tests are stored like those of attributes (catalogue/known_values.py), and the same bound decides which products are
moved without asking. If the old category was removed, its leaves are those that people chose for its products, and the
candidates of the question.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from catalogue.known_leaf import CATEGORY, KnownLeaf, ProposalTest, short_name
from catalogue.known_values import KnownValues
from model.immutable import immutable
from model.job_state import RelistState, state_of
from model.outcome import AllowedValue
from proposals.leaves import RankedLeaf, ranked_leaves
from proposals.propose import features_of
from proposals.risk import Certificate, bucket, chance_of_being_right, decide, is_checked, is_learned, is_tested, stops
from proposals.siblings import ValueModel
from proposals.words import market_languages
from relisting.candidates import MAX_CANDIDATES, own_recommendations
from relisting.old_category import old_category
from relisting.planned import NeedsInput, Plan, PlannedEdit
from relisting.resolution import ProposedLeaf
from relisting.second_opinion import shares
from relisting.tree import CategoryTree
from tiktok_shop.catalogue import Attribute, AttributeValue
from worker.planning import Planning

UNDECIDED = "category_undecided"
NAMED = "Recommend Category names it"
LIES_UNDER, CHOSEN = "lies under the old category", "chosen for other products of the old category"


@immutable
class ProposingCategory:
    """Methods raise TikTokShopError and RedisError."""

    planning: Planning
    known_values: KnownValues

    async def completed(self, product: Mapping[str, Any], plan: NeedsInput) -> tuple[NeedsInput, ProposedLeaf | None]:
        """The plan with ranked leaves, and the leaf to which the product may be moved without asking."""
        place = next((at for at, each in enumerate(plan.reasons) if each.code == UNDECIDED), None)
        old_id = old_category(product)[0]
        tree = await self._tree()
        if place is None or not old_id:
            return plan, None
        reason = plan.reasons[place]
        known = await self._group(old_id, tree)
        leaves = self._leaves(old_id, tree, known, [each.id for each in reason.allowed_values])
        if len(leaves) < 2:
            return plan, None
        named = [each.id for each in reason.allowed_values if NAMED in each.name]
        found = self._ranked(product, known, tree, leaves, named)
        labels = {each.id: each.name for each in reason.allowed_values}
        levels = known.levels(CATEGORY)
        allowed = [
            AllowedValue(
                each.leaf,
                labels.get(each.leaf) or f"{tree.path_text(each.leaf)} ({LIES_UNDER if old_id in tree else CHOSEN})",
                round(chance_of_being_right(levels, each.score) if at == 0 else each.score, 3),
                ", ".join(each.sources),
            )
            for at, each in enumerate(found[:MAX_CANDIDATES])
        ]
        rest = [each for each in reason.allowed_values if each.id not in {leaf.leaf for leaf in found}]
        asked = replace(reason, allowed_values=tuple([*allowed, *rest][:MAX_CANDIDATES]))
        reasons = (*plan.reasons[:place], asked, *plan.reasons[place + 1 :])
        proposed, warning = self._decided(product, known, found[0], named)
        if all(each == found[0].leaf for each in (*named, *own_recommendations(product))):
            await self._ask_again(plan, old_id, known)
        return replace(plan, reasons=reasons, warnings=(*plan.warnings, *warning)), proposed

    async def learn(self, product: Mapping[str, Any], plan: Plan) -> None:
        """Learns the leaf that a person chose, or that a product of a neighbouring leaf keeps."""
        job, region = self.planning.job, self.planning.shop.region
        if not isinstance(plan, PlannedEdit) or job.dry_run or plan.rule not in ("feeder", "own_leaf"):
            return
        tree, leaf, is_answer = await self._tree(), plan.category_id, plan.rule == "feeder"
        path = tree.path(leaf)
        group = old_category(product)[0] if is_answer else (path[-2].id if len(path) > 1 else "")
        name, risk = f"{job.shop_id}/{job.product_id}/{CATEGORY}", self.planning.services.autofill_risk
        if not is_answer:
            # A neighbour that keeps its leaf is an example only if questions about the group were asked.
            learned = self.known_values.learned(region, _key(group))
            if self.known_values.in_memory(region, _key(group)) is None or not is_learned(learned, name, risk):
                return
        if not group:
            return
        is_removed = group not in tree
        if is_removed and not self._was_asked(group):
            return
        known = await self._group(group, tree)
        leaves = self._leaves(group, tree, known, own_recommendations(product))
        if not is_removed and (leaf not in leaves or len(leaves) < 2):
            return
        tests = []
        if len(leaves) > 1 and (is_answer or is_tested(name, risk)):
            first = self._ranked(product, known, tree, leaves, [])[0]
            tests = [ProposalTest(CATEGORY, first.score, first.leaf != leaf, "check" if is_answer else "known")]
        if is_answer:
            await self.known_values.checked(region, _key(group), name, tests)
        features = self._features(product)
        kept = [] if is_answer else tests
        await self.known_values.learn(region, _key(group), name, features, {CATEGORY: leaf}, kept)
        if (again := self.planning.services.asked_again) is not None and risk > 0:
            await again.check((region, _key(group), CATEGORY), partial(decide, known.levels(CATEGORY), risk))

    async def _ask_again(self, plan: NeedsInput, old_id: str, known: KnownLeaf) -> None:
        again, risk = self.planning.services.asked_again, self.planning.services.autofill_risk
        if again is None or risk <= 0:
            return
        group, verdict = (self.planning.shop.region, _key(old_id), CATEGORY), decide(known.levels(CATEGORY), risk)
        await again.asked(group, self.planning.job, verdict, CATEGORY, is_only_question=len(plan.reasons) == 1)

    def _was_asked(self, group: str) -> bool:
        """Whether the answer is a person's. The leaves that a feeder gives for whole catalogues are not learned."""
        job = self.planning.job
        in_memory = self.known_values.in_memory(self.planning.shop.region, _key(group))
        return in_memory is not None or state_of(job.state, RelistState).looks_again

    @staticmethod
    def _leaves(old_id: str, tree: CategoryTree, known: KnownLeaf, candidates: Sequence[str]) -> list[str]:
        """The open leaves to rank. Those of a removed category are known only after people's first answers."""
        if old_id in tree:
            leaves = tree.leaves_under(old_id)
        else:
            chosen = known.models[CATEGORY].counts if CATEGORY in known.models else {}
            leaves = list(dict.fromkeys((*chosen, *candidates))) if chosen else []
        return [leaf for leaf in leaves if not tree.problem_with(leaf)]

    async def _tree(self) -> CategoryTree:
        planning = self.planning
        catalogue = planning.services.catalogue
        return await catalogue.tree(planning.client, planning.shop.region, planning.shop.shop_id)

    async def _group(self, old_id: str, tree: CategoryTree) -> KnownLeaf:
        values = tuple(AttributeValue(leaf, tree.path(leaf)[-1].name) for leaf in tree.leaves_under(old_id))
        attribute = Attribute(CATEGORY, "Category", "PRODUCT_PROPERTY", True, False, False, values)
        return await self.known_values.leaf(self.planning.shop.region, _key(old_id), (attribute,))

    def _features(self, product: Mapping[str, Any]) -> list[str]:
        planning = self.planning
        recommended = [f"recommended={leaf}" for leaf in own_recommendations(product)[:3]]
        return [
            *recommended,
            *features_of(product, market_languages(planning.shop.region), {}, short_name(planning.job.shop_id)),
        ]

    def _ranked(
        self, product: Mapping[str, Any], known: KnownLeaf, tree: CategoryTree, leaves: Sequence[str], named: list[str]
    ) -> list[RankedLeaf]:
        model = known.models.get(CATEGORY) or ValueModel()
        chances = model.distribution(self._features(product), leaves)
        return ranked_leaves(chances, shares(product, leaves, tree), [*named, *own_recommendations(product)])

    def _decided(
        self, product: Mapping[str, Any], known: KnownLeaf, first: RankedLeaf, named: list[str]
    ) -> tuple[ProposedLeaf | None, list[str]]:
        """The leaf, or a warning with the reason why a person is asked. If the sources disagree, a person decides."""
        risk, job = self.planning.services.autofill_risk, self.planning.job
        if risk <= 0:
            return None, []
        verdict = decide(known.levels(CATEGORY), risk)
        if not isinstance(verdict, Certificate):
            return None, [
                f"The category is not chosen automatically: a risk of {risk:.2%} is not certifiable yet, "
                f"{verdict.needed} more answers are needed"
            ]
        checks, disagreed = known.checks(CATEGORY).above(verdict.threshold)
        if stops(checks, disagreed, risk):
            return None, [
                f"The category is not chosen automatically: people corrected {disagreed} of {checks} proposals"
            ]
        if bucket(first.score) < verdict.threshold or any(
            each != first.leaf for each in (*named, *own_recommendations(product))
        ):
            return None, []
        if is_checked(f"{job.shop_id}/{job.product_id}/{CATEGORY}"):
            return None, ["The category is not chosen automatically: this product is among those that people check"]
        return ProposedLeaf(first.leaf, first.score, verdict.bound, verdict.tests, first.sources), []


def _key(old_id: str) -> str:
    return f"split-{old_id}"
