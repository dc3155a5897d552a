"""Uploads by tus go on where they stopped: through a line that breaks, by another's client, and step by step."""

from __future__ import annotations

import base64
import hashlib
import os
import socket
import threading
import time
from pathlib import Path

import httpx
import pytest
from PIL import Image
from tusclient.client import TusClient

from desk.uploads.partial import PartialUpload, forget_abandoned
from tests.servers.line import breaking_line
from tests.shell.test_access import issued
from tests.up import Machine

TUS = {"Tus-Resumable": "1.0.0"}
BYTES = {**TUS, "Content-Type": "application/offset+octet-stream"}


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """Seven megabytes of picture."""
    path = tmp_path / "现场.png"
    Image.frombytes("RGB", (2000, 1200), os.urandom(2000 * 1200 * 3)).save(path, compress_level=0)
    return path


def metadata(**said: str) -> str:
    return ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in said.items())


def created(client: httpx.Client, length: int, **said: str) -> str:
    headers = {**TUS, "Upload-Length": str(length), "Upload-Metadata": metadata(filename="现场.png", **said)}
    answer = client.post("/api/tus", headers=headers)
    assert answer.status_code == 201, answer.text
    return answer.headers["location"]


def offset(client: httpx.Client, address: str) -> int:
    return int(client.head(address, headers=TUS).headers["upload-offset"])


def test_the_protocols_own_client_brings_a_file_through_a_line_that_breaks_four_times(machine: Machine, photo):
    size = photo.stat().st_size
    cuts = [size // 3, size // 4, size // 5, 200_000]
    with breaking_line(machine.api.base_url.port, cuts) as port, photo.open("rb") as file:
        client = TusClient(f"http://127.0.0.1:{port}/api/tus", headers=dict(machine.api.headers))
        said = {"filename": photo.name, "unit": "良田", "date": "2020-06-20"}
        uploader = client.uploader(file_stream=file, metadata=said, retries=8, retry_delay=0.1, chunk_size=10 << 20)
        uploader.upload()

    state = machine.ended(uploader.url.rpartition("/")[2])
    assert state["original"]["sha256"] == hashlib.sha256(photo.read_bytes()).hexdigest()
    assert (state["state"], state["name"], state["unit"]) == ("published", "现场.png", "良田乡")
    assert not [*(machine.footage.home / "uploads").glob("*.part")]


def test_an_upload_says_where_it_is_and_takes_bytes_from_there_alone(machine, photo):
    data = photo.read_bytes()
    address = created(machine.api, len(data))

    first = machine.api.patch(address, headers={**BYTES, "Upload-Offset": "0"}, content=data[:1000])
    wrong = machine.api.patch(address, headers={**BYTES, "Upload-Offset": "0"}, content=data[:1000])
    here = offset(machine.api, address)
    last = machine.api.patch(address, headers={**BYTES, "Upload-Offset": "1000"}, content=data[1000:])

    assert (first.status_code, first.headers["upload-offset"], here) == (204, "1000", 1000)
    assert (wrong.status_code, wrong.headers["upload-offset"]) == (409, "1000")
    assert (last.status_code, offset(machine.api, address)) == (204, len(data))
    state = machine.ended(address.rpartition("/")[2])
    assert state["original"]["sha256"] == hashlib.sha256(data).hexdigest()


def test_what_came_before_the_line_broke_counts(machine, photo):
    data = photo.read_bytes()
    address = created(machine.api, len(data))
    headers = {**dict(machine.api.headers), **BYTES, "Upload-Offset": "0", "Content-Length": str(len(data))}
    head = f"PATCH {address} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    with socket.create_connection(("127.0.0.1", machine.api.base_url.port)) as line:
        line.sendall(f"{head}Host: x\r\n\r\n".replace("host: ", "x-host: ").encode() + data[: 3 << 20])

    came = 0
    for _ in range(50):
        before, came = came, offset(machine.api, address)
        if came and before == came:
            break
        threading.Event().wait(0.2)

    assert 2 << 20 < came <= 3 << 20
    machine.api.patch(address, headers={**BYTES, "Upload-Offset": str(came)}, content=data[came:])
    assert offset(machine.api, address) == len(data)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Upload-Length": "5", "Upload-Metadata": metadata(filename="a.jpg")}, 422),  # no version
        ({**TUS, "Upload-Metadata": metadata(filename="a.jpg")}, 422),  # no length
        ({**TUS, "Upload-Length": "-5", "Upload-Metadata": metadata(filename="a.jpg")}, 422),
        ({**TUS, "Upload-Length": "5"}, 422),  # no name
        ({**TUS, "Upload-Length": "5", "Upload-Metadata": "filename ???"}, 422),
        ({**TUS, "Upload-Length": "5", "Upload-Metadata": metadata(filename="a.jpg", colour="red")}, 422),
        ({**TUS, "Upload-Length": str(1 << 60), "Upload-Metadata": metadata(filename="a.jpg")}, 413),
    ],
)
def test_a_beginning_that_can_not_be_is_refused(machine, headers, status):
    assert machine.api.post("/api/tus", headers=headers).status_code == status


