"""A shop's webhooks that the gateway has stored for `relist calibrate`."""

from __future__ import annotations

from dataclasses import dataclass

from producers.pre_approvals import PreApproval, PreApprovals


@dataclass(frozen=True, slots=True)
class ShopNotices:
    pre_approvals: PreApprovals
    shop_id: str

    async def latest(self) -> PreApproval | None:
        return await self.pre_approvals.latest(self.shop_id)
