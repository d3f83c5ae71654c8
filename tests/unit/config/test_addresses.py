"""Addresses of the platform, of webhooks and of Redis must be secure."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from config.addresses import (
    check_platform_address,
    check_redis_address,
    check_webhook_address,
    is_loopback,
    leads_to_gateway,
)
from console.main import main


@pytest.mark.parametrize(
    "address",
    [
        "https://open-api.tiktokglobalshop.com", "https://proxy.internal:8443/tiktok", "http://127.0.0.1:9000",
        "http://localhost:9000", "http://[::1]:9000", "http://simulator:9000",
    ],
)  # fmt: skip
def test_secure_platform_address_is_accepted(address: str) -> None:
    assert check_platform_address(address + "/", http_hosts={"simulator"}) == address


@pytest.mark.parametrize(
    "address",
    [
        "http://open-api.tiktokglobalshop.com", "http://10.0.0.1", "http://169.254.169.254/latest", "http://simulator2",
        "http://127.0.0.1.evil.example.com", "http://localhost.evil.example.com", "http://127.0.0.1@evil.example.com",
        "https://user:c4n4ry@open-api.tiktokglobalshop.com", "https://a.com?x=c4n4ry", "https://a.com/#c4n4ry", "https://",
        "ftp://a.com", "file:///etc/passwd", "localhost", "", "https://a.com\\@b.com", "https://a.com/ b",
        "https://a.com:port", "https://a.com\n", "https://ä.com", "https://[::1",
    ],
)  # fmt: skip
def test_insecure_platform_address_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match=r"^(must|is)") as refused:
        check_platform_address(address, http_hosts={"simulator"})
    assert "c4n4ry" not in str(refused.value)


def test_public_webhook_address_is_accepted() -> None:
    check_webhook_address("https://relist.example.com/webhooks/tiktok?tenant=1")
    check_webhook_address("https://example.com/relist/webhooks/tiktok")


@pytest.mark.parametrize("path", ["", "/", "/webhook/tiktok", "/webhooks/tiktok/x", "/webhooks?x=/webhooks/tiktok"])
def test_a_webhook_address_that_the_gateway_does_not_serve_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="must have the gateway's path /webhooks/tiktok at its end"):
        check_webhook_address(f"https://relist.example.com{path}")
    assert not leads_to_gateway(f"https://relist.example.com{path}")
    assert leads_to_gateway("https://relist.example.com/webhooks/tiktok/"), "the platform may add a slash"


@pytest.mark.parametrize(
    "address",
    [
        "http://relist.example.com", "https://10.0.0.1/", "https://8.8.8.8/", "https://[::1]/", "https://2130706433/",
        "https://0x7f.0x1/", "https://localhost/", "https://gateway/", "https://gateway.internal/", "https://a.local./",
        "https://relist.example.com:8443/", "https://u:p@relist.example.com/", "https://relist.example.com/#x",
        "https://relist.example.com/" + "x" * 255, "javascript:alert(1)",
    ],
)  # fmt: skip
def test_private_webhook_address_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="must"):
        check_webhook_address(address)
    result = CliRunner().invoke(main, ["webhooks", "set", address])
    assert result.exit_code == 1
    assert "the webhook address must" in result.output


@pytest.mark.parametrize("option", ["ssl_cert_reqs=none", "ssl_cert_reqs=optional", "ssl_check_hostname=False"])
def test_unverified_redis_tls_is_refused(option: str) -> None:
    check_redis_address("rediss://u:p@redis.example.com:6379/0?ssl_ca_certs=/etc/ca.pem&ssl_check_hostname=true")
    with pytest.raises(ValueError, match="ssl_") as refused:
        check_redis_address(f"rediss://u:c4n4ry@redis.example.com:6379/0?{option}")
    assert "c4n4ry" not in str(refused.value)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("10.0.0.1", False),
        ("evil.example", False),
        ("", False),
        ("localhost.evil.example", False),
    ],
)
def test_loopback_hosts_are_recognised(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback
