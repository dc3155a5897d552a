"""A portal's way in, as documented: the client, and the examples for curl."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from PIL import Image

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "clients"))

import footage_client  # noqa: E402 - it is no package: a portal copies one file


def size_of(path: Path) -> tuple[int, int]:
    with Image.open(path) as picture:
        return picture.size


@pytest.fixture
def client(machine) -> footage_client.Desk:
    return footage_client.Desk(str(machine.api.base_url), machine.key)


def photo(folder: Path, name: str) -> Path:
    """A photo of 2 MB or more, unlike any other."""
    path = folder / f"{name}.jpg"
    Image.effect_noise((2000, 1500), 60).convert("RGB").save(path, quality=98)
    return path


def test_the_client_sends_follows_and_saves(machine, client, tmp_path):
    job = client.send(photo(tmp_path, "一"), unit="河婆街道", date="2020-06-16", urgent=True)
    done = client.wait(job, 120)
    saved = client.save(done, tmp_path / "成品")

    assert (done["state"], done["unit"], done["date"]) == ("published", "河婆街道", "2020-06-16")
    assert [path.name for path in saved] == ["photo.jpg", "thumbnail-320.jpg", "thumbnail-640.jpg"]
    assert size_of(saved[0]) == (2000, 1500)


def test_the_same_file_with_the_same_facts_is_the_same_submission(client, tmp_path):
    path = photo(tmp_path, "二")

    assert client.send(path, unit="河婆街道") == client.send(path, unit="河婆街道")
    assert client.send(path, unit="河婆街道") != client.send(path, unit="灰寨镇")


def test_a_line_that_breaks_costs_what_was_under_way(machine, client, tmp_path, monkeypatch):
    path, sent, opened = photo(tmp_path, "三"), [], footage_client._OPENER.open  # noqa: SLF001

    def breaking(asked, timeout):
        if asked.get_method() == "PATCH":
            sent.append(int(asked.get_header("Upload-offset")))
            if len(sent) == 2:
                raise ConnectionResetError("the line broke")
        return opened(asked, timeout=timeout)

    monkeypatch.setattr(footage_client, "_PIECE", 1 << 20)
    monkeypatch.setattr(footage_client, "_WAIT", 0.1)
    monkeypatch.setattr(footage_client._OPENER, "open", breaking)  # noqa: SLF001
    job = client.send(path)

    assert client.state(job)["original"]["size"] == path.stat().st_size
    assert sent == [0, 1 << 20, *range(1 << 20, path.stat().st_size, 1 << 20)]


def test_a_file_comes_from_the_object_store_without_the_desks_key_and_over_a_broken_line(tmp_path, monkeypatch):
    """A server stands for desk and store: it sends the way of the first to the second, which breaks the line once."""
    heard: list[tuple[str, str]] = []

    class Serving(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.append((self.path, self.headers.get("Authorization", "")))
            if self.path == "/files/a":
                self.send_response(302)
                self.send_header("Location", f"http://127.0.0.1:{server.server_port}/bucket/a?X-Amz-Signature=1")
                self.end_headers()
                return
            self.send_response(200)
            self.send_header("Content-Length", "8")
            self.end_headers()
            self.wfile.write(b"the" if len(heard) == 2 else b"the film")

        def log_message(self, *_: object) -> None:
            pass

    monkeypatch.setattr(footage_client, "_WAIT", 0.1)
    with ThreadingHTTPServer(("127.0.0.1", 0), Serving) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        desk = footage_client.Desk(f"http://127.0.0.1:{server.server_port}", "secret")
        output = {"name": "a.mp4", "url": "/files/a", "sha256": hashlib.sha256(b"the film").hexdigest()}
        (saved,) = desk.save({"outputs": [output]}, tmp_path / "out")
        server.shutdown()

    assert saved.read_bytes() == b"the film"
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["a.mp4"]
    assert {(path.partition("?")[0], key) for path, key in heard} == {("/files/a", "Bearer secret"), ("/bucket/a", "")}


def test_what_is_refused_says_why(client, tmp_path):
    (tmp_path / "空.mp4").write_bytes(b"")

    with pytest.raises(footage_client.Refused, match="文件是空的") as refused:
        client.send(tmp_path / "空.mp4")

    assert (refused.value.status, refused.value.code) == (422, "empty")


def test_the_examples_for_curl_work_as_they_stand(machine, tmp_path):
    described = (ROOT / "docs/api.md").read_text(encoding="utf-8")
    (script,) = re.findall(r"```sh\n# 用 curl.*?\n(.*?)```", described, re.DOTALL)
    photo(tmp_path, "巡查")

    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=tmp_path,
        env={**os.environ, "DESK": str(machine.api.base_url).rstrip("/"), "KEY": machine.key},
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert size_of(tmp_path / "成品.jpg") == (2000, 1500)
