"""The simulator's options: the world to build, the platform's behaviour and the faults to inject.

Options that are switches of the fact table (`facts/platform.toml`) take their default from it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from facts.load import platform_facts

DEMO = "demo"
"""The profile of the demo and most tests: small trees and few oddities."""


def _from_facts(name: str) -> Any:
    """A dataclass field with the default of the fact table."""
    return field(default_factory=lambda: platform_facts().default(name))


@dataclass(slots=True)
class Faults:
    """Injected faults, which can be changed at runtime. Shares are between 0 and 1."""

    latency_seconds: float = 0.0
    error_share: float = 0.0
    """Share of requests answered with HTTP 500 and code 36009003, without being executed."""
    reset_before_share: float = 0.0
    """Share of connections closed without a response before the request is executed."""
    reset_share: float = 0.0
    """Share of connections closed without a response after the request was executed."""
    malformed_share: float = 0.0
    """Share of responses truncated after the request was executed."""
    html_share: float = 0.0
    """Share of requests answered with HTTP 200 and a web page, as by a proxy, without being executed."""
    bad_answer_share: float = 0.0
    """Share of requests answered as `bad_answers` says, without being executed."""
    bad_answers: tuple[str, ...] = ()
    """Names from simulator/bad_answers.py; empty means all of them."""
    distorted_share: float = 0.0
    """Share of responses with one value of a wrong type, after the request was executed."""
    only: tuple[str, ...] = ()
    """Operations to which the shares and the latency apply; empty means all."""
    outage: bool = False
    """Answers every request with HTTP 503 without an envelope."""
    caller_refused: bool = False
    """Answers every signed request with 36009033: the caller's IP address is not on the app's allow list."""
    tells_retry_after: bool = False
    quota_per_day: int | None = None
    """Listings and edits a shop may submit per day (UTC)."""
    refresh_answer: str = ""
    """The response to a token refresh; empty means new tokens.

    `error`: HTTP 500. `malformed`: a token is missing. `refused`: code 36004004. `reset`: the connection is closed.
    `lost`: the connection is closed after the old tokens were exchanged.
    """
    refresh_seconds: float = 0.0
    """Delay of the response to a refresh, after the old tokens were exchanged."""
    cleared_field: str = ""
    """A field of Get Product that accepted edits lose, such as `description` or `skus.seller_sku`; empty = none."""
    cleared_in: str = ""
    """Only in this leaf; `half` = in every other leaf; empty = in all."""
    rejected_from: str = ""
    """Audits reject `rejected_share` of the edits of products that are under this category; empty = none."""
    rejected_share: float = 1.0
    webhook_drop_share: float = 0.0
    webhook_duplicate_share: float = 0.0
    webhook_reorder_share: float = 0.0
    """Share of webhooks held back until later ones have been sent."""
    webhook_delay_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class AppKeys:
    key: str
    secret: str
    service_id: str


@dataclass(frozen=True, slots=True)
class SimulatorOptions:
    seed: int = 1
    shops: int = 10
    products: int = 2000
    """Number of products in all shops together."""
    regions: tuple[str, ...] = ("US",)
    """Region codes, assigned to the shops in turn."""
    profile: str = DEMO
    """Name of a file in simulator/profiles: rates, names and the size of the trees."""
    app_key: str = "simulated-key"
    app_secret: str = "simulated-secret"  # noqa: S105
    apps: int = 1
    """Number of apps, to which the authorisations are assigned in turn."""
    redirect_url: str | None = None
    """Where the consent page sends the browser with the code; without it, the page shows the code."""
    webhook_url: str | None = None
    """Receives the webhooks of all shops, in addition to the registered addresses."""
    webhook_retry_seconds: tuple[float, ...] = (0.5, 2.0, 10.0)
    """Seconds between attempts; the platform waits 2 min, 30 min, 3 h and 12 h."""
    audit_seconds: tuple[float, float] = (0.5, 1.5)
    """Seconds of the shortest and the longest review."""
    audit_reject_share: float = 0.01
    reads_per_second: tuple[int, int] = (40, 80)
    """Range from which a shop's read allowance per second is drawn."""
    writes_per_second: tuple[int, int] = (30, 60)
    unlimited: bool = False
    """Disables the allowances, for benchmarks."""
    quota_per_day: int | None = None
    """Listings and edits a shop may submit per day (UTC)."""
    access_token_seconds: int = 7 * 86400
    started_at: int = 0
    """Unix seconds of the world's start; 0 means now. With a fixed value, a seed always gives the same bytes."""
    upgrade_seconds: float = 1.0
    """Duration of a category upgrade task; 0 ends it before the response. The platform takes up to 2 hours."""
    upgrade_share: float = 1.0
    """Share of the movable products that an upgrade task moves."""
    unavailable_brand_share: float = 0.0
    """Share of pairs of authorised brand and category that are closed (12052201)."""
    size_chart_unsupported_share: float = 0.0
    """Share of categories that silently ignore a size chart."""
    narrower_values_share: float = 0.1
    """Share of categories that do not list every value of Season that others list."""
    poor_size_chart_share: float = 0.0
    """Share of stored US size charts that block edits which leave them unchanged (5001001)."""
    recommendation_missing_share: float = 0.1
    """Share of titles for which Recommend Category finds no category (12019064)."""
    recommendation_wrong_share: float = 0.05
    """Share of recommendations that name an unrelated leaf."""
    seller_changes_per_second: float = 0.0
    """Number of changes by sellers (titles, prices, stock, deletions, new products) per second."""

    # Switches: the fact table documents each. Tests cover every position.
    shops_per_authorization: int = _from_facts("shops_per_authorization")
    tells_retry_after: bool = _from_facts("tells_retry_after")
    sandbox_requests_per_hour: int = _from_facts("sandbox_requests_per_hour")
    accepts_v1: bool = _from_facts("accepts_v1")
    answers_without_version_outside_us: bool = _from_facts("answers_without_version_outside_us")
    version_case_insensitive: bool = _from_facts("version_case_insensitive")
    refuses_edit_during_audit: bool = _from_facts("refuses_edit_during_audit")
    old_tokens_die: bool = _from_facts("old_tokens_die")
    old_refresh_tokens_die: bool = _from_facts("old_refresh_tokens_die")
    bad_token_code: int = _from_facts("bad_token_code")
    expired_token_code: int = _from_facts("expired_token_code")
    accepts_query_token: bool = _from_facts("accepts_query_token")
    signs_empty_object: bool = _from_facts("signs_empty_object")
    accepts_empty_list_body: bool = _from_facts("accepts_empty_list_body")
    accepts_numeric_booleans: bool = _from_facts("accepts_numeric_booleans")
    business_errors_status: int = _from_facts("business_errors_status")
    quota_code: int = _from_facts("quota_code")
    unknown_brand_is_refused: bool = _from_facts("unknown_brand_is_refused")
    shows_v2_chains: bool = _from_facts("shows_v2_chains")
    pages_by_offset: bool = _from_facts("pages_by_offset")
    omits_empty_lists: bool = _from_facts("omits_empty_lists")
    edit_reactivates: bool = _from_facts("edit_reactivates")
    edit_discards_draft: bool = _from_facts("edit_discards_draft")
    drops_values_without_id: bool = _from_facts("drops_values_without_id")
    platforms_survive_omission: bool = _from_facts("platforms_survive_omission")
    accepts_legacy_values: bool = _from_facts("accepts_legacy_values")
    accepts_zero_dimensions: bool = _from_facts("accepts_zero_dimensions")
    accepts_more_decimals: bool = _from_facts("accepts_more_decimals")
    accepts_incomplete_drafts: bool = _from_facts("accepts_incomplete_drafts")
    refuses_invite_only_outside_us: bool = _from_facts("refuses_invite_only_outside_us")
    longest_package_cm: int = _from_facts("longest_package_cm")
    main_image_least_px: int = _from_facts("main_image_least_px")
    description_images_need_sizes: bool = _from_facts("description_images_need_sizes")
    loses_webhook_registration: bool = _from_facts("loses_webhook_registration")
    pre_approved_reason_is_singular: bool = _from_facts("pre_approved_reason_is_singular")
    webhook_needs_https: bool = _from_facts("webhook_needs_https")

    def app(self, number: int) -> AppKeys:
        """The key, secret and service ID of an app; those of later apps end in their number, from 2."""
        end = "" if number == 0 else f"-{number + 1}"
        return AppKeys(self.app_key + end, self.app_secret + end, f"simulated-service{end}")

    def app_number(self, key: str | None) -> int | None:
        """The number of the app with this key, or None."""
        return next((number for number in range(self.apps) if self.app(number).key == key), None)


FIXED_AT_START = frozenset(
    {"seed", "shops", "products", "regions", "profile", "app_key", "app_secret", "started_at", "reads_per_second",
     "writes_per_second", "shops_per_authorization", "size_chart_unsupported_share", "quota_per_day",
     "tells_retry_after", "apps"}
)  # fmt: skip
"""Options that only apply when the world is built. The last two initialise the fault of the same name."""
OPTION_TYPES: dict[str, str] = {each.name: str(each.type) for each in fields(SimulatorOptions)}
FAULT_TYPES: dict[str, str] = {each.name: str(each.type) for each in fields(Faults)}
