"""Sellers' authorisations: the shops and scopes they cover, and their tokens."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from simulator.api_error import ApiError
from simulator.options import SimulatorOptions
from simulator.rules.codes import OVERLOADED

YEAR = 365 * 86400
CODE_SECONDS = 1800
SCOPES = ("seller.authorization.info", "seller.product.basic", "seller.product.write", "seller.shop.info")


@dataclass(slots=True)
class Account:
    """An authorisation, named after its first shop."""

    name: str
    shop_ids: tuple[str, ...]
    options: SimulatorOptions
    generation: int = 0
    """Number of the current pair of tokens; each refresh increments it."""
    dead: bool = False
    """Whether the authorisation was withdrawn or has expired."""
    scopes: tuple[str, ...] = SCOPES
    issued: list[float] = field(default_factory=lambda: [time.time()])
    """Issue time of each generation's tokens."""
    app: int = 0
    """Number of the app that the seller has authorised."""
    codes: dict[str, float] = field(default_factory=dict)
    """Unused authorisation code -> time until which it is valid."""
    consents: int = 0
    refreshes: int = 0
    refreshes_refused: int = 0

    def access_token(self, generation: int | None = None) -> str:
        return f"TTP_sim_{self.name}_{self.generation if generation is None else generation}"

    @property
    def refresh_token(self) -> str:
        return f"TTR_sim_{self.name}_{self.generation}"

    def __post_init__(self) -> None:
        self.codes[self.auth_code] = float("inf")

    @property
    def auth_code(self) -> str:
        """The code of the first consent. Valid for a single use; it does not expire, so that examples work."""
        return f"TTA_sim_{self.name}_0"

    def consent(self) -> str:
        """The seller consents, possibly after withdrawing an earlier consent. Returns a new code, valid for 30
        minutes.
        """
        self.dead = False
        self.consents += 1
        code = f"TTA_sim_{self.name}_{self.consents}"
        self.codes[code] = time.time() + CODE_SECONDS
        return code

    @property
    def access_expires(self) -> int:
        return int(self.issued_at(self.generation)) + self.options.access_token_seconds

    @property
    def refresh_expires(self) -> int:
        return int(self.issued_at(self.generation)) + YEAR

    def issued_at(self, generation: int) -> float:
        return self.issued[min(generation, len(self.issued) - 1)]

    def renew(self) -> None:
        self.generation += 1
        self.issued.append(time.time())


def generation_of(credential: str, prefix: str, account: Account) -> int | None:
    """The generation in the credential; None if it belongs to another account."""
    head, _, number = credential.rpartition("_")
    return int(number) if head == f"{prefix}_sim_{account.name}" and number.isdigit() else None


def bad_token(options: SimulatorOptions) -> ApiError:
    """Fact: bad_token. Each of the two codes has a different message."""
    header = "x-tts-access-token" if options.bad_token_code == OVERLOADED else "access_token"
    return ApiError(options.bad_token_code, f"{header} header is invalid", 401)


def check_token(account: Account, token: str) -> None:
    """Raises ApiError for a token that is unknown or expired."""
    generation = generation_of(token, "TTP", account)
    if generation is None or generation > account.generation:
        raise bad_token(account.options)
    replaced = account.options.old_tokens_die and generation != account.generation
    ended = time.time() >= account.issued_at(generation) + account.options.access_token_seconds
    if account.dead or replaced or ended:
        raise ApiError(account.options.expired_token_code, "access_token is expired", 401)


def exchange(account: Account, credential: str, *, refresh: bool) -> None:
    """Exchanges a refresh token or an authorisation code for new tokens. Raises ApiError 36004004."""
    if refresh:
        generation = generation_of(credential, "TTR", account)
        dies = account.options.old_refresh_tokens_die
        good = generation is not None and (
            generation == account.generation or (not dies and generation < account.generation)
        )
    else:
        good = account.codes.pop(credential, 0.0) > time.time()
    if not good or account.dead:
        account.refreshes_refused += refresh
        raise ApiError(36004004, "the authorization code or refresh token is used, expired or wrong")
    account.refreshes += refresh
    account.renew()
