"""Currency and price of a product in a market. Pure."""

from __future__ import annotations

CURRENCIES = {
    "US": "USD", "GB": "GBP", "MX": "MXN", "BR": "BRL", "JP": "JPY", "ID": "IDR", "VN": "VND", "TH": "THB",
    "MY": "MYR", "PH": "PHP", "SG": "SGD",
    **dict.fromkeys(("AT", "BE", "CZ", "DE", "ES", "FR", "GR", "HU", "IE", "IT", "NL", "PL", "PT"), "EUR"),
}  # fmt: skip
PRICES = {"IDR": "250000", "VND": "400000", "JPY": "3000", "THB": "600", "PHP": "900", "MXN": "400"}
USUAL_PRICE = "25"


def currency_of(region: str) -> str:
    return CURRENCIES.get(region, "USD")


def price_in(currency: str) -> str:
    """Return an amount worth roughly 20 to 40 US dollars."""
    return PRICES.get(currency, USUAL_PRICE)
