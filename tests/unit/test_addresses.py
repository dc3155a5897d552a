"""Which addresses a portal may be at."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from worker.addresses import NOTHING, named
from worker.settings import Settings

EVERYTHING = named("portal.lan, 0.0.0.0/0, ::/0")
SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"


@pytest.mark.parametrize("address", ["8.8.8.8", "223.5.5.5", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_the_open_internet_may_be_spoken_to(address: str) -> None:
    assert NOTHING.permit("portal.example", address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "100.100.100.1",
        "::1",
        "fd00::1",
        "fec0::1",
        "::ffff:10.1.2.3",
    ],
)
def test_the_inside_only_where_it_was_named(address: str) -> None:
    assert not NOTHING.permit("portal.lan", address)
    assert named("portal.lan").permit("Portal.LAN", address)
    assert not named("portal.lan").permit("other.lan", address)
    assert EVERYTHING.permit("other.lan", address)


@pytest.mark.parametrize(
    "address",
    [
        "100.100.100.200",
        "168.63.129.16",
        "fd00:ec2::254",
        "169.254.169.254",
        "::ffff:169.254.169.254",
        "::169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "2002:a9fe:a9fe::1",
        "fe80::1",
        "fe80::1%1",
        "224.0.0.1",
        "ff02::1",
        "0.0.0.0",
        "::",
        "240.0.0.1",
        "255.255.255.255",
    ],
)
def test_some_never_whatever_was_named(address: str) -> None:
    assert not EVERYTHING.permit("portal.lan", address)


def test_a_network_is_written_with_or_without_a_length() -> None:
    allowed = named("10.1.2.3, 192.168.7.9/24,fd00::/8")

    assert [allowed.permit("x", a) for a in ("10.1.2.3", "10.1.2.4", "192.168.7.1", "192.168.8.1", "fd12::1")] == [
        True,
        False,
        True,
        False,
        True,
    ]


@pytest.mark.parametrize("text", ["10.0.0/8", "10.0.0.300", "portal.lan:8080", "http://portal.lan", "两个 词"])
def test_what_is_neither_a_host_nor_a_network_is_told(text: str) -> None:
    with pytest.raises(ValueError, match=r"network|host"):
        named(text)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://portal.example/",
        "portal.example",
        "https://",
        "https://user:password@portal.example/",
        "https://portal.example:99999/",
        "https://portal.example:0/",
        "https://portal.example/a b",
        "https://portal.example/\r\nx: y",
        "https://门户.example/",
        "https://[::1/",
    ],
)
def test_an_address_that_is_none_is_refused_with_the_settings(url: str) -> None:
    with pytest.raises(ValidationError, match="webhook_url"):
        Settings(webhook_url=url, webhook_secret=SECRET)


@pytest.mark.parametrize("secret", ["", "short"])
def test_an_address_without_a_good_secret_is_refused(secret: str) -> None:
    with pytest.raises(ValidationError, match="webhook_secret") as refused:
        Settings(webhook_url="https://portal.example/", webhook_secret=secret)

    assert len(refused.value.errors()) == 1
    assert Settings(webhook_secret=secret).webhook_url == ""
