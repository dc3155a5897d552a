"""Large transfers: an upload that is cut off four times arrives right, and a large zip takes no memory of the desk.

`python -m bench.transfers`: FOOTAGE_UPLOAD_BYTES (default 2 GB), FOOTAGE_ZIP_BYTES (default 5 GB).
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
import time
import zipfile
from pathlib import Path

from tusclient.client import TusClient

from storage.ledger import Ledger
from storage.records import Asset
from tests.servers.line import breaking_line
from tests.up import Machine, children_of, running_machine

_UPLOAD = int(os.environ.get("FOOTAGE_UPLOAD_BYTES", str(2 * 10**9)))
_ZIP = int(os.environ.get("FOOTAGE_ZIP_BYTES", str(5 * 10**9)))
_GROWTH = 64 << 20
_PIECE = 1 << 20


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="footage-transfers-") as name, running_machine(Path(name) / "home") as desk:
        right = [_uploaded(desk, Path(name)), _zipped(desk, Path(name))]
    sys.exit(0 if all(right) else 1)


def _uploaded(machine: Machine, folder: Path) -> bool:
    path = folder / "large.mp4"
    piece = os.urandom(_PIECE)
    with path.open("wb") as file:
        for number in range(_UPLOAD // _PIECE):
            file.write(number.to_bytes(8, "big") + piece[8:])
    expected = _digest(path)
    before, began = most_memory(machine), time.monotonic()
    cuts = [_UPLOAD * part // 10 for part in (1, 2, 2, 3)]
    with breaking_line(machine.api.base_url.port or 0, cuts) as port, path.open("rb") as file:
        client = TusClient(f"http://127.0.0.1:{port}/api/tus", headers=dict(machine.api.headers))
        uploader = client.uploader(
            file_stream=file, metadata={"filename": "large.mp4"}, retries=8, retry_delay=1, chunk_size=10**10
        )
        uploader.upload()
    took = time.monotonic() - began
    path.unlink()
    job = machine.api.get(f"/api/submissions/{str(uploader.url).rpartition('/')[2]}").json()
    grown, same = most_memory(machine) - before, job["original"]["sha256"] == expected
    print(
        f"upload of {_UPLOAD:,} bytes, cut off {4 - len(cuts)} times: {'right' if same else 'WRONG'}, {took:.0f} s;"
        f" the desk grew by {grown >> 20} MiB"
    )
    return same and not cuts


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _zipped(machine: Machine, folder: Path) -> bool:
    """Pack a publication of one very large file: entered in the ledger, sparse on the disk."""
    job = _published(machine)
    before, began = most_memory(machine), time.monotonic()
    made = machine.api.post("/packages", data={"item": job, "preset": "masters"})
    target = folder / "package.zip"
    with machine.api.stream("GET", made.headers["location"]) as answer, target.open("wb") as file:
        said = int(answer.headers["content-length"])
        for data in answer.iter_bytes(_PIECE):
            file.write(data)
    took, grown = time.monotonic() - began, most_memory(machine) - before
    with zipfile.ZipFile(target) as archive:
        whole = archive.testzip() is None and max(info.file_size for info in archive.infolist()) == _ZIP
    right = whole and said == target.stat().st_size and grown <= _GROWTH
    print(
        f"zip of {said:,} bytes: {'whole' if whole else 'BROKEN'}, {took:.0f} s;"
        f" the desk grew by {grown >> 20} MiB (bound {_GROWTH >> 20})"
    )
    return right


def _published(machine: Machine) -> str:
    home = machine.footage.home
    ledger = Ledger(f"sqlite:///{home / 'ledger.sqlite'}")
    key = f"published/aa/{'a' * 64}/{'b' * 24}/master.mp4"
    path = home / "store" / key
    path.parent.mkdir(parents=True)
    path.touch()
    os.truncate(path, _ZIP)
    ledger.index([Asset(key, "m", "master.mp4", "master", "video/mp4", "c" * 64, _ZIP, 1920, 1080, 60.0)])
    job = ledger.create(name="大片.mp4", programme="zhubo", state="published", original="a" * 64, manifest="m")
    ledger.close()
    return job.id


def most_memory(machine: Machine) -> int:
    """Return the most memory that the desk's process has ever held, in bytes."""
    for about in children_of(machine.process.pid).values():
        if (about / "comm").read_text().startswith("serve "):
            status = (about / "status").read_text()
            return next(int(row.split()[1]) for row in status.splitlines() if row.startswith("VmHWM")) << 10
    raise RuntimeError("no desk")


if __name__ == "__main__":
    main()
