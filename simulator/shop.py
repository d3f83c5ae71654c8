"""A shop of the simulated platform: its products, allowances, webhooks and counters."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from simulator.accounts import Account
from simulator.allowance import Allowance, HourlyQuota
from simulator.listing import Listing
from simulator.sellers import Seller
from simulator.traits import TraitPattern


@dataclass(slots=True)
class SimulatedShop:
    number: int
    shop_id: str
    products: int
    """Number of products generated from the seed; created products have higher indexes."""
    reads: Allowance
    writes: Allowance
    seller: Seller
    account: Account
    traits: TraitPattern
    hourly: HourlyQuota = field(default_factory=HourlyQuota)
    submitted: Counter[int] = field(default_factory=Counter)
    """Listings and edits accepted, by day (UTC)."""
    touched: dict[int, Listing] = field(default_factory=dict)
    """Products that were changed or are under review; the others are generated from the seed on demand."""
    created: dict[str, str] = field(default_factory=dict)
    """Idempotency key -> product id."""
    created_count: int = 0
    webhooks: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Event type -> registered address and time in ms."""
    registration_lost: bool = False
    """Whether a webhook registration was already lost (switch loses_webhook_registration)."""
    upgrading: bool = False
    inactive: str = ""
    """`shop` or `seller` if one of them is inactive."""
    kyc_pending: bool = False
    """Whether the seller's identity is unverified, so that every review ends as PRE_APPROVED."""
    calls: Counter[str] = field(default_factory=Counter)
    seller_activity: Counter[str] = field(default_factory=Counter)
    """Number of the seller's changes by kind."""

    @property
    def region(self) -> str:
        return self.seller.region

    @property
    def authorized_brands(self) -> frozenset[str]:
        return self.seller.authorized_brands

    @property
    def cipher(self) -> str:
        return f"ROW_sim{self.number:06d}"

    @property
    def name(self) -> str:
        return f"Shop {self.number}"

    def access_token(self, generation: int | None = None) -> str:
        return self.account.access_token(generation)

    @property
    def refresh_token(self) -> str:
        return self.account.refresh_token
