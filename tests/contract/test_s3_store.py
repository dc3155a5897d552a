"""What only a store on an S3 server can get wrong."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen
from uuid import uuid4

import boto3.session
import pytest
from botocore.exceptions import EndpointConnectionError

from storage import open_store
from storage.base import NotFound, Unavailable
from storage.s3 import S3Store
from tests.contract.helpers import MP4, access_to, keys
from tests.servers.seaweed import Seaweed, free_ports


@pytest.fixture
def opened(seaweed: Seaweed, monkeypatch: pytest.MonkeyPatch) -> tuple[S3Store, Any, dict[str, str]]:
    """A store, the client that it was given when it was opened, and where its object `key` lies."""
    make, made, prefix = boto3.session.Session.client, [], f"test/{uuid4().hex}"

    def recorded(session: boto3.session.Session, *asked: Any, **how: Any) -> Any:
        made.append(make(session, *asked, **how))
        return made[-1]

    monkeypatch.setattr(boto3.session.Session, "client", recorded)
    return seaweed.store(prefix), made[-1], {"Bucket": seaweed.bucket, "Key": f"{prefix}/key"}


@pytest.mark.parametrize(
    ("filename", "header"),
    [
        ("安全.mp4", "attachment; filename=\"__.mp4\"; filename*=UTF-8''%E5%AE%89%E5%85%A8.mp4"),
        ('a"b\\c/d\r\nX: y', "attachment; filename=\"a_b_c_d__X: y\"; filename*=UTF-8''a%22b_c_d__X%3A%20y"),
        ("\u202egpj\ud800.exe", "attachment; filename=\"_gpj_.exe\"; filename*=UTF-8''_gpj_.exe"),
    ],
    ids=["chinese", "quotes-and-newlines", "reversed-and-broken"],
)
def test_a_browser_saves_the_object_under_the_name_given(s3_store, file, filename, header):
    s3_store.put("a/b.mp4", file(b"footage"), media_type=MP4)

    with urlopen(s3_store.url("a/b.mp4", seconds=60, filename=filename)) as answer:
        assert answer.headers["Content-Disposition"] == header
        assert answer.headers["Content-Type"] == MP4


def test_an_address_ends_when_its_time_is_over(s3_store, file, monkeypatch):
    s3_store.put("a", file(b"x"), media_type=MP4)
    with monkeypatch.context() as earlier:
        signed = datetime.now(UTC) - timedelta(seconds=62)
        earlier.setattr("botocore.auth.get_current_datetime", lambda: signed)
        address = s3_store.url("a", seconds=60, filename="x")
        lasting = s3_store.url("a", seconds=600, filename="x")

    with urlopen(lasting) as answer:
        assert answer.read() == b"x"
    with pytest.raises(HTTPError) as raised, urlopen(address):
        pass
    raised.value.close()

    assert raised.value.code == 403
    with pytest.raises(ValueError, match="week"):
        s3_store.url("a", seconds=8 * 24 * 3600, filename="x")


def test_an_upload_that_breaks_between_parts_leaves_nothing(opened, file, seaweed):
    store, client, _ = opened

    def break_off(params: dict, **_: object) -> None:
        if params["query_string"]["partNumber"] == 2:
            raise EndpointConnectionError(endpoint_url="http://gone")

    client.meta.events.register("before-call.s3.UploadPart", break_off)
    with pytest.raises(Unavailable):
        store.put("big", file(bytes(11 << 20)), media_type=MP4)

    assert store.stat("big") is None
    assert "Uploads" not in client.list_multipart_uploads(Bucket=seaweed.bucket)


def test_an_upload_in_parts_yields_to_an_object_that_came_meanwhile(opened, file, back, monkeypatch):
    store, client, at = opened
    monkeypatch.setattr("storage.s3._LARGEST_PUT", 0)
    big, small = file(bytes(6 << 20)), file(b"first")

    def be_first(**_: object) -> None:
        client.put_object(**at, Body=small.read_bytes())

    client.meta.events.register("before-call.s3.CompleteMultipartUpload", be_first)
    written = store.put("key", big, media_type=MP4, if_absent=True)
    store.get("key", back)

    assert written is False
    assert back.read_bytes() == b"first"
    assert "Uploads" not in client.list_multipart_uploads(Bucket=at["Bucket"])


def test_a_put_asked_again_because_its_answer_was_lost_still_wrote(opened, file, monkeypatch):
    store, client, _ = opened
    put_object = client.put_object

    def twice(Body, **rest):  # noqa: N803 - boto3's own name
        put_object(Body=Body, **rest)
        Body.seek(0)
        return put_object(Body=Body, **rest)

    monkeypatch.setattr(client, "put_object", twice)

    assert store.put("key", file(b"x"), media_type=MP4, if_absent=True) is True


def test_an_object_of_another_tool_is_told_and_read(opened, back):
    store, client, at = opened
    client.put_object(**at, Body=b"foreign")

    store.get("key", back)

    assert store.stat("key").sha256 == sha256(b"foreign").hexdigest()
    assert back.read_bytes() == b"foreign"


def test_an_object_damaged_on_the_server_is_noticed_by_get(opened, back):
    store, client, at = opened
    client.put_object(**at, Body=b"fxotage", Metadata={"sha256": sha256(b"footage").hexdigest()})

    with pytest.raises(Unavailable, match="damaged"):
        store.get("key", back)
    assert not back.exists()


def test_a_missing_bucket_is_unavailable_until_it_is_made(seaweed, file, back):
    store = open_store(f"s3://other-{os.getpid()}", s3=access_to(seaweed))

    with pytest.raises(Unavailable):
        store.get("key", back)
    with pytest.raises(Unavailable):
        store.list("")
    store.ensure_bucket()
    store.ensure_bucket()

    assert keys(store) == []
    with pytest.raises(NotFound):
        store.get("key", back)


def test_a_server_that_is_down_is_unavailable_within_seconds(file, back):
    endpoint = f"http://127.0.0.1:{free_ports(1)[0]}"
    store = S3Store("b", endpoint=endpoint, access_key="a", secret_key="s", region="us-east-1")
    calls = [
        lambda: store.put("key", file(b"x"), media_type=MP4, if_absent=True),
        lambda: store.get("key", back),
        lambda: store.stat("key"),
        lambda: keys(store),
        lambda: store.delete("key"),
        store.ensure_bucket,
    ]
    for call in calls:
        began = time.monotonic()
        with pytest.raises(Unavailable) as raised:
            call()
        assert isinstance(raised.value.__cause__, EndpointConnectionError)
        assert time.monotonic() - began < 5
