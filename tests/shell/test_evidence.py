"""A package of evidence opens in other programs, says what is in it, and comes again byte for byte."""

from __future__ import annotations

import io
import json
import subprocess
import zipfile
from contextlib import closing
from datetime import datetime
from itertools import product
from pathlib import Path

import bagit
import openpyxl
import pypdfium2
import pytest
from docx import Document
from PIL import Image

from pipelines.domain.errors import WrongUse
from pipelines.jobs.evidence_packages import EvidencePackages
from pipelines.jobs.evidence_selection import EvidenceQuery
from pipelines.scheduling.context import WorkContext
from storage.digests import sha256_of
from storage.records import Asset, RecordedFinding
from storage.reports import ReportKey
from tests.shell.test_people import in_session
from tests.up import Machine
from worker.app import open_context
from worker.settings import Settings

TOP = "佐证材料-2020-07-10"
_COLOURS = product(range(20, 240, 20), repeat=3)  # no picture like another


def published(context: WorkContext, folder: Path, name: str, **fields) -> str:
    """Enter a published photo with a thumbnail, as a worker would have."""
    job = context.ledger.create(
        name=name, programme="huodong", **{"unit": "河婆街道", "activity": "qidong", "date": "2020-06-03", **fields}
    )
    manifest = f"published/{job.id}/manifest.json"
    for file, role, size in (("photo.jpg", "photo", (1920, 1080)), ("thumbnail-320.jpg", "thumbnail", (320, 180))):
        path = folder / file
        Image.new("RGB", size, next(_COLOURS)).save(path)
        key = f"published/{job.id}/{file}"
        context.store.put(key, path, media_type="image/jpeg")
        context.ledger.index(
            [Asset(key, manifest, file, role, "image/jpeg", sha256_of(path), path.stat().st_size, *size, None)]
        )
    context.ledger.move(job.id, ["received"], state="published", manifest=manifest, original=job.id * 2)
    return job.id


def fill(context: WorkContext, folder: Path) -> WorkContext:
    """Two units' photos of June, one of August, and one that was refused."""
    published(context, folder, "=1+1.jpg")
    published(context, folder, "整改<前>.jpg", unit="县应急管理局", place="@SUM(1)")
    published(context, folder, "八月.jpg", date="2020-08-01")
    bad = context.ledger.create(name="坏.mp4", programme="huodong", unit="河婆街道", date="2020-06-04")
    why = [RecordedFinding("empty", "reject", text="文件是空的（0 字节）")]
    context.ledger.move(bad.id, ["received"], state="rejected", findings=why)
    return context


