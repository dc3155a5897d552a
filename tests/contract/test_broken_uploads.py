"""An upload that breaks off is never a short object: a real S3 server behind a wire that is cut."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from chaos.proxy import Wire, network
from storage.base import Unavailable
from storage.s3 import S3Store
from tests.servers.seaweed import Seaweed

SIZE = 24 << 20


@pytest.fixture
def wire(seaweed: Seaweed) -> Iterator[Wire]:
    with network() as loop:
        yield Wire(loop, urlsplit(seaweed.endpoint).port)


def behind(seaweed: Seaweed, wire: Wire, prefix: str) -> S3Store:
    known = {"access_key": seaweed.access_key, "secret_key": seaweed.secret_key, "region": seaweed.region}
    return S3Store(seaweed.bucket, prefix, endpoint=f"http://127.0.0.1:{wire.port}", part_bytes=5 << 20, **known)


@pytest.mark.parametrize("if_absent", [True, False], ids=["in one piece", "in parts"])
def test_an_upload_that_breaks_off_leaves_nothing_and_goes_through_once_the_wire_is_whole(
    seaweed, wire, tmp_path, if_absent
):
    path = tmp_path / "film"
    path.write_bytes(b"footage!" * (SIZE // 8))
    prefix = f"broken/{'one' if if_absent else 'parts'}"
    direct, store = seaweed.store(prefix), behind(seaweed, wire, prefix)
    wire.slow(0.01)  # a piece of 64 KB: four seconds in all
    cut = threading.Timer(1, wire.refuse)
    cut.start()

    with pytest.raises(Unavailable):
        store.put("film", path, media_type="video/mp4", if_absent=if_absent)
    broken = direct.stat("film")
    wire.heal()
    store.put("film", path, media_type="video/mp4", if_absent=if_absent)
    whole = direct.stat("film")
    store.get("film", tmp_path / "back")
    direct.abort_uploads(-1)  # its parts: nobody could be told to let them go

    assert broken is None
    assert whole.size == SIZE
    assert (tmp_path / "back").read_bytes() == path.read_bytes()


def test_parts_of_an_upload_that_broke_off_are_let_go_once_they_are_old(seaweed):
    store, client, at = seaweed.store("left"), seaweed.client(), {"Bucket": seaweed.bucket, "Key": "left/film"}
    upload = client.create_multipart_upload(**at)["UploadId"]
    client.upload_part(**at, UploadId=upload, PartNumber=1, Body=b"x" * 100)

    store.abort_uploads(3600)
    young = client.list_multipart_uploads(Bucket=seaweed.bucket, Prefix="left/").get("Uploads", [])
    store.abort_uploads(-1)
    old = client.list_multipart_uploads(Bucket=seaweed.bucket, Prefix="left/").get("Uploads", [])

    assert [found["UploadId"] for found in young] == [upload]
    assert old == []
