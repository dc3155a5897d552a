"""A package of evidence of 500 items, and one of 4 GB: what other programs make of them, and what the desk takes.

`python -m bench.packages`: FOOTAGE_PACKAGE_ITEMS (500), FOOTAGE_PACKAGE_BYTES (4 GB), FOOTAGE_PACKAGE_FOLDER (kept).
LibreOffice, 7zz, unzip and pdftoppm are asked where they are installed.
"""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import openpyxl
from PIL import Image, ImageDraw

from bench.transfers import most_memory
from storage.ledger import Ledger
from storage.records import Asset
from tests.up import Machine, running_machine

_ITEMS = int(os.environ.get("FOOTAGE_PACKAGE_ITEMS", "500"))
_BYTES = int(os.environ.get("FOOTAGE_PACKAGE_BYTES", str(4 * 10**9 + 10**8)))
_GROWTH = 64 << 20
_UNITS = ("县应急管理局", "河婆街道", "龙潭镇", "棉湖镇", "良田乡")
_ACTIVITIES = ("qidong", "zixunri", "yanlian", "")


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="footage-packages-") as name:
        folder = Path(os.environ.get("FOOTAGE_PACKAGE_FOLDER", name))
        folder.mkdir(exist_ok=True)
        with running_machine(Path(name) / "home") as desk:
            _fill(desk)
            right = [_many(desk, folder), _large(desk, folder)]
    sys.exit(0 if all(right) else 1)


def _fill(machine: Machine) -> None:
    home = machine.footage.home
    dealt = random.Random(5)
    ledger = Ledger(f"sqlite:///{home / 'ledger.sqlite'}")
    for number in range(_ITEMS):
        unit, activity = dealt.choice(_UNITS), dealt.choice(_ACTIVITIES)
        said = {"unit": unit, "activity": activity, "date": f"2020-06-{dealt.randint(1, 30):02}", "place": "现场"}
        film = number % 3 == 0
        job = ledger.create(name=f"现场{number}.{'mp4' if film else 'jpg'}", programme="huodong", **said)
        at = home / "store" / "published" / job.id
        at.mkdir(parents=True)
        small = Image.new("RGB", (320, 180), tuple(dealt.randbytes(3)))
        ImageDraw.Draw(small).text((20, 60), f"{number}", fill="white", font_size=60)
        small.save(at / "thumbnail-320.jpg", quality=88)
        main = ("master.mp4", "master", "video/mp4", 61.5) if film else ("photo.jpg", "photo", "image/jpeg", None)
        (at / main[0]).write_bytes(dealt.randbytes(40_000))
        _index(ledger, job.id, at, main, (1920, 1080))
        _index(ledger, job.id, at, ("thumbnail-320.jpg", "thumbnail", "image/jpeg", None), (320, 180))
        ledger.move(job.id, ["received"], state="published", manifest=f"m/{job.id}", original=job.id * 2)
    large = ledger.create(name="大片.mp4", programme="zhubo", unit="上砂镇", date="2020-06-20")
    at = home / "store" / "published" / large.id
    at.mkdir(parents=True)
    with (at / "master.mp4").open("wb") as file:
        file.truncate(_BYTES)
    key = f"published/{large.id}/master.mp4"
    ledger.index([Asset(key, f"m/{large.id}", "master.mp4", "master", "video/mp4", "c" * 64, _BYTES, 1920, 1080, 60.0)])
    ledger.move(large.id, ["received"], state="published", manifest=f"m/{large.id}", original=large.id * 2)
    ledger.close()


def _index(ledger: Ledger, job: str, at: Path, said: tuple[str, str, str, float | None], size: tuple[int, int]) -> None:
    name, role, kind, seconds = said
    data = (at / name).read_bytes()
    facts = (hashlib.sha256(data).hexdigest(), len(data), *size, seconds)
    ledger.index([Asset(f"published/{job}/{name}", f"m/{job}", name, role, kind, *facts)])


