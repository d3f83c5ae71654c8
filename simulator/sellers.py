"""Properties of a seller: market, currency, warehouses, brands, manufacturers, responsible persons."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from simulator.catalogue import FIRST_BRAND

CURRENCIES = {"BR": "BRL", "GB": "GBP", "UK": "GBP", "ID": "IDR", "JP": "JPY", "MX": "MXN", "MY": "MYR", "PH": "PHP",
              "SG": "SGD", "TH": "THB", "US": "USD", "VN": "VND"}  # fmt: skip
EURO = frozenset({"DE", "ES", "FR", "IT", "IE", "NL", "BE", "AT", "GR", "PT"})


@dataclass(frozen=True, slots=True)
class Seller:
    number: int
    region: str
    currency: str
    authorized_brands: frozenset[str]
    warehouses: tuple[str, ...]
    delivery_options: tuple[tuple[str, str], ...]
    """Pairs of id and name."""
    manufacturers: tuple[str, ...]
    responsible_persons: tuple[str, ...]
    size_chart_templates: tuple[str, ...]


def make_seller(seed: int, number: int, region: str, brands: int) -> Seller:
    random = Random(f"seller:{seed}:{number}")
    base = number * 100
    return Seller(
        number,
        region,
        "EUR" if region in EURO else CURRENCIES.get(region, "USD"),
        frozenset(str(FIRST_BRAND + brand) for brand in range(brands) if random.random() < 0.5),
        (str(7068517275539700000 + base), str(7068517275539700001 + base)),
        ((str(1729592969712200000 + base), "SEND_BY_SELLER"), (str(1729592969712200001 + base), "STANDARD")),
        (str(172959296971000000 + base), str(172959296971000001 + base)),
        (str(172959296972000000 + base), str(172959296972000001 + base)),
        (str(7267563252536700000 + base),),
    )
