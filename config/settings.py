"""Settings, read from the environment or a `.env` file with the prefix `RELIST_` (docs/contracts.md)."""

from __future__ import annotations

import os
import ssl
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from pydantic_settings import SettingsError as SourceError

from config.addresses import check_platform_address, check_proxy_address, check_redis_address

REDIS_SCHEMES = tuple(
    f"{scheme}://"
    for scheme in ("redis", "rediss", "unix", "redis+sentinel", "rediss+sentinel", "redis+cluster", "rediss+cluster")
)


class SettingsError(Exception):
    """Missing or invalid settings. `str()` is one line that names them."""

    def __init__(self, *problems: str) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


MIN_PAGE_TOKEN = 16
MIN_TOKEN_KEY = 16


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="RELIST_", extra="ignore", frozen=True)

    redis_url: str = "redis://127.0.0.1:6379/0"
    http_hosts: str = ""
    """Comma-separated hosts that may be reached over http:// although they are not on this machine, for example a
    simulator on a private network."""
    api_url: str = "https://open-api.tiktokglobalshop.com"
    auth_url: str = "https://auth.tiktok-shops.com"
    proxy_url: SecretStr = SecretStr("")
    """HTTP proxy for requests to the platform: http://[user:password@]host:port."""
    no_proxy: str = ""
    """Comma-separated hosts and domains reached without the proxy; this machine always is."""
    ca_file: Path | None = None
    """PEM file with additional certificate authorities for the platform's hosts, for a proxy that inspects TLS."""
    app_key: str = Field(min_length=1)
    app_secret: SecretStr = Field(min_length=1)
    service_id: str = ""
    """Identifies the app on the platform's consent page (Partner Center shows it next to the authorisation link)."""
    consent_url: str = ""
    """Consent page of apps with a service ID; default: the platform's, which differs for sellers in the US."""
    apps_file: Path | None = None
    """Additional apps and their secrets, each for the shops of some sellers (docs/how-to/connect.md)."""
    token_key: SecretStr = Field(min_length=MIN_TOKEN_KEY)
    """Encrypts tokens at rest; any string of at least 16 characters."""
    token_key_other: SecretStr | None = None
    """Previous or next key, needed while the key is rotated (docs/how-to/rotate-token-key.md)."""
    metrics_port: int = Field(9464, ge=0, le=65535)
    """0 selects a free port."""
    gateway_port: int = Field(8080, ge=0, le=65535)
    bind_host: str = "127.0.0.1"
    journal_dir: Path = Path("journal")
    """Directory of the record while `record_url` is empty: SQLite, for any number of processes on one machine."""
    record_url: SecretStr = SecretStr("")
    """postgresql://... : one record for a fleet on several machines (docs/how-to/record.md)."""
    max_jobs: int = Field(100, ge=1, le=10_000)
    """Concurrent jobs per worker process."""
    default_rate: float = Field(10.0, gt=0)
    """Initial rate limit of a shop, in requests per second."""
    max_rate: float = Field(50.0, gt=0)
    app_rate: float | None = Field(None, gt=0)
    """Limit on requests per second of all shops and workers together; unlimited if not set."""
    max_attempts: int = Field(5, ge=1)
    lease_seconds: float = Field(30.0, ge=1)
    metrics_shops: int = Field(300, ge=0, le=10_000)
    """Number of shops with a separate metric label; the others are combined in `other`."""
    log_format: Literal["json", "console"] = "json"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    page_token: SecretStr | None = None
    """Token of operators of the web UI; required unless the gateway listens on loopback or behind a sign-in proxy."""
    page_viewer_token: SecretStr | None = None
    """Token of people who may look at the web UI but not act."""
    page_proxies: str = ""
    """Comma-separated addresses or networks of a sign-in proxy whose headers name the user (docs/how-to/sign-in.md)."""
    page_operator_group: str = ""
    """Group of the sign-in proxy whose members may act; required with RELIST_PAGE_PROXIES."""
    page_viewer_group: str = ""
    """Group of the sign-in proxy whose members may look; empty = everyone whom the proxy lets in."""
    page_user_header: str = Field("X-Forwarded-User", pattern="^[A-Za-z0-9-]+$")
    """Header in which the sign-in proxy names the user."""
    page_groups_header: str = Field("X-Forwarded-Groups", pattern="^[A-Za-z0-9-]+$")
    """Header in which the sign-in proxy lists the user's groups, separated by commas."""
    page_sign_out: str = Field("/oauth2/sign_out", pattern="^/[!-~]*$")
    """Path at which the sign-in proxy ends its own session."""
    actor: str = Field("", max_length=200)
    """Name that commands write to the action log; default: the user of the operating system."""
    outcomes_maxlen: int = Field(1_000_000, ge=1)
    rejected_maxlen: int = Field(2_000_000, ge=1)
    """Maximum length of `relist:intake:rejected`; dropped entries are counted and logged."""
    markets_file: Path | None = None
    """Replaces single markets of config/markets.toml, for example to name invited shops."""
    mapping_file: Path | None = None
    """Maps old categories to v2 leaves (docs/how-to/mapping-file.md)."""
    attribute_rules_file: Path | None = None
    """Default values for missing attributes (docs/how-to/attribute-rules.md)."""
    error_codes_file: Path | None = None
    """Error codes that an operator adds or replaces, in the format of facts/error_codes.toml."""
    facts_file: Path | None = None
    """The platform's behaviour as measured on the operator's own shop by `relist calibrate`."""
    autofill_risk: float = Field(0.0, ge=0, le=0.2)
    """Largest share of wrong values among those filled in without asking; 0 only proposes
    (docs/how-to/proposals.md).
    """
    allowed_fields: str = ""
    """Comma-separated names of unknown product fields that an edit may drop."""
    rollout: Literal["careful", "normal", "off"] = "normal"
    """How slowly edits start until read-backs and audits show that they are safe (docs/how-to/rollout.md)."""
    audit_poll_seconds: float = Field(3600.0, gt=0)
    """How long an accepted edit waits for its audit webhook before the product is polled."""
    upgrade_poll_seconds: float = Field(300.0, gt=0)
    """How often a running category upgrade task is polled."""

    @field_validator("redis_url")
    @classmethod
    def _known_scheme(cls, value: str) -> str:
        if not value.startswith(REDIS_SCHEMES):
            raise ValueError(f"must start with one of {', '.join(REDIS_SCHEMES)}")
        check_redis_address(value)
        return value

    @field_validator("record_url")
    @classmethod
    def _a_database(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value() and not value.get_secret_value().startswith(("postgresql://", "postgres://")):
            raise ValueError("must start with postgresql://, or be empty for SQLite in RELIST_JOURNAL_DIR")
        return value

    @field_validator("api_url", "auth_url", "consent_url")
    @classmethod
    def _an_address(cls, value: str, others: ValidationInfo) -> str:
        if not value and others.field_name == "consent_url":
            return value
        hosts = {name.strip().lower() for name in str(others.data.get("http_hosts", "")).split(",")}
        return check_platform_address(value, http_hosts=hosts - {""})

    @field_validator("proxy_url")
    @classmethod
    def _a_proxy(cls, value: SecretStr) -> SecretStr:
        text = value.get_secret_value()
        if text:
            check_proxy_address(text)
        return value

    @field_validator("ca_file")
    @classmethod
    def _certificates(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_file():
            raise ValueError(f"{value} is not a file")
        if value is not None:
            try:
                ssl.create_default_context().load_verify_locations(cafile=value)
            except OSError:
                raise ValueError(f"{value} cannot be read, or holds no PEM certificate") from None
        return value

    @field_validator("page_token", "page_viewer_token")
    @classmethod
    def _hard_to_guess(cls, value: SecretStr | None) -> SecretStr | None:
        text = value.get_secret_value().strip() if value is not None else ""
        if 0 < len(text) < MIN_PAGE_TOKEN:
            raise ValueError(f"must have at least {MIN_PAGE_TOKEN} characters")
        return SecretStr(text) if text else None

    @field_validator("page_proxies")
    @classmethod
    def _networks(cls, value: str) -> str:
        for part in value.split(","):
            if part.strip():
                ip_network(part.strip(), strict=False)
        return value

    @model_validator(mode="after")
    def _page_roles(self) -> Settings:
        if self.page_proxies.strip() and not self.page_operator_group:
            raise ValueError("RELIST_PAGE_PROXIES needs RELIST_PAGE_OPERATOR_GROUP, whose members may act")
        if self.page_viewer_token is not None and self.page_token is None:
            raise ValueError("RELIST_PAGE_VIEWER_TOKEN needs RELIST_PAGE_TOKEN, with which operators sign in")
        if self.page_token is not None and self.page_token == self.page_viewer_token:
            raise ValueError("RELIST_PAGE_VIEWER_TOKEN must differ from RELIST_PAGE_TOKEN")
        return self

    @field_validator("token_key_other")
    @classmethod
    def _a_key_too(cls, value: SecretStr | None) -> SecretStr | None:
        text = value.get_secret_value() if value is not None else ""
        if 0 < len(text) < MIN_TOKEN_KEY:
            raise ValueError(f"must have at least {MIN_TOKEN_KEY} characters")
        return value if text else None

    @property
    def token_keys(self) -> tuple[str, ...]:
        """Return the keys for TokenCipher: the first one encrypts, all of them decrypt."""
        others = (self.token_key_other,) if self.token_key_other is not None else ()
        return tuple(key.get_secret_value() for key in (self.token_key, *others))

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, value: Any) -> Any:
        return value.upper() if isinstance(value, str) else value


def load_settings(env_file: Path | None = Path(".env")) -> Settings:
    """Load settings from the environment, then the file, then the secrets directory.

    `RELIST_SECRETS_DIR` names a directory with one file per setting (`relist_app_secret`, `relist_token_key`), as
    Docker and Kubernetes mount secrets. Raises SettingsError, which names every missing or invalid setting, but no
    value.
    """
    directory = os.environ.get("RELIST_SECRETS_DIR")
    if directory is not None and not Path(directory).is_dir():
        raise SettingsError("RELIST_SECRETS_DIR is not a directory")
    try:
        return Settings(_env_file=env_file, _secrets_dir=directory)  # type: ignore[call-arg]
    except ValidationError as problems:
        lines = [_line(problem) for problem in problems.errors(include_input=False, include_url=False)]
        raise SettingsError(*lines) from None
    except OSError as problem:
        raise SettingsError(f"{problem.filename} cannot be read: {problem.strerror}") from None
    except (UnicodeDecodeError, SourceError) as problem:
        # The message of the problem may contain part of the file.
        unreadable = env_file if isinstance(problem, UnicodeDecodeError) else "a file in RELIST_SECRETS_DIR"
        raise SettingsError(f"{unreadable} is not UTF-8: save it as UTF-8") from None


def _line(problem: Any) -> str:
    name = "RELIST_" + "_".join(str(part) for part in problem["loc"]).upper()
    if not problem["loc"]:
        return str(problem["msg"]).removeprefix("Value error, ")
    if problem["type"] == "missing":
        return f"{name} is not set"
    if problem["type"] in ("too_short", "string_too_short"):
        shortest = problem["ctx"]["min_length"]
        return f"{name} is empty" if shortest == 1 else f"{name}: must have at least {shortest} characters"
    words = problem["msg"].removeprefix("Value error, ").partition(", unable to parse")[0]
    return f"{name}: {words.replace('Input should be', 'must be')}"
