"""What world to make, and how it behaves where the platform's behaviour is not documented."""

from __future__ import annotations

from dataclasses import dataclass


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
    """HTTP 200 with a web page, as a proxy in between answers; not carried out."""
    bad_answer_share: float = 0.0
    """Requests not carried out, and answered as `bad_answers` says."""
    bad_answers: tuple[str, ...] = ()
    """Of simulator/bad_answers.py, by name; one of all when empty."""
    distorted_share: float = 0.0
    """Answers with a value of a wrong type somewhere, after the request was carried out."""
    only: tuple[str, ...] = ()
    """Operations the shares and the latency apply to; empty = all."""
    outage: bool = False
    """Every request: HTTP 503 without an envelope."""
    tells_retry_after: bool = False
    quota_per_day: int | None = None
    """Listings and edits a shop may submit a day (UTC)."""
    refresh_answer: str = ""
    """Instead of new tokens: `error` HTTP 500, `malformed` a token missing, `refused`, `reset` the connection is cut;
    `lost` is a reset after the old tokens were exchanged. Empty = all is well."""
    refresh_seconds: float = 0.0
    """How long a refresh keeps its answer back, the old tokens exchanged."""
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
    """Of all shops together."""
    regions: tuple[str, ...] = ("US",)
    app_key: str = "simulated-key"
    app_secret: str = "simulated-secret"  # noqa: S105
    webhook_url: str | None = None
    """Gets every webhook of every shop, besides the addresses shops have registered."""
    webhook_retry_seconds: tuple[float, ...] = (0.5, 2.0, 10.0)
    """Pauses between attempts; the platform's are 2 min, 30 min, 3 h, 12 h."""
    audit_seconds: tuple[float, float] = (0.5, 1.5)
    audit_reject_share: float = 0.01
    reads_per_second: tuple[int, int] = (40, 80)
    writes_per_second: tuple[int, int] = (30, 60)
    unlimited: bool = False
    """No allowance at all, for benchmarks."""
    quota_per_day: int | None = None
    tells_retry_after: bool = False
    shops_per_authorization: int = 1
    """One seller's consent covers this many shops: one token, several ciphers."""
    access_token_seconds: int = 7 * 86400
    started_at: int = 0
    """Unix seconds that count as the start of this world; 0 = now. Fixed, two worlds of a seed are the same bytes."""
    upgrade_seconds: float = 1.0
    """How long a category upgrade task runs; 0 = all is done when it is answered. The platform's take up to 2 hours."""
    upgrade_share: float = 1.0
    """Of the products an upgrade task could move, those it gets through before its time is up."""
    unavailable_brand_share: float = 0.0
    """Of pairs of an authorised brand and a category, those the brand is not open for (12052201)."""
    size_chart_unsupported_share: float = 0.0
    """Of categories, those that silently ignore a size chart."""
    poor_size_chart_share: float = 0.0
    """Of stored size charts in the US, those that stop an edit which leaves them as they are (5001001)."""

    # Undocumented, so a switch; both positions are tested (tests/integration/simulator/test_switches.py).
    accepts_v1: bool = False
    """Whether the old tree is still served and is what a missing `category_version` means."""
    version_case_insensitive: bool = False
    refuses_edit_during_audit: bool = False
    old_tokens_die: bool = True
    """Whether a refresh ends the access tokens before it."""
    old_refresh_tokens_die: bool = True
    accepts_query_token: bool = True
    """Whether the legacy `access_token` in the query still counts when the header is missing."""
    signs_empty_object: bool = True
    """Whether a body of `{}` is part of the signature; the official sample leaves it out."""
    business_errors_status: int = 200
    """The HTTP status that comes with a business error."""
    quota_code: int = 12052093
    """Or 12052109."""
    unknown_brand_is_refused: bool = False
    """12052026 instead of a warning and a cleared field."""
    shows_v2_chains: bool = False
    """Whether Get Product shows a product that was not moved yet under its v2 path."""
    pages_by_offset: bool = False
    """Whether a search page starts at the n-th result of now, so that moved products make it skip others."""
    edit_reactivates: bool = False
    """Whether an edit puts a deactivated product on sale again."""
    drops_values_without_id: bool = False
    """Whether a variant's known value sent by name alone vanishes silently."""
    platforms_survive_omission: bool = True
    """Whether an edit without `listing_platforms` leaves the other platforms as they are, or takes them away."""
    pre_approved_reason_is_singular: bool = False
    """Webhook 37: the published example has one string where the schema has a list."""
    webhook_needs_https: bool = False
    """Whether a registered address must be public HTTPS on a domain; off, so that loopback can be told."""
