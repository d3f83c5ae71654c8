"""Reads the standard variables of OpenTelemetry exporters. https://opentelemetry.io/docs/specs/otel/protocol/exporter/"""

from __future__ import annotations

import math
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from config.settings import SettingsError

DEFAULT_ENDPOINT = "http://localhost:4318"
PATH = "/v1/traces"
PROTOCOL = "http/protobuf"


@dataclass(frozen=True, slots=True)
class Destination:
    """Where spans are sent, and in which batches."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    timeout_seconds: float = 10.0
    gzip: bool = False
    certificate: str = ""
    client_certificate: str = ""
    client_key: str = ""
    delay_seconds: float = 5.0
    batch: int = 2048
    queue: int = 8192

    def tls(self) -> ssl.SSLContext | bool:
        """Raises OSError if a certificate file cannot be read."""
        if not self.certificate and not self.client_certificate:
            return True
        context = ssl.create_default_context(cafile=self.certificate or None)
        if self.client_certificate:
            context.load_cert_chain(self.client_certificate, self.client_key or None)
        return context


def is_on(environment: Mapping[str, str]) -> bool:
    """Whether spans are sent: an endpoint or the exporter `otlp` is named, and nothing disables it."""
    exporter = environment.get("OTEL_TRACES_EXPORTER", "").strip().lower()
    if environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true" or exporter == "none":
        return False
    return bool(
        exporter
        or environment.get("OTEL_EXPORTER_OTLP_ENDPOINT", "").strip()
        or environment.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "").strip()
    )


def destination(environment: Mapping[str, str]) -> Destination:
    """Return the destination. Raises SettingsError, which names the invalid variable."""

    def value(name: str) -> str:
        """The variable for traces takes precedence over the one for all signals."""
        specific = environment.get(f"OTEL_EXPORTER_OTLP_TRACES_{name}", "").strip()
        return specific or environment.get(f"OTEL_EXPORTER_OTLP_{name}", "").strip()

    exporter = environment.get("OTEL_TRACES_EXPORTER", "").strip().lower() or "otlp"
    if exporter != "otlp":
        raise SettingsError(f"OTEL_TRACES_EXPORTER must be otlp or none, not {exporter!r}")
    if (protocol := value("PROTOCOL") or PROTOCOL) != PROTOCOL:
        raise SettingsError(f"OTEL_EXPORTER_OTLP_PROTOCOL must be {PROTOCOL}, not {protocol!r}")
    if (compression := value("COMPRESSION").lower() or "none") not in ("none", "gzip"):
        raise SettingsError(f"OTEL_EXPORTER_OTLP_COMPRESSION must be gzip or none, not {compression!r}")
    found = Destination(
        url=_url(environment),
        headers=_headers(value("HEADERS")),
        timeout_seconds=_milliseconds("OTEL_EXPORTER_OTLP_TIMEOUT", value("TIMEOUT"), 10_000) / 1000,
        gzip=compression == "gzip",
        certificate=value("CERTIFICATE"),
        client_certificate=value("CLIENT_CERTIFICATE"),
        client_key=value("CLIENT_KEY"),
        delay_seconds=_milliseconds("OTEL_BSP_SCHEDULE_DELAY", environment.get("OTEL_BSP_SCHEDULE_DELAY", ""), 5000)
        / 1000,
        batch=_count("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", environment, 2048),
        queue=_count("OTEL_BSP_MAX_QUEUE_SIZE", environment, 8192),
    )
    try:
        found.tls()
    except OSError as error:
        raise SettingsError(f"OTEL_EXPORTER_OTLP_CERTIFICATE or _CLIENT_CERTIFICATE cannot be used: {error}") from None
    return found


def _url(environment: Mapping[str, str]) -> str:
    name = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
    url = environment.get(name, "").strip()
    if not url:
        name = "OTEL_EXPORTER_OTLP_ENDPOINT"
        url = (environment.get(name, "").strip() or DEFAULT_ENDPOINT).rstrip("/") + PATH
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable:
        raise SettingsError(f"{name} must be an address such as {DEFAULT_ENDPOINT}")
    return url


def _headers(text: str) -> dict[str, str]:
    """`name=value,...` with percent-encoded values, which are never shown."""
    found = {}
    for each in filter(None, (part.strip() for part in text.split(","))):
        name, separator, value = each.partition("=")
        decoded = unquote(value.strip())
        if not separator or not name.strip().isascii() or not decoded.isprintable() or not name.strip():
            raise SettingsError("OTEL_EXPORTER_OTLP_HEADERS must be name=value pairs, separated by commas")
        found[name.strip().lower()] = decoded
    return found


def _milliseconds(name: str, text: str, default: float) -> float:
    try:
        number = float(text) if text.strip() else default
    except ValueError:
        number = math.nan
    if not 1 <= number <= 3_600_000:
        raise SettingsError(f"{name} must be a number of milliseconds, from 1 to 3600000")
    return number


def _count(name: str, environment: Mapping[str, str], default: int) -> int:
    text = environment.get(name, "").strip()
    if not text:
        return default
    if not text.isdecimal() or not 1 <= int(text) <= 1_000_000:
        raise SettingsError(f"{name} must be a number from 1 to 1000000")
    return int(text)
