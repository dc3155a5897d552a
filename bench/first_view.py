"""How soon a phone shows the first page: fifty items at 390 pixels over 4 Mbit/s, and on loopback.

`python -m bench.first_view` needs Debian's chromium. Beside the desk stands copyparty, another file server, with the
same fifty films' pictures in a folder, as its grid shows them.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from playwright.sync_api import Browser, sync_playwright

from bench.tools import need
from storage.ledger import Ledger
from tests.chromium import QUIET
from tests.media import clips
from tests.up import Machine, free_port, running_machine

_ITEMS = 50
_PHONE = {"width": 390, "height": 844}
_LINE = {"offline": False, "latency": 40, "downloadThroughput": 4e6 / 8, "uploadThroughput": 1e6 / 8}
_USABLE, _IDLE, _PAINT, _BYTES = 2.0, 5.0, 1.0, 1.5 * (1 << 20)  # seconds; bytes with the pictures in sight
_SEEN = """() => {
    const seen = [...document.images].filter(it => {
        const box = it.getBoundingClientRect();
        return box.width && box.bottom > 0 && box.top < innerHeight;
    });
    return seen.length > 1 && seen.every(it => it.complete && it.naturalWidth);
}"""
_PAINTED = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime || 0"


@dataclass(frozen=True, slots=True)
class View:
    """One view of a page. Seconds from the request: first paint, all pictures in sight, the last answer."""

    painted: float
    usable: float
    idle: float
    received: int
    films: int

    def told(self) -> str:
        times = f"painted {self.painted:.2f} s, usable {self.usable:.2f} s, idle {self.idle:.2f} s"
        return f"{times}, {self.received / 1024:.0f} KiB, {self.films} films touched"


def main() -> None:
    need("chromium")
    with (
        tempfile.TemporaryDirectory(prefix="footage-view-") as name,
        running_machine(Path(name) / "home") as machine,
        sync_playwright() as playwright,
    ):
        pictures = _filled(machine, Path(name) / "shared")
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        ours = _both(browser, f"{machine.api.base_url}/", machine.key)
        with _copyparty(pictures) as address:
            theirs = _both(browser, f"{address}?grid", "")
        browser.close()
    for side, (phone, loopback) in (("desk", ours), ("copyparty", theirs)):
        print(f"{side}, 390 px over 4 Mbit/s: {phone.told()}")
        print(f"{side}, loopback: {loopback.told()}")
    bounds = f"usable {_USABLE} s, idle {_IDLE} s, painted on loopback {_PAINT} s, {_BYTES / 1024:.0f} KiB, 0 films"
    print(f"bounds of the desk: {bounds}")
    sys.exit(0 if _is_within(*ours) else 1)


def _is_within(phone: View, loopback: View) -> bool:
    soon = phone.usable <= _USABLE and phone.idle <= _IDLE and loopback.painted <= _PAINT
    return soon and phone.received <= _BYTES and phone.films == 0


def _filled(machine: Machine, folder: Path) -> Path:
    """Publish a film, enter it fifty times, and put as many of its pictures into a folder."""
    path = clips.make(machine.footage.home / "film.mp4", clips.Clip(seconds=9, rate="25", width=1280, height=720))
    done = machine.send(path, unit="河婆街道")
    ledger = Ledger(f"sqlite:///{machine.footage.home / 'ledger.sqlite'}")
    job = ledger.job(done["job"])
    assert job
    folder.mkdir()
    still = next(output for output in done["outputs"] if output["role"] == "still")
    for number in range(_ITEMS):
        same = {"original": job.original, "manifest": job.manifest, "findings": job.findings, "lane": "video"}
        ledger.create(name=f"巡查 {number}.mp4", programme="zhubo", state="published", unit="河婆街道", **same)
        (folder / f"巡查 {number}.jpg").write_bytes(machine.api.get(still["url"]).content)
    ledger.close()
    return folder


@contextmanager
def _copyparty(folder: Path) -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-m", "copyparty", "-q", "-i", "127.0.0.1", "-p", str(port), "-v", f"{folder}::r"]
    server = subprocess.Popen(command, cwd=folder.parent, env={"HOME": str(folder.parent), "PATH": "/usr/bin:/bin"})
    try:
        for _ in range(200):
            try:
                httpx.get(f"http://127.0.0.1:{port}/")
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/"
    finally:
        server.terminate()
        server.wait(20)


def _both(browser: Browser, address: str, key: str) -> tuple[View, View]:
    _viewed(browser, address, key, slow=False)  # warm: thumbnails that are made on demand are there
    return _viewed(browser, address, key, slow=True), _viewed(browser, address, key, slow=False)


def _viewed(browser: Browser, address: str, key: str, *, slow: bool) -> View:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    context = browser.new_context(locale="zh-CN", viewport=_PHONE, extra_http_headers=headers)
    page, received, last, films = context.new_page(), [0], [0.0], [0]
    line = context.new_cdp_session(page)
    line.send("Network.enable")
    if slow:
        line.send("Network.emulateNetworkConditions", _LINE)

    def ended(event: dict[str, float]) -> None:
        received[0] += int(event["encodedDataLength"])
        last[0] = time.monotonic()

    line.on("Network.loadingFinished", ended)
    page.on("request", lambda request: films.__setitem__(0, films[0] + request.url.endswith(".mp4")))
    began = time.monotonic()
    page.goto(address, wait_until="commit")
    while not page.evaluate(_SEEN):
        page.wait_for_timeout(20)
    usable = time.monotonic() - began
    page.wait_for_load_state("networkidle")
    view = View(page.evaluate(_PAINTED) / 1000, usable, last[0] - began, received[0], films[0])
    context.close()
    return view


if __name__ == "__main__":
    main()