def _many(machine: Machine, folder: Path) -> bool:
    machine.api.get("/evidence", params={"period": "2020-07-10", "unit": "liangtian"})
    before, began = most_memory(machine), time.monotonic()
    asked = {"period": "2020-07-10", "programme": "huodong"}
    paths = [folder / "first.zip", folder / "second.zip"]
    for path in paths:
        _download(machine, asked, path)
    took, grown = time.monotonic() - began, most_memory(machine) - before
    same = paths[0].read_bytes() == paths[1].read_bytes()
    with zipfile.ZipFile(paths[0]) as archive:
        names = archive.namelist()
        whole = archive.testzip() is None
        archive.extractall(folder / "out")
    [top] = (folder / "out").iterdir()
    listed = {"python": sorted(names), **_listings(paths[0])}
    alike = all(found == listed["python"] for found in listed.values())
    book = openpyxl.load_workbook(top / "data" / "佐证材料清单.xlsx", read_only=True)
    rows = [row[2] for row in book.worksheets[0].iter_rows(min_row=2, values_only=True)]
    equal = sorted(f"{top.name}/data/{row}" for row in rows) == [
        it for it in listed["python"] if "/data/" in it and it.count("/") > 2
    ]
    print(
        f"{len(rows)} items: {'whole' if whole else 'BROKEN'}, the same bytes twice {same}, names alike in"
        f" {', '.join(listed)} {alike}, XLSX reads back equal {equal}, {took / 2:.1f} s each;"
        f" the desk grew by {grown >> 20} MiB (bound {_GROWTH >> 20})"
    )
    _opened(top / "data")
    return all((whole, same, alike, equal, len(rows) == _ITEMS, grown <= _GROWTH))


def _large(machine: Machine, folder: Path) -> bool:
    before, began = most_memory(machine), time.monotonic()
    path = folder / "large.zip"
    _download(machine, {"unit": "shangsha"}, path)
    took, grown = time.monotonic() - began, most_memory(machine) - before
    with zipfile.ZipFile(path) as archive:
        listed = {"python": sorted(archive.namelist()), **_listings(path)}
        whole = archive.testzip() is None and max(info.file_size for info in archive.infolist()) == _BYTES
    alike = all(found == listed["python"] for found in listed.values())
    tested = all(subprocess.run([*it, path], capture_output=True, check=False).returncode == 0 for it in _testers())
    print(
        f"{path.stat().st_size:,} bytes: {'whole' if whole else 'BROKEN'}, names alike in {', '.join(listed)} {alike},"
        f" tested right {tested}, {took:.0f} s; the desk grew by {grown >> 20} MiB (bound {_GROWTH >> 20})"
    )
    path.unlink()
    return whole and alike and tested and grown <= _GROWTH


def _download(machine: Machine, asked: dict[str, str], path: Path) -> None:
    with (
        machine.api.stream("GET", "/evidence/package.zip", params=asked, timeout=300) as answer,
        path.open("wb") as file,
    ):
        if answer.status_code != 200:
            raise RuntimeError(answer.read().decode())
        for data in answer.iter_bytes(1 << 20):
            file.write(data)


def _testers() -> list[list[str]]:
    return [it for it in (["unzip", "-tqq"], ["7zz", "t"]) if shutil.which(it[0])]


def _listings(path: Path) -> dict[str, list[str]]:
    """Return the names that other programs find."""
    found = {}
    if shutil.which("unzip"):
        said = subprocess.run(["unzip", "-Z1", path], capture_output=True, check=True, env={"LC_ALL": "C.UTF-8"})
        found["unzip"] = sorted(said.stdout.decode().splitlines())
    if shutil.which("7zz"):
        told = subprocess.run(["7zz", "l", "-slt", "-ba", path], capture_output=True, check=True).stdout.decode()
        found["7zz"] = sorted(row[7:] for row in told.splitlines() if row.startswith("Path = "))
    return found


def _opened(data: Path) -> None:
    """Let LibreOffice make PDF of the list and the summary, and pdftoppm pictures of all three."""
    documents = [data / "佐证材料清单.xlsx", data / "情况说明.docx"]
    if shutil.which("soffice"):
        subprocess.run(
            ["soffice", "--headless", "--convert-to", "pdf", "--outdir", data.parent, *documents],
            check=True,
            capture_output=True,
            timeout=300,
        )
    made = [data / "缩略图.pdf", *(data.parent / f"{it.stem}.pdf" for it in documents)]
    for number, path in enumerate(it for it in made if it.exists() and shutil.which("pdftoppm")):
        subprocess.run(["pdftoppm", "-r", "60", "-l", "3", "-png", path, data.parent / f"page-{number}"], check=True)
    pages = sorted(it.name for it in data.parent.glob("page-*.png"))
    print(f"LibreOffice {'opened both' if len(made) == 3 and made[2].exists() else 'is not here'}; pages: {len(pages)}")


if __name__ == "__main__":
    main()
