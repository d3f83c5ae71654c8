"""Every experiment, the facts it decides, and when it runs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from calibration.experiments import (
    allowance,
    edits,
    pre_approvals,
    refusals,
    requests,
    searches,
    tokens,
    versions,
    webhooks,
)
from calibration.experiments.tokens import TokenPair
from calibration.findings import Finding
from calibration.workbench import Workbench

Stage = Literal["requests", "products", "summary", "tokens", "allowance"]
"""Experiments on products run concurrently, each on its own samples, so that their reviews overlap. The samples are
removed before the tokens are tested, and the rate limits are exhausted last.
"""


@dataclass(frozen=True, slots=True)
class Experiment:
    facts: tuple[str, ...]
    """The facts that it decides; if it fails, they remain unmeasured."""
    stage: Stage
    run: Callable[[Workbench, TokenPair], Awaitable[list[Finding]]]


def _on_bench(stage: Stage, run: Callable[[Workbench], Awaitable[list[Finding]]], *facts: str) -> Experiment:
    async def with_tokens(bench: Workbench, _: TokenPair) -> list[Finding]:
        return await run(bench)

    return Experiment(facts or (run.__name__,), stage, with_tokens)


EXPERIMENTS: tuple[Experiment, ...] = (
    _on_bench("requests", requests.empty_object_signed),
    _on_bench("requests", requests.empty_list_body),
    _on_bench("requests", requests.numeric_booleans),
    _on_bench("requests", requests.business_error_status),
    _on_bench("requests", requests.bad_token),
    _on_bench("requests", requests.token_in_query),
    _on_bench("requests", requests.consent_covers_shops),
    _on_bench("requests", requests.signature_refused),
    _on_bench("requests", requests.wrong_app_key),
    _on_bench("requests", requests.unknown_path),
    _on_bench("requests", requests.two_content_types),
    _on_bench("requests", requests.shop_cipher_placement),
    _on_bench("requests", versions.category_version_case),
    _on_bench("requests", versions.v1_refused),
    _on_bench("requests", versions.reads_without_version),
    _on_bench("requests", versions.chains_before_move),
    _on_bench("requests", searches.empty_search),
    _on_bench("requests", webhooks.webhook_address),
    _on_bench("requests", webhooks.webhook_registration),
    _on_bench("requests", refusals.main_image_size),
    _on_bench("requests", refusals.unknown_product_in_batch),
    _on_bench("products", searches.search_pages),
    _on_bench("products", edits.edit_during_audit),
    _on_bench("products", edits.edit_of_deactivated),
    _on_bench("products", edits.edit_with_draft),
    _on_bench("products", edits.platforms_omitted),
    _on_bench("products", edits.value_without_id),
    _on_bench("products", edits.edit_replaces),
    _on_bench("products", refusals.indonesian_packages),
    _on_bench("products", refusals.package_size_sum),
    _on_bench("products", refusals.weight_zero),
    _on_bench("products", refusals.more_decimals),
    _on_bench("products", refusals.unknown_brand),
    _on_bench("products", refusals.description_images),
    _on_bench("products", refusals.invite_only_elsewhere),
    _on_bench("products", refusals.legacy_values),
    _on_bench("products", refusals.drafts_lenient),
    _on_bench("products", refusals.drafts_incomplete),
    _on_bench("products", pre_approvals.pre_approved_spelling),
    _on_bench("summary", refusals.listing_quota),
    Experiment(("refresh_ends_access_tokens", "expired_token"), "tokens", tokens.refresh_ends_access_tokens),
    Experiment(("refresh_ends_refresh_tokens",), "tokens", tokens.refresh_ends_refresh_tokens),
    _on_bench("allowance", allowance.retry_after),
    _on_bench("allowance", allowance.sandbox_quota),
)
