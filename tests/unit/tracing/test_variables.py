"""The standard variables decide whether and where traces are sent."""

from __future__ import annotations

import subprocess
import sys

import pytest
from prometheus_client import CollectorRegistry

from config.settings import SettingsError
from tracing.start import start_tracing
from tracing.variables import destination, is_on

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"


def test_off_unless_a_variable_names_the_collector() -> None:
    assert not is_on({})
    assert not is_on({ENDPOINT: "http://c:4318", "OTEL_SDK_DISABLED": "true"})
    assert not is_on({ENDPOINT: "http://c:4318", "OTEL_TRACES_EXPORTER": "none"})
    assert is_on({ENDPOINT: "http://c:4318"})
    assert is_on({"OTEL_TRACES_EXPORTER": "otlp"})


def test_variables_for_traces_have_precedence() -> None:
    general = {
        ENDPOINT: "http://c:4318/base/",
        "OTEL_EXPORTER_OTLP_HEADERS": "Authorization=Bearer%20a%2Cb, x=1",
        "OTEL_EXPORTER_OTLP_TIMEOUT": "2500",
        "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip",
        "OTEL_BSP_SCHEDULE_DELAY": "100",
        "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "7",
        "OTEL_BSP_MAX_QUEUE_SIZE": "9",
    }
    found = destination(general)
    assert (found.url, found.timeout_seconds, found.gzip) == ("http://c:4318/base/v1/traces", 2.5, True)
    assert found.headers == {"authorization": "Bearer a,b", "x": "1"}
    assert (found.delay_seconds, found.batch, found.queue) == (0.1, 7, 9)
    assert "Bearer" not in repr(found)
    special = {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "https://t/own", "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT": "1000"}
    found = destination(general | special)
    assert (found.url, found.timeout_seconds) == ("https://t/own", 1.0)
    assert destination({}).url == "http://localhost:4318/v1/traces"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (ENDPOINT, "collector:4318"),
        (ENDPOINT, "http://c:port"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "ftp://c"),
        ("OTEL_TRACES_EXPORTER", "zipkin"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "zstd"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "soon"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "secret"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "a=b%0Ac: d"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "-1"),
        ("OTEL_BSP_SCHEDULE_DELAY", "nan"),
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/nowhere"),
    ],
)
def test_wrong_variable_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name) as refused:
        destination({name: value})
    assert "secret" not in str(refused.value)


def test_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith(("tracing.", "opentelemetry"))]:
        if name not in ("tracing.start", "tracing.variables"):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    with pytest.raises(SettingsError, match=r"tiktok-relist\[otel\]"):
        start_tracing("relist-worker", CollectorRegistry(), {ENDPOINT: "http://c:4318"})


def test_processes_without_traces_import_no_opentelemetry() -> None:
    code = "import sys, worker.run, gateway.run; sys.exit(any('opentelemetry' in name for name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