@pytest.fixture
def period(context: WorkContext, tmp_path: Path) -> WorkContext:
    return fill(context, tmp_path)


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package of such a period, for those who only read it."""
    folder = tmp_path_factory.mktemp("packed")
    context = open_context(Settings(home=folder / "home", sandbox="off"))
    with closing(context.ledger):
        bundle = EvidencePackages(fill(context, folder)).bundle(EvidenceQuery(period="2020-07-10"))
        path = folder / bundle.name
        path.write_bytes(b"".join(bundle.pieces()))
    return path


@pytest.fixture
def bag(packed: Path, tmp_path: Path) -> Path:
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(tmp_path / "out")
    return tmp_path / "out" / TOP


def test_two_unpackers_find_the_same_names_and_another_library_the_checksums_right(bag, packed):
    python = zipfile.ZipFile(packed).namelist()
    unzip = subprocess.run(["unzip", "-Z1", packed], capture_output=True, check=True, env={"LC_ALL": "C.UTF-8"})

    assert packed.name == f"{TOP}.zip"
    assert unzip.stdout.decode().splitlines() == python
    assert bagit.Bag(str(bag)).is_valid()
    assert sorted(it.relative_to(bag).as_posix() for it in (bag / "data").rglob("*.*")) == [
        "data/佐证材料清单.xlsx",
        "data/县应急管理局/启动仪式/揭西应急管理局-启动仪式-2020-06-03-001.jpg",
        "data/情况说明.docx",
        "data/河婆街道/启动仪式/揭西河婆街道-启动仪式-2020-06-03-001.jpg",
        "data/缩略图.pdf",
    ]


def test_a_changed_file_is_found_by_its_checksum(bag):
    photo = next(bag.rglob("*.jpg"))
    photo.write_bytes(photo.read_bytes() + b"x")

    assert not bagit.Bag(str(bag)).is_valid()


def test_the_list_reads_back_equal_with_a_picture_in_each_row_and_no_formulas(bag):
    book = openpyxl.load_workbook(bag / "data" / "佐证材料清单.xlsx")
    listed, left_out = book.worksheets
    head, first, second = listed.iter_rows(values_only=True)

    assert head[:7] == ("序号", "缩略图", "文件", "类别", "单位", "活动", "地点")
    assert first[0] == 1
    assert first[4:9] == ("县应急管理局", "启动仪式", "@SUM(1)", "2020-06-03", "活动素材")
    assert second[12] == "=1+1.jpg"
    assert [first[14], second[14]] == [sha256_of(bag / "data" / row[2]) for row in (first, second)]
    assert {cell.data_type for row in listed.iter_rows() for cell in row} <= {"s", "n"}
    assert len(listed._images) == 2  # noqa: SLF001 - openpyxl shows them nowhere else
    assert [row[1:] for row in left_out.iter_rows(min_row=2, values_only=True)] == [
        ("坏.mp4", "河婆街道", None, "2020-06-04", "不合格：文件是空的（0 字节）")
    ]


def test_the_summary_counts_by_unit_and_tells_what_is_left_out(bag):
    document = Document(bag / "data" / "情况说明.docx")
    units, left_out = ([[cell.text for cell in row.cells] for row in table.rows] for table in document.tables)

    assert "共 2 件：视频 0 个，合计 0 分 00 秒；照片 2 张" in document.paragraphs[2].text
    assert units[1:] == [
        ["1", "县应急管理局", "0", "0 分 00 秒", "1", "启动仪式"],
        ["2", "河婆街道", "0", "0 分 00 秒", "1", "启动仪式"],
        ["", "合计", "0", "0 分 00 秒", "2", ""],
    ]
    assert left_out[1] == ["河婆街道", "坏.mp4", "不合格：文件是空的（0 字节）"]
    assert [one.text.split() for one in document.paragraphs[-2:]] == [["（单位盖章）"], ["年", "月", "日"]]


def test_the_contact_sheet_renders_with_its_names_and_pictures(bag):
    with pypdfium2.PdfDocument(bag / "data" / "缩略图.pdf") as document:
        page = document[0]
        text = page.get_textpage().get_text_range()
        kinds = [item.type for item in page.get_objects(max_depth=3)]
        width, height = page.get_size()

    assert len(text.split("揭西河婆街道")) == 2
    assert kinds.count(pypdfium2.raw.FPDF_PAGEOBJ_IMAGE) == 2
    assert (round(width), round(height)) == (595, 842)


def test_the_same_query_on_the_same_content_gives_the_same_bytes(period):
    packages, query = EvidencePackages(period), EvidenceQuery(unit="河婆", period="2020-06")
    first, again = packages.bundle(query), packages.bundle(query)
    whole = b"".join(first.pieces())

    assert b"".join(again.pieces()) == whole
    assert first.etag == again.etag
    assert len(whole) == first.size
    assert b"".join(again.pieces(first.size - 9000, first.size - 5)) == whole[-9000:-5]


def test_what_a_unit_attached_to_its_report_belongs_to_its_period(period, tmp_path):
    late = published(period, tmp_path, "补拍.jpg", date="2020-07-20")
    book = period.ledger.reports

    saved = book.save(
        ReportKey("河婆街道", "summary", "2020-07-10"), (0, 0), text="总结", counts={}, items=[late], author="x"
    )
    found = EvidencePackages(period).find(EvidenceQuery(period="2020-07-10"))
    book.submit(saved.id, saved.revision, ["summary"], "x")
    then = EvidencePackages(period).find(EvidenceQuery(period="2020-07-10"))

    assert late not in found.mains
    assert late in then.mains
    assert [(one.unit, one.state, one.text) for one in then.listed.reports][:3] == [
        ("县应急管理局", "未报", ""),
        ("县消防救援大队", "未报", ""),
        ("河婆街道", "已报送", "总结"),
    ]


def test_a_broken_download_goes_on_where_it_ended_and_custody_says_once_who_took_it(machine: Machine, tmp_path):
    path = tmp_path / "现场.jpg"
    Image.effect_noise((1920, 1080), 30).save(path)
    announced = machine.api.post("/api/submissions", json={"name": path.name, "unit": "上砂", "date": "2020-06-18"})
    machine.api.put(announced.json()["upload"], content=path.read_bytes())
    machine.ended(announced.json()["job"])

    with in_session(machine, "publicity") as browser:
        asked = {"unit": "shangsha", "period": "2020-06-18"}
        page = browser.get("/evidence", params=asked)
        whole = browser.get("/evidence/package.zip", params=asked)
        rest = browser.get(
            "/evidence/package.zip", params=asked, headers={"Range": "bytes=1000-", "If-Range": whole.headers["etag"]}
        )
        other = browser.get("/evidence/package.zip", params=asked, headers={"Range": "bytes=5-", "If-Range": '"x"'})
        last = browser.get("/evidence/package.zip", params=asked, headers={"Range": "bytes=-10"})
        beyond = browser.get("/evidence/package.zip", params=asked, headers={"Range": f"bytes={len(whole.content)}-"})
        wrong = browser.get("/evidence", params={"period": "上个月"})
        empty = browser.get("/evidence/package.zip", params={"period": "2021-01"})

    assert "揭西上砂镇-安全主播走一线-2020-06-18-001.jpg" in page.text
    assert whole.status_code == 200
    assert whole.headers["content-length"] == str(len(whole.content))
    assert (rest.status_code, rest.content) == (206, whole.content[1000:])
    assert rest.headers["content-range"] == f"bytes 1000-{len(whole.content) - 1}/{len(whole.content)}"
    assert (other.status_code, len(other.content)) == (200, len(whole.content))
    assert last.content == whole.content[-10:]
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{len(whole.content)}")
    assert (wrong.status_code, empty.status_code) == (422, 422)
    assert zipfile.ZipFile(io.BytesIO(whole.content)).testzip() is None


def test_the_command_writes_the_same_package_and_tells_what_is_in_it(machine: Machine, tmp_path):
    done = machine.footage("package", "--unit", "上砂", "--period", "2020-06-18", "-o", tmp_path, "--json")
    listed = machine.footage("package", "--unit", "上砂", "--period", "2020-06-18", "--dry-run")
    nothing = machine.footage("package")
    strange = machine.footage("package", "--unit", "不知道", "--dry-run")

    told = json.loads(done.out)
    assert done.status == 0, done.err
    assert [one["number"] for one in told["items"]] == [1]
    with zipfile.ZipFile(told["path"]) as archive:
        assert archive.testzip() is None
        assert any(name.endswith(told["items"][0]["path"]) for name in archive.namelist())
    assert "共 1 件。没有写文件（--dry-run）。" in listed.out
    assert (nothing.status, strange.status) == (2, 2)
    assert [it.name for it in tmp_path.iterdir()] == [Path(told["path"]).name]


def test_a_period_holds_what_happened_in_it_and_without_a_day_what_was_received(period, tmp_path):
    today = datetime.now(period.campaign.zone).date()
    unknown = published(period, tmp_path, "不知道哪天.jpg", date="")

    found = EvidencePackages(period).find(EvidenceQuery(period=f"{today}..{today}"))
    beyond = EvidenceQuery(period="9999-12")

    assert [*found.mains] == [unknown]  # the others were received today, but show another day
    with pytest.raises(WrongUse):
        EvidencePackages(period).find(beyond)
