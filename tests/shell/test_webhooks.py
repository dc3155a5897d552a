"""What the documentation says of signatures is so."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

VECTOR = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}
VECTOR_SECRET, VECTOR_BODY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", b'{"test": 2432232314}'


def documented(language: str) -> str:
    text = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)[-1]


def test_the_documented_python_tells_a_good_signature_from_others():
    said: dict[str, Any] = {}
    exec(documented("python"), said)

    assert said["is_ours"](VECTOR_SECRET, VECTOR, VECTOR_BODY, now=1614265330)
    assert not said["is_ours"](VECTOR_SECRET, VECTOR, VECTOR_BODY + b" ", now=1614265330)
    assert not said["is_ours"](VECTOR_SECRET, VECTOR, VECTOR_BODY)


@pytest.mark.parametrize(("body", "good"), [(VECTOR_BODY, True), (VECTOR_BODY + b" ", False)])
def test_the_documented_shell_tells_a_good_signature_from_others(tmp_path, body, good):
    (tmp_path / "body").write_bytes(body)
    names = ("webhook-id", "ID"), ("webhook-timestamp", "TIMESTAMP"), ("webhook-signature", "SIGNATURE")
    given = {"SECRET": VECTOR_SECRET, "PATH": "/usr/bin:/bin", **{name: VECTOR[header] for header, name in names}}

    done = subprocess.run(["sh", "-c", documented("sh")], cwd=tmp_path, env=given, capture_output=True, text=True)

    assert (done.stdout.strip() == "签名正确", done.stderr) == (good, "")
