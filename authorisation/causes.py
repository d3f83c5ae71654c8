"""Maps refusals and failures of the platform to a cause and its remedy. Pure.

`relist doctor`, `relist shops connect`, the metrics and the web UI name causes with this table. The slug is the
value of a metric label, so it is stable.
"""

from __future__ import annotations

from dataclasses import dataclass

from tiktok_shop import errors

ALLOW_LIST, SCOPE_MISSING, CODE_SPENT = 36009033, 105005, 36004004
WAIT = "wait; check the platform's status page if it lasts"


@dataclass(frozen=True, slots=True)
class Cause:
    slug: str
    what: str
    """One line without shop names, so that a cause shared by several shops is shown once."""
    fix: str
    concerns: str = "shop"
    """`shop`, or `all` if every shop of the app is affected."""


NETWORK = {
    "dns": Cause("network", "the name of the platform's host cannot be resolved", "check DNS and the network", "all"),
    "connect": Cause(
        "network",
        "the platform's host cannot be reached",
        "check the network, the firewall and RELIST_PROXY_URL",
        "all",
    ),
    "timeout": Cause(
        "network", "the platform's host does not answer in time", "check the network and the firewall", "all"
    ),
    "proxy": Cause(
        "proxy",
        "the proxy cannot be reached, or refuses the connection",
        "check RELIST_PROXY_URL, its user and password, and whether the proxy allows the platform's hosts",
        "all",
    ),
    "tls": Cause(
        "tls",
        "the certificate of the platform's host is not trusted",
        "if a proxy inspects TLS, set RELIST_CA_FILE to its certificate; otherwise check the clock and the host",
        "all",
    ),
    "no_tls": Cause(
        "tls",
        "the platform's host does not answer in TLS",
        "check host and port of RELIST_API_URL and RELIST_AUTH_URL, and what stands between here and the platform",
        "all",
    ),
}

NO_RESPONSE = frozenset({"network", "proxy", "tls", "platform", "not_the_api"})
"""Slugs of causes that prevent a usable response to any request, for every shop."""


def cause_of(error: errors.TikTokShopError) -> Cause:
    """Return the cause of an error of a call or of a token request."""
    app = f"the app {error.app!r}" if error.app else "the app"
    if error.code == ALLOW_LIST:
        fix = "add the address from which this machine leaves the network to the app's IP allow list in Partner Center"
        allowed = f"the allow list of {app}" if error.app else "the app's allow list"
        return Cause("allow_list", f"this machine's IP address is not on {allowed} (36009033)", fix, "all")
    if error.code == SCOPE_MISSING:
        fix = f"enable the scope for {app} in Partner Center, let the seller authorise again, run relist shops connect"
        return Cause("missing_scope", f"a permission is missing: {error.message} (105005)", fix)
    match error:
        case errors.UnknownApp():
            return Cause("unknown_app", error.message, "add it to RELIST_APPS_FILE on this machine", "all")
        case errors.ClockSkewed():
            return Cause("clock", "the platform refuses this machine's time", "run NTP and check the clock", "all")
        case errors.InvalidAppCredentials():
            return _app_cause(error)
        case errors.TokensUnavailable():
            fix = "workers retry on their own; check that RELIST_AUTH_URL is correct and reachable"
            return Cause("token_service", f"the access token could not be refreshed: {error.message}", fix, "all")
        case errors.InvalidShopCipher():
            return Cause("cipher", "the cipher does not belong to the shop", "run relist shops connect, or shops add")
        case errors.AuthFailed():
            return _token_cause(error)
        case errors.ShopBlocked():
            fix = _inside(error.remedy) or "the seller must clear it in Seller Center"
            return Cause("inactive_shop", f"the shop or its seller is inactive: {error.message} ({error.code})", fix)
        case errors.Throttled() | errors.QuotaExceeded():
            return Cause("throttled", "the platform limits the rate of requests", "wait a minute, then try again")
        case errors.Transient() if error.network in NETWORK:
            return NETWORK[error.network]
        case errors.NonApiResponse():
            fix = "check RELIST_API_URL and RELIST_AUTH_URL, and any proxy between this machine and the platform"
            return Cause("not_the_api", f"something other than the API responded: {error.message}", fix, "all")
        case errors.Transient():
            return Cause("platform", f"the platform fails: {error.message}", WAIT, "all")
        case _:
            fix = _inside(error.remedy) or "report it with the request ID"
            return Cause("refused", f"the platform refuses the request: {error.message} ({error.code})", fix)


def _inside(sentence: str) -> str:
    """Return a remedy as part of a line, without a capital or a full stop."""
    return sentence[:1].lower() + sentence[1:].rstrip(".")


def _app_cause(error: errors.InvalidAppCredentials) -> Cause:
    """Names the app and where its key and secret are set, unless it is the one of RELIST_APP_KEY."""
    text, name = error.message.casefold(), error.app
    of_app = f" of the app {name!r}" if name else ""
    if "app_key" in text.replace(" ", "_") and "secret" not in text:
        setting = f"[{name}] in RELIST_APPS_FILE" if name else "RELIST_APP_KEY"
        fix = f"copy the app key from Partner Center to {setting}"
        return Cause("app_key", f"the platform does not know the app key{of_app}", fix, "all")
    settings = f"[{name}] in RELIST_APPS_FILE" if name else "RELIST_APP_KEY and RELIST_APP_SECRET"
    fix = f"copy app key and secret of the same app from Partner Center to {settings}"
    if error.code == 106001:
        what = f"the app secret{of_app} is wrong: the platform refuses the signature (106001)"
        return Cause("app_secret", what, fix, "all")
    return Cause("app_secret", f"the platform refuses the app key or the app secret{of_app}", fix, "all")


def _token_cause(error: errors.AuthFailed) -> Cause:
    again = "let the seller authorise the app again: relist shops connect"
    if error.code == CODE_SPENT:
        what = "the consent was revoked or has expired: the refresh token is refused (36004004)"
        return Cause("revoked_consent", what, again)
    if error.code == 0:
        return Cause("dead_token", error.message, again)
    return Cause("dead_token", f"the token is refused: {error.message} ({error.code})", again)
