"""What every object store keeps to, whichever is underneath, and how one is chosen."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from threading import Barrier
from urllib.request import urlopen

import pytest

from storage import open_store
from storage.base import NotFound, Unavailable
from tests.contract.helpers import MP4, access_to, keys

PROJECT = Path(__file__).parents[2]
BAD_KEYS = ["../x", "/abs", "A", "", "a//b", ".hidden", "a/.b", "a/", "a\n", "a" * 600]


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


# ---- choosing one


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
