"""RELIST_APPS_FILE is checked key by key, and errors never repeat a secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.apps import load_apps
from config.settings import Settings, SettingsError


def settings(file: Path | None) -> Settings:
    keys = {"app_key": "first", "app_secret": "first-secret", "token_key": "k" * 16}
    return Settings(_env_file=None, apps_file=file, **keys)  # type: ignore[call-arg, arg-type]


def test_apps_are_read_with_secrets_of_the_file_or_of_another(tmp_path: Path) -> None:
    (tmp_path / "b.secret").write_text("of-b\n")
    file = tmp_path / "apps.toml"
    file.write_text('[a]\napp_key = "ka"\napp_secret = "of-a"\n[b]\napp_key = "kb"\napp_secret_file = "b.secret"\n')
    apps = load_apps(settings(file))
    assert {name: (each.key, each.secret) for name, each in apps.items()} == {
        "": ("first", "first-secret"),
        "a": ("ka", "of-a"),
        "b": ("kb", "of-b"),
    }
    assert load_apps(settings(None)).keys() == {""}
    assert "of-a" not in repr(apps)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("a = 1", "[a] is not a table"),
        ("[a]\napp_key = 'first'\napp_secret = 'hidden-one'", "[a] has the app key of RELIST_APP_KEY, but another"),
        (
            "[a]\napp_key = 'k'\napp_secret = 'hidden-one'\n[b]\napp_key = 'k'\napp_secret = 'hidden-two'",
            "[b] has the app key of [a], but another app secret",
        ),
        ("[a]\napp_key = 'k'", "[a] needs app_key, and app_secret"),
        ("[a]\napp_key = 'k'\nsecret = 'hidden-one'", "unknown key 'secret'"),
        ("[a]\napp_key = 1\napp_secret = 'hidden-one'", "app_key must be a string"),
        ("[a]\napp_key = 'k'\napp_secret_file = 'nowhere'", "app_secret_file cannot be read"),
        ('[""]\napp_key = "k"\napp_secret = "hidden-one"', "an app has an empty name"),
        ("[a\nhidden-one", "is not TOML: see line 1, column 3"),
    ],
)
def test_bad_file_is_refused_without_its_secrets(tmp_path: Path, content: str, problem: str) -> None:
    file = tmp_path / "apps.toml"
    file.write_text(content)
    with pytest.raises(SettingsError) as refused:
        load_apps(settings(file))
    assert problem in str(refused.value)
    assert "hidden-one" not in str(refused.value)
