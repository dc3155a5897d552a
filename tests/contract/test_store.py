"""What every object store keeps to, whichever is underneath; below that, what only one of them can get wrong."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from subprocess import PIPE
from threading import Barrier
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from botocore.exceptions import EndpointConnectionError

from storage import S3Access, open_store
from storage.base import NotFound, Store, Unavailable
from storage.local import LocalStore
from storage.s3 import S3Store
from tests.servers.seaweed import Seaweed, free_ports

PROJECT = Path(__file__).parents[2]
MP4 = "video/mp4"
BAD_KEYS = ["../x", "/abs", "A", "", "a//b", ".hidden", "a/.b", "a/", "a\n", "a" * 600]


@pytest.fixture
def file(tmp_path: Path):
    """Makes a file with this content."""

    def make(content: bytes) -> Path:
        path = tmp_path / sha256(content).hexdigest()
        path.write_bytes(content)
        return path

    return make


@pytest.fixture
def back(tmp_path: Path) -> Path:
    return tmp_path / "back"


def keys(store: Store, prefix: str = "") -> list[str]:
    return [blob.key for blob in store.list(prefix)]


@pytest.mark.parametrize("content", [b"", b"footage", os.urandom(300_000)], ids=["empty", "small", "large"])
def test_a_put_object_is_read_back_unchanged(store, file, back, content):
    written = store.put("a/b.mp4", file(content), media_type=MP4)
    store.get("a/b.mp4", back)

    assert written is True
    assert back.read_bytes() == content


def test_an_object_of_several_parts_is_read_back_unchanged(store, file, back):
    content = os.urandom(1 << 20) * 11  # the S3 store of the tests cuts at 5 MiB

    store.put("big", file(content), media_type=MP4)
    store.get("big", back)

    assert back.read_bytes() == content
    assert store.stat("big").sha256 == sha256(content).hexdigest()


def test_stat_tells_size_hash_media_type_and_time(store, file):
    store.put("a/b.mp4", file(b"footage"), media_type="video/mp4; codecs=avc1")

    blob = store.stat("a/b.mp4")

    assert (blob.key, blob.size, blob.media_type) == ("a/b.mp4", 7, "video/mp4; codecs=avc1")
    assert blob.sha256 == sha256(b"footage").hexdigest()
    assert abs(blob.modified - datetime.now(UTC)) < timedelta(minutes=1)


def test_what_is_got_is_held_against_the_hash_that_whoever_put_it_had_taken(store, file, back):
    known = sha256(b"footage").hexdigest()

    store.put("key", file(b"footage"), media_type=MP4, sha256=known)
    store.put("changed", file(b"footage and more"), media_type=MP4, sha256=known)
    store.get("key", back)

    assert store.stat("key").sha256 == known
    assert back.read_bytes() == b"footage"
    with pytest.raises(Unavailable):
        store.get("changed", back)


def test_what_is_not_there_is_not_found(store, file, back):
    store.put("a/b", file(b"x"), media_type=MP4)

    assert store.stat("missing") is None
    assert store.stat("a") is None
    assert store.stat("a/b/c") is None
    for key in ("missing", "a", "a/b/c"):
        with pytest.raises(NotFound):
            store.get(key, back)
    assert not back.exists()


def test_a_second_put_replaces_the_first(store, file, back):
    store.put("key", file(b"first"), media_type=MP4)
    written = store.put("key", file(b"second!"), media_type="image/jpeg")
    store.get("key", back)

    blob = store.stat("key")
    assert written is True
    assert back.read_bytes() == b"second!"
    assert (blob.size, blob.media_type, blob.sha256) == (7, "image/jpeg", sha256(b"second!").hexdigest())


def test_get_replaces_the_file_that_was_at_the_path(store, file, back):
    back.write_bytes(b"older and longer")
    store.put("key", file(b"new"), media_type=MP4)

    store.get("key", back)

    assert back.read_bytes() == b"new"


def test_if_absent_leaves_an_existing_object_as_it_is(store, file, back):
    store.put("key", file(b"first"), media_type=MP4)

    written = store.put("key", file(b"second"), media_type="image/jpeg", if_absent=True)
    store.get("key", back)

    assert written is False
    assert back.read_bytes() == b"first"
    assert store.stat("key").media_type == MP4


@pytest.mark.parametrize("size", [20, 6 << 20], ids=["small", "large"])
def test_if_absent_is_won_by_one_of_eight_racing_threads(store, file, back, size):
    contents = [bytes([number]) * size for number in range(8)]
    start = Barrier(8)

    def put(path: Path) -> bool:
        start.wait()
        return store.put("key", path, media_type=MP4, if_absent=True)

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(put, [file(content) for content in contents]))
    store.get("key", back)

    assert sorted(won) == [False] * 7 + [True]
    assert back.read_bytes() == contents[won.index(True)]


def test_racing_overwrites_leave_one_of_them_whole(store, file, back):
    contents = [bytes([number]) * (1000 + number) for number in range(8)]

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda path: store.put("key", path, media_type=MP4), map(file, contents)))
    store.get("key", back)

    assert back.read_bytes() in contents
    assert store.stat("key").size == len(back.read_bytes())


def test_nothing_is_visible_of_a_put_whose_file_can_t_be_read(store, tmp_path):
    for path in (tmp_path / "missing", tmp_path, Path("/proc/self/mem")):
        with pytest.raises(Unavailable) as raised:
            store.put("key", path, media_type=MP4)
        assert isinstance(raised.value.__cause__, OSError)

    assert store.stat("key") is None
    assert keys(store) == []


def test_list_gives_what_begins_with_the_prefix_in_key_order(store, file):
    names = ["b", "a/b", "a.b", "a-b", "a/c/d", "a/c.d", "a/c-d", "ab/c", "a/b0"]
    for name in names:
        store.put(name, file(name.encode()), media_type=MP4)

    assert keys(store) == sorted(names)
    assert keys(store, "a/") == ["a/b", "a/b0", "a/c-d", "a/c.d", "a/c/d"]
    assert keys(store, "a/b") == ["a/b", "a/b0"]
    assert keys(store, "a/c/d") == ["a/c/d"]
    assert keys(store, "c") == keys(store, "a/b/") == []
    assert next(store.list("a/c/")) == store.stat("a/c/d")


def test_a_deleted_object_is_gone_and_deleting_it_again_is_no_error(store, file):
    store.put("a/b", file(b"x"), media_type=MP4)
    store.put("a/c", file(b"y"), media_type=MP4)

    store.delete("a/b")
    store.delete("a/b")
    store.delete("a")
    store.delete("a/c/d")

    assert store.stat("a/b") is None
    assert keys(store) == ["a/c"]


def test_a_key_can_be_used_again_after_a_delete(store, file, back):
    store.put("a/b", file(b"old"), media_type=MP4)
    store.delete("a/b")

    written = store.put("a/b", file(b"new"), media_type="image/jpeg", if_absent=True)
    store.get("a/b", back)

    assert written is True
    assert back.read_bytes() == b"new"
    assert store.stat("a/b").media_type == "image/jpeg"


def test_a_bad_key_is_refused_everywhere(store, file, back):
    for key in BAD_KEYS:
        calls = [
            lambda key=key: store.put(key, file(b"x"), media_type=MP4),
            lambda key=key: store.put(key, file(b"x"), media_type=MP4, if_absent=True),
            lambda key=key: store.get(key, back),
            lambda key=key: store.stat(key),
            lambda key=key: store.delete(key),
            lambda key=key: store.url(key, seconds=60, filename="x"),
        ]
        for call in calls:
            with pytest.raises(ValueError, match="not a storage key"):
                call()
    assert keys(store) == []


def test_a_prefix_no_key_can_have_is_refused(store):
    for prefix in ("../", "/", "a//", ".", "a/../", "A"):
        with pytest.raises(ValueError, match="not a storage key"):
            store.list(prefix)


def test_the_address_of_an_object_reads_it(store, file):
    store.put("a/b.mp4", file(b"footage"), media_type=MP4)

    with urlopen(store.url("a/b.mp4", seconds=60, filename="安全生产月.mp4")) as answer:
        assert answer.read() == b"footage"


# ---- only in a folder


def test_of_four_racing_processes_one_wins_if_absent(local_store, file, tmp_path):
    script = (
        "import sys; from pathlib import Path; from storage.local import LocalStore; sys.stdin.read(); "
        "print(LocalStore(Path(sys.argv[1])).put('key', Path(sys.argv[2]), media_type='x/y', if_absent=True))"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "store"), str(file(b"x" * 1_000_000))]
    racers = [subprocess.Popen(command, cwd=PROJECT, stdin=PIPE, stdout=PIPE, text=True) for _ in range(4)]
    for racer in racers:
        racer.stdin.close()  # the shot they wait for
    won = [racer.stdout.readline().strip() for racer in racers]
    for racer in racers:
        racer.stdout.close()
        racer.wait()

    assert sorted(won) == ["False"] * 3 + ["True"]


def test_a_full_disk_is_unavailable_and_leaves_the_old_object(local_store, file, monkeypatch, tmp_path):
    local_store.put("key", file(b"old"), media_type=MP4)
    before = sorted(tmp_path.rglob("*"))

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    new = file(b"new")
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(Unavailable) as raised:
            local_store.put("key", new, media_type="image/jpeg")

    assert raised.value.__cause__.errno == errno.ENOSPC
    assert local_store.stat("key").sha256 == sha256(b"old").hexdigest()
    assert sorted(tmp_path.rglob("*")) == sorted([*before, new])


def test_a_writer_killed_before_the_rename_leaves_the_old_object_and_its_facts(local_store, file, back, monkeypatch):
    local_store.put("key", file(b"old"), media_type=MP4)
    old = local_store.stat("key")

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            local_store.put("key", file(b"new"), media_type="image/jpeg")
    local_store.get("key", back)

    assert local_store.stat("key") == old
    assert back.read_bytes() == b"old"


@pytest.mark.parametrize("keep_time", [True, False], ids=["time-kept", "time-changed"])
def test_an_object_damaged_on_disk_is_noticed_by_get(local_store, file, back, tmp_path, keep_time):
    local_store.put("a/b", file(b"footage"), media_type=MP4)
    stored = tmp_path / "store/a/b"
    times = stored.stat()

    stored.write_bytes(b"fxotage")
    if keep_time:
        os.utime(stored, ns=(times.st_atime_ns, times.st_mtime_ns))

    with pytest.raises(Unavailable, match="damaged"):
        local_store.get("a/b", back)
    assert not back.exists()


def test_a_file_laid_into_the_folder_by_hand_is_an_object_if_its_name_is_a_key(local_store, back, tmp_path):
    for name in ("clip.mp4", ".DS_Store", "IMG_0001.MOV"):
        (tmp_path / "store" / name).write_bytes(b"by hand")

    local_store.get("clip.mp4", back)

    assert [(b.key, b.media_type, b.sha256) for b in local_store.list("")] == [
        ("clip.mp4", MP4, sha256(b"by hand").hexdigest())
    ]
    assert back.read_bytes() == b"by hand"


def test_a_folder_emptied_by_delete_leaves_nothing_behind(local_store, file, tmp_path):
    local_store.put("a/b/c", file(b"x"), media_type=MP4)

    local_store.delete("a/b/c")

    assert [path.name for path in (tmp_path / "store").iterdir()] == [".store"]
    assert local_store.put("a", file(b"x"), media_type=MP4, if_absent=True) is True


def test_a_key_below_an_object_is_unavailable_in_a_folder(local_store, file):
    local_store.put("a/b", file(b"x"), media_type=MP4)

    for key in ("a", "a/b/c"):
        with pytest.raises(Unavailable):
            local_store.put(key, file(b"y"), media_type=MP4)
    assert keys(local_store) == ["a/b"]


def test_what_a_killed_writer_left_is_swept_an_hour_later(local_store, tmp_path):
    incoming = tmp_path / "store/.store/incoming"
    for name, age in (("old", 2 * 3600), ("recent", 1800)):
        (incoming / name).write_bytes(b"half")
        os.utime(incoming / name, (time.time() - age,) * 2)

    LocalStore(tmp_path / "store")

    assert [path.name for path in incoming.iterdir()] == ["recent"]


# ---- only on S3


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


def test_an_address_ends_when_its_time_is_over(s3_store, file):
    s3_store.put("a", file(b"x"), media_type=MP4)
    address = s3_store.url("a", seconds=1, filename="x")
    time.sleep(2.1)  # the server counts whole seconds

    with pytest.raises(HTTPError) as raised, urlopen(address):
        pass
    raised.value.close()

    assert raised.value.code == 403
    with pytest.raises(ValueError, match="week"):
        s3_store.url("a", seconds=8 * 24 * 3600, filename="x")


def test_an_upload_that_breaks_between_parts_leaves_nothing(s3_store, file, seaweed):
    def break_off(params: dict, **_: object) -> None:
        if params["query_string"]["partNumber"] == 2:
            raise EndpointConnectionError(endpoint_url="http://gone")

    s3_store._client.meta.events.register("before-call.s3.UploadPart", break_off)
    with pytest.raises(Unavailable):
        s3_store.put("big", file(bytes(11 << 20)), media_type=MP4)

    assert s3_store.stat("big") is None
    assert "Uploads" not in s3_store._client.list_multipart_uploads(Bucket=seaweed.bucket)


def test_an_upload_in_parts_yields_to_an_object_that_came_meanwhile(s3_store, file, back, monkeypatch):
    monkeypatch.setattr("storage.s3._LARGEST_PUT", 0)
    big, small = file(bytes(6 << 20)), file(b"first")

    def be_first(**_: object) -> None:
        s3_store._client.put_object(Bucket="footage", Key=s3_store._prefix + "big", Body=small.read_bytes())

    s3_store._client.meta.events.register("before-call.s3.CompleteMultipartUpload", be_first)
    written = s3_store.put("big", big, media_type=MP4, if_absent=True)
    s3_store.get("big", back)

    assert written is False
    assert back.read_bytes() == b"first"
    assert "Uploads" not in s3_store._client.list_multipart_uploads(Bucket="footage")


def test_a_put_asked_again_because_its_answer_was_lost_still_wrote(s3_store, file, monkeypatch):
    put_object = s3_store._client.put_object

    def twice(Body, **rest):  # noqa: N803 - boto3's own name
        put_object(Body=Body, **rest)
        Body.seek(0)
        return put_object(Body=Body, **rest)

    monkeypatch.setattr(s3_store._client, "put_object", twice)

    assert s3_store.put("key", file(b"x"), media_type=MP4, if_absent=True) is True


def test_an_object_of_another_tool_is_told_and_read(s3_store, seaweed, back):
    s3_store._client.put_object(Bucket=seaweed.bucket, Key=s3_store._prefix + "key", Body=b"foreign")

    s3_store.get("key", back)

    assert s3_store.stat("key").sha256 == sha256(b"foreign").hexdigest()
    assert back.read_bytes() == b"foreign"


def test_an_object_damaged_on_the_server_is_noticed_by_get(s3_store, seaweed, back):
    at = {"Bucket": seaweed.bucket, "Key": s3_store._prefix + "key"}
    s3_store._client.put_object(**at, Body=b"fxotage", Metadata={"sha256": sha256(b"footage").hexdigest()})

    with pytest.raises(Unavailable, match="damaged"):
        s3_store.get("key", back)
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


# ---- choosing one


def access_to(server: Seaweed) -> S3Access:
    return S3Access(server.endpoint, server.access_key, server.secret_key, server.region)


def test_an_address_chooses_the_store(seaweed, file, tmp_path):
    folder = tmp_path / "市 应急局"
    local = open_store(folder.as_uri())
    remote = open_store(f"s3://{seaweed.bucket}/chosen/here/", s3=access_to(seaweed))

    for store in (local, remote):
        store.put("a/b", file(b"x"), media_type=MP4)

    assert (folder / "a/b").read_bytes() == b"x"
    assert keys(seaweed.store("chosen")) == ["here/a/b"]
    assert seaweed.secret_key not in repr(access_to(seaweed))


@pytest.mark.parametrize("url", ["", "/folder", "file://folder", "file:", "s3:///x", "http://x/y", "s3://b/p?q"])
def test_an_address_of_neither_kind_is_refused(url):
    with pytest.raises(ValueError, match="not a store address"):
        open_store(url)


def test_boto3_is_not_loaded_before_an_s3_store_is_opened(tmp_path):
    script = (
        "import sys, storage, storage.base, storage.local; storage.open_store(sys.argv[1]); "
        "print([name for name in sys.modules if name.startswith('boto')])"
    )
    command = [sys.executable, "-c", script, tmp_path.as_uri()]

    printed = subprocess.run(command, cwd=PROJECT, check=True, capture_output=True, text=True).stdout

    assert printed == "[]\n"
