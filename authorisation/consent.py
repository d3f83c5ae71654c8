"""The address at which a seller authorises the app, and the code that the platform sends back."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode, urlsplit

from config.apps import AppSettings
from config.settings import Settings

PLATFORM = "https://services.tiktokshop.com/open/authorize"
UNITED_STATES = "https://services.us.tiktokshop.com/open/authorize"
MAX_CODE = 2048


class BadCode(ValueError):
    """The text is not an authorisation code; the message says what is expected and never repeats the text."""


@dataclass(frozen=True, slots=True)
class PastedCode:
    code: str
    state: str
    """Empty if the code was pasted without its address."""


def consent_address(settings: Settings, app: AppSettings, state: str, region: str = "") -> str:
    """Return the consent page of an app. US sellers have a separate page. The platform returns `state` with the code.

    Without a service ID, the older page is used, which identifies the app by its key (both are documented and tested).
    """
    if not app.service_id:
        return f"{settings.auth_url}/oauth/authorize?{urlencode({'app_key': app.key, 'state': state})}"
    page = settings.consent_url or (UNITED_STATES if region.upper() == "US" else PLATFORM)
    return f"{page}?{urlencode({'service_id': app.service_id, 'state': state})}"


def pasted_code(text: str) -> PastedCode:
    """Return the code from pasted text: the code alone, or the whole address to which the browser was redirected.

    Raises BadCode.
    """
    text = text.strip()
    state = ""
    if "://" in text or "code=" in text:
        query = parse_qs(urlsplit(text).query if "://" in text else text.lstrip("?"))
        code, state = (query.get(name, [""])[0] for name in ("code", "state"))
        code = code or query.get("auth_code", [""])[0]
        if not code:
            raise BadCode("the address has no code: paste the one that the browser shows after the consent")
        text = code
    if not 0 < len(text) <= MAX_CODE or not text.isascii() or not text.isprintable() or " " in text:
        raise BadCode("this is not an authorisation code: paste the value after code=, or the whole address")
    return PastedCode(text, state)
