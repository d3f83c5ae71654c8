"""Causes name the app they concern, and where its key and secret are set."""

from __future__ import annotations

import pytest

from authorisation.causes import cause_of
from tiktok_shop.errors import TikTokShopError, make_error

REFUSALS = (
    (106001, "signature is invalid", "app_secret"),
    (36009004, "app_key is invalid", "app_key"),
    (36009004, "app_key or app_secret is invalid", "app_secret"),
)


def refusal(code: int, message: str, app: str) -> TikTokShopError:
    error = make_error(code, message, 401, "authorized_shops", "r")
    error.app = app
    return error


@pytest.mark.parametrize(("code", "message", "slug"), REFUSALS)
def test_a_refused_app_is_named_with_its_settings(code: int, message: str, slug: str) -> None:
    first, named, other = (cause_of(refusal(code, message, app)) for app in ("", "brands", "toys"))
    assert (first.slug, named.slug) == (slug, slug)
    assert "RELIST_APP_KEY" in first.fix
    assert "RELIST_APPS_FILE" not in first.fix
    assert "'brands'" in named.what
    assert named.fix.endswith("[brands] in RELIST_APPS_FILE")
    assert "RELIST_APP_KEY" not in named.fix
    assert len({first, named, other}) == 3, "two apps with the same problem are two causes"


@pytest.mark.parametrize(("code", "slug"), [(36009033, "allow_list"), (105005, "missing_scope")])
def test_what_is_set_for_an_app_in_partner_center_names_the_app(code: int, slug: str) -> None:
    first, named = (cause_of(refusal(code, "no", app)) for app in ("", "brands"))
    assert (first.slug, named.slug) == (slug, slug)
    assert "'brands'" in named.what + named.fix
    assert "''" not in first.what + first.fix
