from __future__ import annotations

import io
import json
import logging
import os
from pathlib import Path

import pytest
import structlog

from config.logging.setup import configure_logging
from config.settings import SettingsError, load_settings

GOOD = {"RELIST_APP_KEY": "key", "RELIST_APP_SECRET": "s3cret-value", "RELIST_TOKEN_KEY": "k" * 32}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_three_settings_are_enough(environment: pytest.MonkeyPatch) -> None:
    settings = load_settings(None)
    assert settings.app_secret.get_secret_value() == "s3cret-value"
    assert "s3cret" not in repr(settings)


def test_a_file_in_another_encoding_is_named(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_bytes("RELIST_PAGE_TOKEN=c4n4ry-é".encode("utf-16"))
    with pytest.raises(SettingsError, match=r"\.env is not UTF-8: save it as UTF-8$"):
        load_settings(file)
    (tmp_path / "relist_page_token").write_bytes("c4n4ry-é".encode("latin-1"))
    environment.setenv("RELIST_SECRETS_DIR", str(tmp_path))
    with pytest.raises(SettingsError, match="a file in RELIST_SECRETS_DIR is not UTF-8"):
        load_settings(None)


def test_a_file_without_certificates_is_refused(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    environment.setenv("RELIST_CA_FILE", str(tmp_path / "ca.pem"))
    with pytest.raises(SettingsError, match=r"^RELIST_CA_FILE: .+ca\.pem cannot be read, or holds no PEM certificate$"):
        load_settings(None)


@pytest.mark.parametrize("missing", GOOD)
def test_missing_setting_is_named(environment: pytest.MonkeyPatch, missing: str) -> None:
    environment.delenv(missing)
    with pytest.raises(SettingsError, match=f"^{missing} is not set$"):
        load_settings(None)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RELIST_REDIS_URL", "http://localhost"),
        ("RELIST_REDIS_URL", "redis://localhost:6379/production"),
        ("RELIST_REDIS_URL", "unix:///run/redis.sock?db=one"),
        ("RELIST_API_URL", "localhost"),
        ("RELIST_MAX_JOBS", "many"),
        ("RELIST_MAX_RATE", "0"),
        ("RELIST_TOKEN_KEY", "short"),
        ("RELIST_LOG_FORMAT", "xml"),
        ("RELIST_PAGE_TOKEN", "brief"),
    ],
)
def test_invalid_setting_is_named_without_its_value(environment: pytest.MonkeyPatch, name: str, value: str) -> None:
    environment.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        load_settings(None)
    assert str(caught.value).startswith(name + ":")
    assert "\n" not in str(caught.value)
    if name in ("RELIST_TOKEN_KEY", "RELIST_PAGE_TOKEN"):
        assert value not in str(caught.value).replace("shorter", "")


def test_empty_page_token_means_none(environment: pytest.MonkeyPatch) -> None:
    assert load_settings(None).page_token is None
    environment.setenv("RELIST_PAGE_TOKEN", "")
    assert load_settings(None).page_token is None
    environment.setenv("RELIST_PAGE_TOKEN", "x" * 16)
    assert "x" * 16 not in repr(load_settings(None))


def test_environment_overrides_the_env_file(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("RELIST_APP_KEY=from-file\nRELIST_MAX_JOBS=7\n")
    settings = load_settings(file)
    assert (settings.app_key, settings.max_jobs) == ("key", 7)


def test_standard_library_logs_are_json_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    handlers, level = logging.getLogger().handlers[:], logging.getLogger().level
    try:
        configure_logging("json", "INFO")
        structlog.get_logger().info("relisted", shop_id="1", refresh_token="T")
        logging.getLogger("arq").warning("from %s", "arq")
    finally:
        logging.getLogger().handlers[:] = handlers
        logging.getLogger().setLevel(level)
        structlog.reset_defaults()
    first, second = map(json.loads, stream.getvalue().splitlines())
    assert (first["event"], first["shop_id"], first["refresh_token"]) == ("relisted", "1", "***")
    assert second["event"] == "from arq"


def test_environment_overrides_secret_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("RELIST_"):
            monkeypatch.delenv(name)
    (tmp_path / "relist_app_secret").write_text("from a file")
    (tmp_path / "relist_token_key").write_text("k" * 16)
    monkeypatch.setenv("RELIST_APP_KEY", "key")
    monkeypatch.setenv("RELIST_SECRETS_DIR", str(tmp_path))
    assert load_settings(None).app_secret.get_secret_value() == "from a file"
    monkeypatch.setenv("RELIST_APP_SECRET", "from the environment")
    assert load_settings(None).app_secret.get_secret_value() == "from the environment"


def test_missing_secrets_directory_is_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RELIST_SECRETS_DIR", str(tmp_path / "nowhere"))
    with pytest.raises(SettingsError, match="RELIST_SECRETS_DIR"):
        load_settings(None)
