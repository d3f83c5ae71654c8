"""The dashboard of single shops: progress, speed, and what they wait for."""

from __future__ import annotations

from config.grafana.panels import Dashboard, PanelRow, Variable, lines, stat

SHOP = '{region=~"$region",shop=~"$shop"}'


def _products(state: str) -> str:
    return f'sum(max by (shop, region) (relist_products{{region=~"$region",shop=~"$shop",state="{state}"}}))'


ONE_SHOP = Dashboard(
    "relist-shop",
    "Relist: shops",
    "One or more shops. Beyond RELIST_METRICS_SHOPS shops, those with the least work are combined in `other`.",
    (
        PanelRow(
            "Now",
            (
                stat("Relisted", "Products whose live listing is on v2.", "short", _products("relisted")),
                stat("Queued", "Products whose job waits for its turn.", "short", _products("queued")),
                stat("In audit", "Edits accepted whose audit has not ended.", "short", _products("in_audit")),
                stat(
                    "Needs input", "Products that need an answer: see the worklist.", "short", _products("needs_input")
                ),
                stat(
                    "Oldest audit",
                    "An alert fires above two days.",
                    "s",
                    f"max(relist_audit_pending_oldest_age_seconds{SHOP}) or vector(0)",
                    bad_above=48 * 3600,
                ),
                stat(
                    "Authorisation expires in",
                    "The seller must then authorise the app again.",
                    "s",
                    'min(relist_token_expires_timestamp_seconds{shop=~"$shop",token="refresh"}) - time()',
                    bad_below=3 * 86400,
                ),
            ),
        ),
        PanelRow(
            "Over time",
            (
                lines(
                    "Products by state",
                    "All products of these shops.",
                    "short",
                    (f"sum by (state) (max by (shop, region, state) (relist_products{SHOP}))", "{{state}}"),
                    width=12,
                    stacked=True,
                ),
                lines(
                    "Products to process",
                    "Products of each shop that the service or the platform acts on next.",
                    "short",
                    (
                        "topk(15, sum by (shop) (max by (shop, region, state) (relist_products"
                        '{region=~"$region",shop=~"$shop",state=~"queued|running|in_audit|waiting"})))',
                        "{{shop}}",
                    ),
                    width=12,
                ),
                lines(
                    "Rate limit",
                    "Requests per second discovered to be allowed for each shop; at most 15 shops.",
                    "reqps",
                    (
                        'topk(30, max by (shop, access) (relist_rate_limit_requests_per_second{shop=~"$shop"}))',
                        "{{shop}} {{access}}",
                    ),
                    width=12,
                ),
                lines(
                    "Throttled",
                    "Requests per second the platform rejected as too many.",
                    "reqps",
                    (
                        "topk(15, sum by (shop)"
                        ' (rate(relist_rate_limit_throttled_total{shop=~"$shop"}[$__rate_interval]))) or vector(0)',
                        "{{shop}}",
                    ),
                    width=12,
                ),
            ),
        ),
    ),
    (
        Variable("region", "label_values(relist_products, region)"),
        Variable("shop", 'label_values(relist_products{region=~"$region"}, shop)'),
    ),
)
