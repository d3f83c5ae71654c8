"""Proposes values for missing attributes, fills them in where the operator accepts the risk, and learns from products.

The decisions are pure (`proposals/`); what is known lies in Redis (`catalogue/known_values.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from catalogue.known_values import KnownLeaf, KnownValues, ProposalTest, TestKind
from model.outcome import AllowedValue, Reason
from proposals.passages import passages_of
from proposals.propose import Proposal, features_of, propose
from proposals.ranking import Candidate
from proposals.risk import Certificate, bucket, chance_of_being_right, decide, is_checked, is_tested, stops
from relisting.attributes import DefaultValue
from relisting.planned import AlreadyMigrated, NeedsInput, Plan, PlannedEdit
from relisting.validate.codes import Code
from relisting.validate.reasons import MOST_VALUES_SHOWN
from tiktok_shop.catalogue import Attribute
from worker.planning import Planning

MISSING = frozenset({Code.ATTRIBUTE_REQUIRED.value, Code.ATTRIBUTE_REQUIRED_BY_OTHER.value})
PROPOSAL = "proposal"
"""The `rule` of a value filled in unasked, in an edit's evidence."""

Values = Mapping[str, str]
"""Attribute id -> value id."""


@dataclass(frozen=True, slots=True)
class Proposing:
    """Adds proposals to the plan of one product. Methods raise TikTokShopError and RedisError."""

    planning: Planning
    known_values: KnownValues

    async def completed(
        self, product: Mapping[str, Any], plan: NeedsInput
    ) -> tuple[NeedsInput, dict[str, DefaultValue]]:
        """The plan with ranked values, and the values that may be filled in unasked."""
        wanted = [each.attribute_id for each in plan.reasons if each.attribute_id and each.code in MISSING]
        if not wanted or not plan.category_id:
            return plan, {}
        known = await self._known(plan.category_id)
        values = _values(product.get("product_attributes") or (), known.attributes)
        proposals = {
            each.attribute.id: each for each in propose(known.index, product, wanted, known.models, known=values)
        }
        reasons = tuple(_ranked(each, proposals, known) for each in plan.reasons)
        filled, warnings = self._filled(proposals.values(), known)
        return replace(plan, reasons=reasons, warnings=(*plan.warnings, *warnings)), filled

    async def learn(self, product: Mapping[str, Any], plan: Plan) -> None:
        """Learns the values of a product that is complete, and tests the proposals that it would have got."""
        if isinstance(plan, PlannedEdit):
            given, category_id = plan.body.get("product_attributes") or (), plan.category_id
            filled = {str(use.get("attribute_id")) for use in plan.evidence.get("filled") or ()}
        elif isinstance(plan, AlreadyMigrated) and plan.category_id:
            given, category_id, filled = product.get("product_attributes") or (), plan.category_id, set()
        else:
            return
        job, region = self.planning.job, self.planning.shop.region
        known = await self._known(category_id)
        answered = {str(each.get("id")) for each in job.attributes}
        values = {name: value for name, value in _values(given, known.attributes).items() if name not in filled}
        wanted = {name for name in values if name in _required(known.attributes)}
        name = f"{job.shop_id}/{job.product_id}"
        if answered & wanted and not job.dry_run:
            tests = self._tests(product, known, values, answered & wanted, "check")
            await self.known_values.checked(region, category_id, name, tests)
        risk = self.planning.services.autofill_risk
        if known.is_full or not wanted or not is_tested(len(known.products), name, risk):
            return
        bare = _bare(product)
        features = features_of(passages_of(bare, known.index.languages), values)
        tests = self._tests(product, known, values, wanted - answered, "known")
        kept = {each: values[each] for each in wanted}
        await self.known_values.learn(region, category_id, name, features, kept, tests)

    async def _known(self, category_id: str) -> KnownLeaf:
        planning = self.planning
        leaf = await planning.services.catalogue.leaf(planning.client, planning.shop.region, category_id)
        return await self.known_values.leaf(planning.shop.region, category_id, leaf.attributes)

    def _tests(
        self, product: Mapping[str, Any], known: KnownLeaf, values: Values, wanted: set[str], kind: TestKind
    ) -> list[ProposalTest]:
        """Compares the proposals for the product without these values with the values."""
        return [
            ProposalTest(each.attribute.id, each.first.score, _value_id(each) != values[each.attribute.id], kind)
            for each in propose(known.index, _bare(product), wanted, known.models, known=values)
        ]

    def _filled(self, proposals: Iterable[Proposal], known: KnownLeaf) -> tuple[dict[str, DefaultValue], list[str]]:
        """The values that may be filled in, and for each other attribute a warning that says why it may not."""
        risk, job = self.planning.services.autofill_risk, self.planning.job
        filled: dict[str, DefaultValue] = {}
        warnings: list[str] = []
        for proposal in proposals if risk > 0 else ():
            attribute, first = proposal.attribute, proposal.first
            verdict = decide(known.levels(attribute.id), risk)
            if not isinstance(verdict, Certificate):
                warnings.append(
                    f"{attribute.name} is not filled in: a risk of {risk:.2%} is not certifiable yet, "
                    f"{verdict.needed} more answers are needed"
                )
                continue
            checks, disagreed = known.checks(attribute.id).above(verdict.threshold)
            if stops(checks, disagreed, risk):
                warnings.append(
                    f"{attribute.name} is not filled in: people corrected {disagreed} of {checks} proposals"
                )
                continue
            if bucket(first.score) < verdict.threshold:
                continue
            if is_checked(f"{job.shop_id}/{job.product_id}/{attribute.id}"):
                warnings.append(f"{attribute.name} is not filled in: this product is one of those that people check")
                continue
            filled[attribute.id] = DefaultValue(_name(attribute, first), _evidence(first, verdict))
        return filled, warnings


def _ranked(reason: Reason, proposals: Mapping[str, Proposal], known: KnownLeaf) -> Reason:
    """The reason with its allowed values in the order of their chances."""
    proposal = proposals.get(reason.attribute_id or "") if reason.code in MISSING else None
    if proposal is None or not proposal.says_something:
        return reason
    levels = known.levels(proposal.attribute.id)
    allowed = []
    for place, candidate in enumerate(proposal.candidates[:MOST_VALUES_SHOWN]):
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
    """The listed values of single-valued entries; an entry with several values says which of them goes with what."""
    listed = {each.id: {value.id for value in each.values} for each in attributes}
    found = {}
    for each in given:
        own = [str(value.get("id") or "") for value in each.get("values") or ()]
        name = str(each.get("id"))
        if len(own) == 1 and own[0] in listed.get(name, ()):
            found[name] = own[0]
    return found


def _required(attributes: Sequence[Attribute]) -> set[str]:
    return {each.id for each in attributes if each.is_required or each.conditions}


def _bare(product: Mapping[str, Any]) -> dict[str, Any]:
    """The product without its attributes, since a proposal must be tested without the value it proposes."""
    return {**product, "product_attributes": []}


def _name(attribute: Attribute, candidate: Candidate) -> str:
    return attribute.values[candidate.value].name


def _value_id(proposal: Proposal) -> str:
    return proposal.attribute.values[proposal.first.value].id