def test_a_later_request_takes_over_from_one_whose_line_is_dead(machine, photo):
    data = photo.read_bytes()
    address = created(machine.api, len(data))
    headers = {"Authorization": machine.api.headers["authorization"], **BYTES, "Upload-Offset": "0"}
    head = f"PATCH {address} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(data)}\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    with socket.create_connection(("127.0.0.1", machine.api.base_url.port)) as dead:
        dead.sendall(f"{head}\r\n".encode() + data[:1000])
        while offset(machine.api, address) < 1000:
            threading.Event().wait(0.05)

        taken = machine.api.patch(address, headers={**BYTES, "Upload-Offset": "1000"}, content=data[1000:])

    assert (taken.status_code, offset(machine.api, address)) == (204, len(data))


def test_more_bytes_than_were_promised_are_refused(machine):
    address = created(machine.api, 5)

    answer = machine.api.patch(address, headers={**BYTES, "Upload-Offset": "0"}, content=b"123456")

    assert answer.status_code == 413
    assert offset(machine.api, address) == 0


def test_an_upload_is_its_senders_and_ends_by_his_word(machine):
    address = created(machine.api, 5)
    with machine.asking(issued(machine, "submit")) as other:
        answers = [
            other.request(method, address, headers={**BYTES, "Upload-Offset": "0"}, content=b"12345")
            for method in ("HEAD", "PATCH", "DELETE")
        ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert machine.api.delete(address, headers=TUS).status_code == 204
    assert machine.api.head(address, headers=TUS).status_code == 404
    assert machine.api.get(f"/api/submissions/{address.rpartition('/')[2]}").json()["state"] == "cancelled"


def test_the_server_says_what_it_can_do(machine):
    answer = machine.api.options("/api/tus")

    assert answer.headers["tus-version"] == "1.0.0"
    assert answer.headers["tus-extension"] == "creation,termination,expiration"


def test_bytes_that_came_while_the_store_was_away_are_taken_in_when_the_client_asks(machine, photo):
    data = photo.read_bytes()
    address = created(machine.api, len(data))
    job = address.rpartition("/")[2]
    (machine.footage.home / "uploads" / f"{job}.part").write_bytes(data)  # all there, but nobody was told

    assert offset(machine.api, address) == len(data)
    assert machine.ended(job)["original"]["sha256"] == hashlib.sha256(data).hexdigest()


def test_an_upload_lives_for_a_day_after_its_last_byte_and_no_longer(tmp_path):
    for name, age in (("old", 90_000), ("young", 80_000)):
        upload = PartialUpload(tmp_path, name)
        upload.begin(5)
        os.utime(upload.path, (time.time() - age,) * 2)
        os.utime(tmp_path / f"{name}.length", (time.time() - 200_000,) * 2)

    forget_abandoned(tmp_path)

    assert {path.name for path in tmp_path.iterdir()} == {"young.part", "young.length"}
