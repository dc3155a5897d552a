"""The sender of webhooks speaks to the portal it was given, at an address that may be spoken to, and to nobody else."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.servers.portal import running_portal
from tests.shell.sending import at_work, courier, ended, settled
from worker.addresses import named


@pytest.mark.parametrize(
    ("url", "found", "local"),
    [
        ("http://169.254.169.254:{port}/", None, "169.254.0.0/16"),
        ("http://metadata.example:{port}/", ["169.254.169.254"], "metadata.example"),
        ("http://metadata.example:{port}/", ["::ffff:169.254.169.254"], "metadata.example"),
        ("http://[::1]:{port}/", None, ""),
        ("http://127.0.0.1:{port}/", None, "10.0.0.0/8"),
        ("http://2130706433:{port}/", None, ""),
        ("http://portal.example:{port}/", ["127.0.0.1"], "other.example"),
    ],
)
def test_what_must_not_be_spoken_to_is_refused_and_logged(context, logged, url, found, local):
    job = ended(context)
    with running_portal(host="::1" if "[" in url else "127.0.0.1") as portal:
        looked = {"look_up": lambda host, port: found} if found else {}
        address = url.format(port=portal.port)
        with at_work(courier(context, portal, url=address, local=named(local), delays=(60.0,), **looked)):
            while not context.ledger.outbox.of(job.id)[0].tries:
                time.sleep(0.02)

        assert portal.connections == 0
    assert [(line["job"], line["code"]) for line in logged] == [(job.id, "address-refused")]


def test_an_address_of_version_six_that_was_named_is_told(context):
    job = ended(context)
    with running_portal(host="::1") as portal:
        with at_work(courier(context, portal, url=f"http://[::1]:{portal.port}/x")):
            assert settled(context, job).told

        assert portal.told[0].headers["host"] == f"[::1]:{portal.port}"


def test_the_name_is_looked_up_once_and_the_address_that_was_checked_is_used(context, portal):
    asked = []

    def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["169.254.169.254", "127.0.0.1"] if len(asked) == 1 else ["169.254.169.254"]

    job, url = ended(context), f"http://portal.example:{portal.port}/x"
    with at_work(courier(context, portal, url=url, look_up=rebinding)):
        ending = settled(context, job)

    assert (ending.tries, asked) == (1, ["portal.example"])
    assert portal.told[0].headers["host"] == f"portal.example:{portal.port}"


@pytest.mark.parametrize(("host", "told"), [("portal.example", True), ("other.example", False)])
def test_tls_is_checked_for_the_hosts_name_at_the_pinned_address(context, tmp_path, logged, host, told):
    server, client = certified(tmp_path, "portal.example")
    job = ended(context)
    with running_portal(server) as portal:
        found = {"url": f"https://{host}:{portal.port}/", "look_up": lambda *_: ["127.0.0.1"], "context": client}
        with at_work(courier(context, portal, **found, delays=(60.0,))):
            while not context.ledger.outbox.of(job.id)[0].tries:
                time.sleep(0.02)

        assert [message.is_signed for message in portal.told] == ([True] if told else [])
    assert told or "CERTIFICATE_VERIFY_FAILED" in logged[-1]["detail"]


def certified(folder: Path, host: str) -> tuple[Any, Any]:
    """Contexts of a server with a certificate of this name, and of a client that trusts it."""
    import ssl

    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subject = ["-subj", f"/CN={host}", "-addext", f"subjectAltName=DNS:{host}", "-days", "2"]
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", *subject]
    subprocess.run([*made, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate, key)
    return server, ssl.create_default_context(cafile=str(certificate))
