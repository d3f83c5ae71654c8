"""Proposes values for missing attributes, fills them in where the operator accepts the risk, and learns from products.

The decisions are pure (`proposals/`); what is known is stored in Redis (`catalogue/known_values.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from catalogue.known_leaf import KnownLeaf, ProposalTest, TestKind, short_name, stated_feature
from catalogue.known_values import MAX_TESTED, KnownValues
from model.immutable import immutable
from model.outcome import AllowedValue, Reason
from proposals.propose import Proposal, features_of, propose
from proposals.ranking import Candidate
from proposals.risk import Certificate, bucket, chance_of_being_right, is_checked, is_learned, is_tested, stops
from proposals.words import market_languages
from relisting.attribute_values import values_by_id
from relisting.attributes import DefaultValue
from relisting.planned import AlreadyMigrated, NeedsInput, Plan, PlannedEdit
from relisting.validate.codes import Code
from relisting.validate.reasons import MAX_VALUES_SHOWN
from tiktok_shop.catalogue import Attribute
from worker.planning import Planning

MISSING = frozenset({Code.ATTRIBUTE_REQUIRED.value, Code.ATTRIBUTE_REQUIRED_BY_OTHER.value})
PROPOSAL = "proposal"
"""The `rule` of a value filled in without asking, in an edit's evidence."""

Values = Mapping[str, str]
"""Attribute id -> value id."""


@immutable
class Proposing:
    """Adds proposals to the plan of one product. Methods raise TikTokShopError and RedisError."""

    planning: Planning
    known_values: KnownValues

    async def completed(
        self, product: Mapping[str, Any], plan: NeedsInput
    ) -> tuple[NeedsInput, dict[str, DefaultValue]]:
        """The plan with ranked values, and the values that may be filled in without asking."""
        wanted = [each.attribute_id for each in plan.reasons if each.attribute_id and each.code in MISSING]
        if not wanted or not plan.category_id:
            return plan, {}
        known = await self._known(plan.category_id)
        values = _values(product.get("product_attributes") or (), known.attributes)
        proposals = {
            each.attribute.id: each
            for each in propose(known.index, product, wanted, known.models, known=values, shop=self._shop)
        }
        reasons = tuple(_ranked(each, proposals, known) for each in plan.reasons)
        filled, warnings = self._filled(proposals.values(), known)
        await self._ask_again(plan, tuple(proposals.values()), known)
        return replace(plan, reasons=reasons, warnings=(*plan.warnings, *warnings)), filled

    async def learn(self, product: Mapping[str, Any], plan: Plan) -> None:
        """Learns the values of a complete product, and tests the proposals that it would have received."""
        if isinstance(plan, PlannedEdit):
            given, category_id = plan.body.get("product_attributes") or (), plan.category_id
            filled = {str(use.get("attribute_id")) for use in plan.evidence.get("filled") or ()}
        elif isinstance(plan, AlreadyMigrated) and plan.category_id:
            given, category_id, filled = product.get("product_attributes") or (), plan.category_id, set()
        else:
            return
        if not given:
            return
        job, region = self.planning.job, self.planning.shop.region
        answered = {str(each.get("id")) for each in job.attributes}
        name, learned = f"{job.shop_id}/{job.product_id}", self.known_values.learned(region, category_id)
        risk = self.planning.services.autofill_risk
        is_example = learned < MAX_TESTED and is_learned(learned, name, risk)
        if not is_example and (not answered or job.dry_run):
            return
        leaf = await self.planning.services.catalogue.leaf(self.planning.client, region, category_id)
        values = {each: value for each, value in _values(given, leaf.attributes).items() if each not in filled}
        wanted = {each.id for each in leaf.attributes if each.id in values and (each.is_required or each.conditions)}
        if answered & wanted and not job.dry_run:
            known = await self.known_values.leaf(region, category_id, leaf.attributes)
            tests, _ = self._tests(product, known, values, answered & wanted, "check")
            await self.known_values.checked(region, category_id, name, tests)
        if not is_example or not wanted:
            return
        tested: list[ProposalTest] = []
        stated: list[str] = []
        if is_tested(name, risk) and (known_leaf := await self._tested_leaf(category_id, leaf.attributes)):
            tested, stated = self._tests(product, known_leaf, values, wanted - answered, "known")
        features = [*stated, *features_of(product, market_languages(region), values, self._shop)]
        kept = {each: values[each] for each in wanted}
        await self.known_values.learn(region, category_id, name, features, kept, tested)
        if (again := self.planning.services.asked_again) is not None and risk > 0 and tested and not job.dry_run:
            known_leaf = await self.known_values.leaf(region, category_id, leaf.attributes)
            for test in tested:
                await again.check((region, category_id, test.group), partial(known_leaf.verdict, test.group, risk))

    async def _ask_again(self, plan: NeedsInput, proposals: Sequence[Proposal], known: KnownLeaf) -> None:
        again, risk = self.planning.services.asked_again, self.planning.services.autofill_risk
        if again is None or risk <= 0:
            return
        is_only = len(plan.reasons) == 1
        for each in proposals:
            group = (self.planning.shop.region, plan.category_id or "", each.group)
            verdict = known.verdict(each.group, risk)
            await again.asked(group, self.planning.job, verdict, each.attribute.id, is_only_question=is_only)

    @property
    def _shop(self) -> str:
        return short_name(self.planning.job.shop_id)

    async def _tested_leaf(self, category_id: str, attributes: tuple[Attribute, ...]) -> KnownLeaf | None:
        """The leaf on which to test proposals; while nothing may be filled in, only a leaf for which questions were
        asked.
        """
        region = self.planning.shop.region
        if self.planning.services.autofill_risk > 0:
            return await self.known_values.leaf(region, category_id, attributes)
        return self.known_values.in_memory(region, category_id)

    async def _known(self, category_id: str) -> KnownLeaf:
        planning = self.planning
        leaf = await planning.services.catalogue.leaf(planning.client, planning.shop.region, category_id)
        return await self.known_values.leaf(planning.shop.region, category_id, leaf.attributes)

    def _tests(
        self, product: Mapping[str, Any], known: KnownLeaf, values: Values, wanted: set[str], kind: TestKind
    ) -> tuple[list[ProposalTest], list[str]]:
        """Compares these values with the proposals for the product without them.

        The features keep the statements of the texts, from which later proposals learn how reliable such texts are.
        """
        found = propose(known.index, _bare(product), wanted, known.models, known=values, shop=self._shop)
        tests = [
            ProposalTest(each.group, each.first.score, _value_id(each) != values[each.attribute.id], kind)
            for each in found
        ]
        return tests, [stated_feature(each.attribute.id, each.stated) for each in found if each.stated is not None]

    def _filled(self, proposals: Iterable[Proposal], known: KnownLeaf) -> tuple[dict[str, DefaultValue], list[str]]:
        """The values that may be filled in, and for every other attribute a warning with the reason."""
        risk, job = self.planning.services.autofill_risk, self.planning.job
        filled: dict[str, DefaultValue] = {}
        warnings: list[str] = []
        for proposal in proposals if risk > 0 else ():
            attribute, first = proposal.attribute, proposal.first
            verdict = known.verdict(proposal.group, risk)
            if not isinstance(verdict, Certificate):
                warnings.append(
                    f"{attribute.name} is not filled in: a risk of {risk:.2%} is not certifiable yet, "
                    f"{verdict.needed} more answers are needed"
                )
                continue
            checks, disagreed = known.checks(proposal.group).above(verdict.threshold)
            if stops(checks, disagreed, risk):
                warnings.append(
                    f"{attribute.name} is not filled in: people corrected {disagreed} of {checks} proposals"
                )
                continue
            if bucket(first.score) < verdict.threshold:
                continue
            if is_checked(f"{job.shop_id}/{job.product_id}/{attribute.id}"):
                warnings.append(f"{attribute.name} is not filled in: this product is among those that people check")
                continue
            filled[attribute.id] = DefaultValue(_name(attribute, first), _evidence(first, verdict))
        return filled, warnings


