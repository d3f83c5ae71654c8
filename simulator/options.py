"""Which world to make, how the platform behaves in it, and trouble on demand.

Options that are a switch of the fact table take their default from it (`facts/platform.toml`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from facts.load import platform_facts

DEMO = "demo"
"""The profile of the demo and of most tests: small trees, few oddities."""


def _from_facts(name: str) -> Any:
    """A dataclass field whose default is the fact table's."""
    return field(default_factory=lambda: platform_facts().default(name))


@dataclass(slots=True)
class Faults:
    """Trouble on demand; can be changed while the simulator runs. Shares are between 0 and 1."""

    latency_seconds: float = 0.0
    error_share: float = 0.0
    """Requests answered with HTTP 500 and code 36009003, and not carried out."""
    reset_before_share: float = 0.0
    """Connections closed without an answer, before the request was carried out."""
    reset_share: float = 0.0
    """Connections closed without an answer, after the request was carried out."""
    malformed_share: float = 0.0
    """Answers cut off in the middle, after the request was carried out."""
    html_share: float = 0.0
    """HTTP 200 with a web page, as an intermediate proxy answers; not carried out."""
    bad_answer_share: float = 0.0
    """Requests not carried out, and answered as `bad_answers` says."""
    bad_answers: tuple[str, ...] = ()
    """Names from simulator/bad_answers.py; empty = any of them."""
    distorted_share: float = 0.0
    """Answers with a value of a wrong type somewhere, after the request was carried out."""
    only: tuple[str, ...] = ()
    """Operations the shares and the latency apply to; empty = all."""
    outage: bool = False
    """Every request: HTTP 503 without an envelope."""
    tells_retry_after: bool = False
    quota_per_day: int | None = None
    """Listings and edits a shop may submit per day (UTC)."""
    refresh_answer: str = ""
    """Instead of new tokens: `error` HTTP 500, `malformed` a token is missing, `refused`, `reset` the connection is
    closed; `lost` closes it after the old tokens were exchanged. Empty = new tokens."""
    refresh_seconds: float = 0.0
    """Delay of a refresh's answer, after the old tokens were exchanged."""
    webhook_drop_share: float = 0.0
    webhook_duplicate_share: float = 0.0
    webhook_reorder_share: float = 0.0
    """Webhooks held back until later ones have gone out."""
    webhook_delay_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class SimulatorOptions:
    seed: int = 1
    shops: int = 10
    products: int = 2000
    """Number in all shops together."""
    regions: tuple[str, ...] = ("US",)
    """Region codes; shops take them in turn."""
    profile: str = DEMO
    """Name of a file in simulator/profiles: rates, names and the size of the trees."""
    app_key: str = "simulated-key"
    app_secret: str = "simulated-secret"  # noqa: S105
    webhook_url: str | None = None
    """Gets every webhook of every shop, in addition to the addresses shops have registered."""
    webhook_retry_seconds: tuple[float, ...] = (0.5, 2.0, 10.0)
    """Pauses between attempts; the platform's are 2 min, 30 min, 3 h, 12 h."""
    audit_seconds: tuple[float, float] = (0.5, 1.5)
    """Shortest and longest review."""
    audit_reject_share: float = 0.01
    reads_per_second: tuple[int, int] = (40, 80)
    """A shop's allowance of reads, drawn from this range."""
    writes_per_second: tuple[int, int] = (30, 60)
    unlimited: bool = False
    """No allowance at all, for benchmarks."""
    quota_per_day: int | None = None
    """Listings and edits a shop may submit per day (UTC)."""
    access_token_seconds: int = 7 * 86400
    started_at: int = 0
    """Unix seconds of this world's start; 0 = now. With a fixed value, two worlds of a seed are the same bytes."""
    upgrade_seconds: float = 1.0
    """Duration of a category upgrade task; 0 = done when it is answered. The platform's take up to 2 hours."""
    upgrade_share: float = 1.0
    """Share of the movable products that an upgrade task moves before its time is up."""
    unavailable_brand_share: float = 0.0
    """Pairs of an authorised brand and a category that are closed (12052201)."""
    size_chart_unsupported_share: float = 0.0
    """Categories that silently ignore a size chart."""
    narrower_values_share: float = 0.1
    """Categories that do not list every value of Season that others list."""
    poor_size_chart_share: float = 0.0
    """Stored US size charts that block an edit which leaves them unchanged (5001001)."""
    recommendation_missing_share: float = 0.1
    """Titles for which Recommend Category has no answer (12019064)."""
    recommendation_wrong_share: float = 0.05
    """Answers of Recommend Category that name an unrelated leaf."""
    seller_changes_per_second: float = 0.0
    """Changes by sellers themselves (titles, prices, stock, deletions, new products) while the simulator runs."""

    # Switches: each belongs to a fact, which documents it. Both positions are tested.
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
    refuses_invite_only_outside_us: bool = _from_facts("refuses_invite_only_outside_us")
    longest_package_cm: int = _from_facts("longest_package_cm")
    main_image_least_px: int = _from_facts("main_image_least_px")
    description_images_need_sizes: bool = _from_facts("description_images_need_sizes")
    loses_webhook_registration: bool = _from_facts("loses_webhook_registration")
    pre_approved_reason_is_singular: bool = _from_facts("pre_approved_reason_is_singular")
    webhook_needs_https: bool = _from_facts("webhook_needs_https")


FIXED_AT_START = frozenset(
    {"seed", "shops", "products", "regions", "profile", "app_key", "app_secret", "started_at", "reads_per_second",
     "writes_per_second", "shops_per_authorization", "size_chart_unsupported_share", "quota_per_day",
     "tells_retry_after"}
)  # fmt: skip
"""Options the world is made from; the last two start a fault of the same name, which can be changed."""
OPTION_TYPES: dict[str, str] = {each.name: str(each.type) for each in fields(SimulatorOptions)}
FAULT_TYPES: dict[str, str] = {each.name: str(each.type) for each in fields(Faults)}
