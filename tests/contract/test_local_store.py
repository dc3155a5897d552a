"""What only a store in a folder can get wrong."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path
from subprocess import PIPE

import pytest

from storage.base import Unavailable
from storage.local import LocalStore
from tests.contract.helpers import MP4, keys

PROJECT = Path(__file__).parents[2]


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