def _ranked(reason: Reason, proposals: Mapping[str, Proposal], known: KnownLeaf) -> Reason:
    """The reason with its allowed values in the order of their chances."""
    proposal = proposals.get(reason.attribute_id or "") if reason.code in MISSING else None
    if proposal is None or not proposal.says_something:
        return reason
    levels = known.levels(proposal.group)
    allowed = []
    for place, candidate in enumerate(proposal.candidates[:MAX_VALUES_SHOWN]):
        value = proposal.attribute.values[candidate.value]
        chance = chance_of_being_right(levels, candidate.score) if place == 0 else candidate.score
        source = ", ".join(candidate.sources) if candidate.is_read or place == 0 else ""
        allowed.append(AllowedValue(value.id, value.name, round(chance, 3), source, "; ".join(candidate.words)[:100]))
    return replace(reason, allowed_values=tuple(allowed))


def _evidence(candidate: Candidate, verdict: Certificate) -> dict[str, Any]:
    return {
        "rule": PROPOSAL,
        "found": "; ".join(candidate.words)[:100],
        "sources": list(candidate.sources),
        "score": round(candidate.score, 4),
        "bound": round(verdict.bound, 4),
        "tests": verdict.tests,
    }


def _values(given: Sequence[Mapping[str, Any]], attributes: Sequence[Attribute]) -> dict[str, str]:
    """The listed values of single-valued entries; with several values it is unclear which of them goes with what."""
    single = {str(each.get("id")): str(own[0].get("id")) for each in given if len(own := each.get("values") or []) == 1}
    return {
        each.id: value
        for each in attributes
        if (value := single.get(each.id)) is not None and value in values_by_id(each.values)
    }


def _bare(product: Mapping[str, Any]) -> dict[str, Any]:
    """The product without its attributes, since a proposal must be tested without the value it proposes."""
    return {**product, "product_attributes": []}


def _name(attribute: Attribute, candidate: Candidate) -> str:
    return attribute.values[candidate.value].name


def _value_id(proposal: Proposal) -> str:
    return proposal.attribute.values[proposal.first.value].id
