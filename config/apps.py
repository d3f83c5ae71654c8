"""Reads RELIST_APPS_FILE: additional Partner Center apps, each serving the shops of some sellers.

A table of the TOML file is an app; shops name it, so a name must not change while it has shops.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from config.settings import Settings, SettingsError

KEYS = ("app_key", "app_secret", "app_secret_file", "service_id")
MAX_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class AppSettings:
    key: str
    secret: str = field(repr=False)
    service_id: str = ""
    """Identifies the app on the platform's consent page."""


def load_apps(settings: Settings) -> dict[str, AppSettings]:
    """Return all apps by name; the app of RELIST_APP_KEY has the empty name. Raises SettingsError."""
    first = AppSettings(settings.app_key, settings.app_secret.get_secret_value(), settings.service_id)
    if settings.apps_file is None:
        return {"": first}
    apps = {"": first}
    for name, app in _read(settings.apps_file).items():
        for other, known in apps.items():
            if app.key == known.key and app.secret != known.secret:
                whose = f"[{other}]" if other else "RELIST_APP_KEY"
                raise SettingsError(f"RELIST_APPS_FILE: [{name}] has the app key of {whose}, but another app secret")
        apps[name] = app
    return apps


def _read(file: Path) -> dict[str, AppSettings]:
    try:
        with file.open("rb") as opened:
            content = opened.read(MAX_BYTES + 1)
        tables = tomllib.loads(content.decode())
    except OSError as problem:
        raise SettingsError(f"RELIST_APPS_FILE: {file} cannot be read: {problem.strerror}") from None
    except UnicodeDecodeError:
        raise SettingsError(f"RELIST_APPS_FILE: {file} is not UTF-8") from None
    except tomllib.TOMLDecodeError as problem:
        where = str(problem).rpartition(" (at ")[2].rstrip(")")
        raise SettingsError(f"RELIST_APPS_FILE: {file} is not TOML{': see ' + where if where else ''}") from None
    return {name: _app(file, name, table) for name, table in tables.items()}


def _app(file: Path, name: str, table: Any) -> AppSettings:
    """Errors name the key, never its value."""
    where = f"RELIST_APPS_FILE: [{name}]"
    if not name:
        raise SettingsError("RELIST_APPS_FILE: an app has an empty name, which stands for the app of RELIST_APP_KEY")
    if not isinstance(table, dict):
        raise SettingsError(f"{where} is not a table: write [name] and app_key, app_secret below it")
    if unknown := sorted(set(table) - set(KEYS)):
        raise SettingsError(f"{where} has the unknown key {unknown[0]!r}; the keys are {', '.join(KEYS)}")
    values = {key: table.get(key, "") for key in KEYS}
    for key, value in values.items():
        if not isinstance(value, str):
            raise SettingsError(f"{where}: {key} must be a string")
    secret = values["app_secret"]
    if values["app_secret_file"]:
        try:
            secret = (file.parent / values["app_secret_file"]).read_text().strip()
        except (OSError, UnicodeDecodeError):
            raise SettingsError(f"{where}: app_secret_file cannot be read") from None
    if not values["app_key"] or not secret:
        raise SettingsError(f"{where} needs app_key, and app_secret or app_secret_file")
    return AppSettings(values["app_key"], secret, values["service_id"])
