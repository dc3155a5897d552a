"""Send files to a nanyue-footage desk and follow them to their end; needs nothing but Python 3.11.

    from footage_client import Desk

    desk = Desk("http://127.0.0.1:8000", key="footage_…")
    job = desk.send("巡查.mp4", unit="河婆街道", programme="zhubo", date="2020-06-16")
    done = desk.wait(job)
    if done["state"] == "published":
        desk.save(done, "成品")

A file is sent in pieces by tus 1.0.0. After a broken line it goes on where it stopped, in the same call or in a later
one: the same file with the same facts is the same submission.
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

_PIECE = 8 << 20  # bytes of one request
_TRIES, _WAIT = 6, 2.0  # tries of one request; seconds before the second, doubled each time
_AGAIN = {423, 429, 500, 502, 503, 504}
Answer = TypeVar("Answer")

_TUS = {"Tus-Resumable": "1.0.0"}
_ENDED = {"published", "rejected", "failed", "held", "cancelled"}


class Refused(Exception):
    """The desk refused a request. `code` is stable and English; the text says in Chinese what to do (RFC 9457)."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        super().__init__(problem.get("detail") or f"HTTP {status}")
        self.status = status
        self.code = str(problem.get("code", ""))


class Desk:
    """One desk, and the access key to ask it with."""

    def __init__(self, url: str, key: str) -> None:
        self._url, self._key = url.rstrip("/"), key

    def send(self, path: str | Path, **facts: str | bool) -> str:
        """Send a file; return its job. Raises Refused; OSError where the desk is away for longer than a minute.

        `facts`: unit, programme, activity, place, date (YYYY-MM-DD), pair, side, urgent; docs/api.md explains them.
        """
        path, size = Path(path), Path(path).stat().st_size
        said = {"filename": path.name, **{name: _written(value) for name, value in facts.items()}}
        once = hashlib.sha256(_digest(path) + json.dumps(said, sort_keys=True).encode()).hexdigest()
        metadata = ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in said.items())
        about = {**_TUS, "Upload-Length": str(size), "Upload-Metadata": metadata, "Idempotency-Key": once}
        place = self._ask("POST", "/api/tus", headers=about)[1]["Location"]
        with path.open("rb") as file:
            self._send_bytes(file, size, place)
        return place.rpartition("/")[2]

    def state(self, job: str) -> dict[str, Any]:
        """Return a submission's state, findings and outputs."""
        return dict(json.loads(self._ask("GET", f"/api/submissions/{job}")[0]))

    def wait(self, job: str, seconds: float = 3600) -> dict[str, Any]:
        """Return the last state of a submission. Raises TimeoutError where it has not ended after `seconds`."""
        until = time.monotonic() + seconds
        while (state := self.state(job))["state"] not in _ENDED:
            if time.monotonic() > until:
                raise TimeoutError(f"job {job} is {state['state']}")
            time.sleep(1)
        return state

    def save(self, state: Mapping[str, Any], folder: str | Path) -> list[Path]:
        """Save the outputs of a published submission into a folder, checked; return their paths."""
        Path(folder).mkdir(parents=True, exist_ok=True)
        return [self._saved(output, Path(folder) / output["name"]) for output in state["outputs"]]

    def _saved(self, output: Mapping[str, Any], path: Path) -> Path:
        """Save one output under its name once it is there whole; a broken line is tried again."""
        part = path.with_name(f"{path.name}.part")
        try:
            _tried(lambda: self._download(output, part))
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        return part.replace(path)

    def _download(self, output: Mapping[str, Any], part: Path) -> None:
        """Write one output. Raises OSError where it is not what the desk has: a line that broke ends a file too."""
        with self._opened("GET", output["url"], None, {}) as answer, part.open("wb") as file:
            shutil.copyfileobj(answer, file, 1 << 20)
        if _digest(part).hex() != output["sha256"]:
            raise OSError(f"{output['name']} differs from what the desk has")

    def _send_bytes(self, file: BinaryIO, size: int, place: str) -> None:
        """Send the bytes of a file that the desk does not have yet, piece by piece."""
        waits = _waits()
        while (offset := int(self._ask("HEAD", place, headers=_TUS)[1]["Upload-Offset"])) < size:
            try:
                while offset < size:
                    file.seek(offset)
                    about = {**_TUS, "Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
                    offset = int(self._once("PATCH", place, file.read(_PIECE), about)[1]["Upload-Offset"])
                    waits = _waits()  # something came through
            except (Refused, OSError) as error:
                wait = next(waits)
                if wait is None or (isinstance(error, Refused) and error.status not in _AGAIN | {409}):
                    raise
                time.sleep(wait)

    def _ask(self, method: str, path: str, headers: Mapping[str, str] = {}) -> tuple[bytes, Mapping[str, str]]:
        """Return the body and headers of an answer; ask again where that may help."""
        return _tried(lambda: self._once(method, path, None, headers))

    def _once(
        self, method: str, path: str, data: bytes | None, headers: Mapping[str, str]
    ) -> tuple[bytes, Mapping[str, str]]:
        with self._opened(method, path, data, headers) as answer:
            return answer.read(), answer.headers

    @contextmanager
    def _opened(self, method: str, path: str, data: bytes | None, headers: Mapping[str, str]) -> Iterator[Any]:
        """Yield an answer to read. Raises Refused; OSError where the line breaks, then or while it is read."""
        said = {"Authorization": f"Bearer {self._key}", **headers}
        asked = urllib.request.Request(self._url + path, data, said, method=method)
        try:
            with _OPENER.open(asked, timeout=120) as answer:
                yield answer
        except urllib.error.HTTPError as error:
            raise Refused(error.code, _problem(error)) from error
        except http.client.HTTPException as error:
            raise ConnectionError(str(error)) from error


class _KeyStaysHere(urllib.request.HTTPRedirectHandler):
    """Files come from the object store by a redirect: the key of the desk is not for it."""

    def redirect_request(self, *asked: Any) -> urllib.request.Request | None:
        request = super().redirect_request(*asked)
        if request:
            request.remove_header("Authorization")
        return request


_OPENER = urllib.request.build_opener(_KeyStaysHere)


def _tried(act: Callable[[], Answer]) -> Answer:
    """Return the result of an act, done again where that may help. Raises Refused, OSError."""
    for wait in _waits():
        try:
            return act()
        except (Refused, OSError) as error:
            if wait is None or (isinstance(error, Refused) and error.status not in _AGAIN):
                raise
            time.sleep(wait)
    raise AssertionError("the last try returns or raises")


def _waits() -> Iterator[float | None]:
    """Yield the seconds to wait after each try; None after the last."""
    yield from (_WAIT * 2**number for number in range(_TRIES - 1))
    yield None


def _problem(error: urllib.error.HTTPError) -> Mapping[str, Any]:
    try:
        found = json.loads(error.read())
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _written(value: str | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else value


def _digest(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
