"""Opens a connection to the platform, as configured, for all apps of the fleet."""

from __future__ import annotations

from typing import Any

from config.apps import AppSettings, load_apps
from config.settings import Settings, SettingsError
from tiktok_shop.app import App
from tiktok_shop.route import Route
from tiktok_shop.transport import Transport


def transport_of(settings: Settings, **options: Any) -> Transport:
    """Return a transport for RELIST_API_URL and RELIST_AUTH_URL; `options` are those of Transport.

    Raises SettingsError if RELIST_APPS_FILE cannot be used.
    """
    apps = load_apps(settings)
    more = {name: App(each.key, each.secret, name) for name, each in apps.items() if name}
    first = apps[""]
    route = route_of(settings)
    return Transport(settings.api_url, settings.auth_url, first.key, first.secret, apps=more, route=route, **options)


def route_of(settings: Settings) -> Route:
    """Return the proxy and certificate settings for requests to the platform. Raises SettingsError for an unusable
    RELIST_CA_FILE.
    """
    exceptions = tuple(each.strip() for each in settings.no_proxy.split(",") if each.strip())
    route = Route(settings.proxy_url.get_secret_value(), exceptions, settings.ca_file)
    try:
        route.tls()
    except OSError:
        raise SettingsError("RELIST_CA_FILE: the file cannot be read or holds no PEM certificate") from None
    return route


def app_of(settings: Settings, name: str) -> AppSettings:
    """Raises SettingsError, which lists the known apps."""
    apps = load_apps(settings)
    if name not in apps:
        known = ", ".join(sorted(filter(None, apps))) or "none"
        raise SettingsError(f"app {name!r} is not in RELIST_APPS_FILE, which has {known}")
    return apps[name]
