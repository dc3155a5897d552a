"""Signatures, held against the test vector of Standard Webhooks (and openssl dgst, which gives the same)."""

from __future__ import annotations

import base64

import pytest

from worker.signing import headers_of, key_of

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def test_the_vector_of_the_specification() -> None:
    headers = headers_of(key_of(SECRET), "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')

    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_each_of_its_three_parts_is_signed() -> None:
    key = key_of(SECRET)
    signatures = [
        headers_of(key, *parts)["webhook-signature"]
        for parts in [("a", 1, b"x"), ("b", 1, b"x"), ("a", 2, b"x"), ("a", 1, b"y")]
    ]

    assert len(set(signatures)) == 4


def test_a_secret_stands_for_bytes_or_for_itself() -> None:
    assert key_of("whsec_" + base64.b64encode(b"k" * 24).decode()) == b"k" * 24
    assert key_of("k" * 24) == b"k" * 24
    assert key_of("密" * 8) == "密".encode() * 8


@pytest.mark.parametrize("secret", ["", "k" * 23, "whsec_", "whsec_" + "k" * 28, "whsec_" + "!" * 32, "whsec_abc"])
def test_a_secret_that_is_short_or_no_base64_is_refused(secret: str) -> None:
    with pytest.raises(ValueError, match=r"bytes|base64|padding"):
        key_of(secret)
