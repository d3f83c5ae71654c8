"""One shop, or a few: how far, how fast, and what it waits for."""

from __future__ import annotations

from config.grafana.panels import Dashboard, Row, Variable, lines, stat

SHOP = '{region=~"$region",shop=~"$shop"}'


def _products(state: str) -> str:
    return f'sum(max by (shop, region) (relist_products{{region=~"$region",shop=~"$shop",state="{state}"}}))'


ONE_SHOP = Dashboard(
    "relist-shop",
    "Relist: shops",
    "One shop or a few. Beyond RELIST_METRICS_SHOPS shops, those with least to do are together in `other`.",
    (
        Row(
            "Now",
            (
                stat("Relisted", "Products whose live listing is on v2.", "short", _products("relisted")),
                stat("Waiting", "Jobs that can start as soon as the pace allows.", "short", _products("waiting")),
                stat("In audit", "Edits accepted, audit not ended.", "short", _products("in_audit")),
                stat("Wait for a person", "On the worklist.", "short", _products("needs_input")),
                stat(
                    "Oldest audit",
                    "Above two days an alert fires.",
                    "s",
                    f"max(relist_audit_pending_oldest_age_seconds{SHOP}) or vector(0)",
                    bad_above=48 * 3600,
                ),
                stat(
                    "Authorisation ends in",
                    "Then the seller must authorise the app again.",
                    "s",
                    'min(relist_token_expires_timestamp_seconds{shop=~"$shop",token="refresh"}) - time()',
                    bad_below=3 * 86400,
                ),
            ),
        ),
        Row(
            "Over time",
            (
                lines(
                    "Products by state",
                    "Where the products of these shops stand.",
                    "short",
                    (f"sum by (state) (max by (shop, region, state) (relist_products{SHOP}))", "{{state}}"),
                    width=12,
                    stacked=True,
                ),
                lines(
                    "Jobs left",
                    "Each shop's jobs that still will run.",
                    "short",
                    (
                        "topk(15, sum by (shop) (max by (shop, region, state)"
                        ' (relist_products{region=~"$region",shop=~"$shop",state=~"waiting|delayed|in_flight"})))',
                        "{{shop}}",
                    ),
                    width=12,
                ),
                lines(
                    "Pace",
                    "Requests a second the service has found the shop to be allowed; 15 shops at most.",
                    "reqps",
                    (
                        'topk(30, max by (shop, access) (relist_rate_limit_requests_per_second{shop=~"$shop"}))',
                        "{{shop}} {{access}}",
                    ),
                    width=12,
                ),
                lines(
                    "Throttled",
                    "Requests a second the platform refused as too many.",
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
