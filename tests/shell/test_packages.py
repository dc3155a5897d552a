"""What was chosen comes as one zip with a list, to who chose it and, while it holds, to the holder of a link."""

from __future__ import annotations

import hashlib
import html
import io
import re
import shutil
import subprocess
import zipfile
from xml.etree import ElementTree

import httpx
import pytest
from PIL import Image

from storage.ledger import Ledger
from tests.shell.test_people import in_session, signed_in
from tests.up import Machine

HERE = {"Sec-Fetch-Site": "same-origin"}
NAMES = ("巡查<一>.jpg", "巡查<一>.jpg", "=1+1|隐患.jpg")


@pytest.fixture(scope="module")
def photos(machine: Machine, tmp_path_factory: pytest.TempPathFactory) -> list[dict]:
    """Three published photos, two of the same name, and names that Windows and Excel would trip over."""
    folder, sent = tmp_path_factory.mktemp("packages"), []
    for number, name in enumerate(NAMES):
        path = folder / "photo.jpg"
        Image.new("RGB", (2000, 1500), (200, 60 * number, 40)).save(path)
        announced = machine.api.post("/api/submissions", json={"name": name, "unit": "上砂", "date": "2020-06-16"})
        machine.api.put(announced.json()["upload"], content=path.read_bytes())
        sent.append(machine.ended(announced.json()["job"]))
    return sent


@pytest.fixture(scope="module")
def editor(machine: Machine):
    with signed_in(machine, "何编辑", "publicity") as browser:
        browser.headers.update(HERE)
        yield browser


def packed(client: httpx.Client, **asked) -> httpx.Response:
    made = client.post("/packages", data=asked)
    assert made.status_code == 303, made.text
    return client.get(made.headers["location"])


def photo_of(sent: dict) -> dict:
    return next(output for output in sent["outputs"] if output["role"] == "photo")


def test_the_zip_holds_what_was_published_under_names_that_every_system_takes(photos, editor, tmp_path):
    answer = packed(editor, item=[sent["job"] for sent in photos], preset="photos")

    expected = {
        "2020-06-16-上砂镇-巡查_一_-照片.jpg": photo_of(photos[0])["sha256"],
        "2020-06-16-上砂镇-巡查_一_-照片(2).jpg": photo_of(photos[1])["sha256"],
        "2020-06-16-上砂镇-=1+1_隐患-照片.jpg": photo_of(photos[2])["sha256"],
    }
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert archive.testzip() is None
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert {name: hashlib.sha256(archive.read(name)).hexdigest() for name in expected} == expected
    extra = {"清单.xlsx", "缩略图.html", "缩略图/0001.jpg", "缩略图/0002.jpg", "缩略图/0003.jpg"}
    assert set(archive.namelist()) == {*expected, *extra}
    (tmp_path / "package.zip").write_bytes(answer.content)
    for tool in (["unzip", "-Z1"], [shutil.which("7z") or "7zz", "l", "-slt", "-ba"]):
        if shutil.which(tool[0]):  # other readers see the same names
            listed = subprocess.run([*tool, "package.zip"], cwd=tmp_path, capture_output=True, text=True).stdout
            assert all(name in listed for name in expected), tool


def test_the_list_names_each_file_as_text(photos, editor):
    answer = packed(editor, item=photos[2]["job"], preset="photos")
    archive = zipfile.ZipFile(io.BytesIO(answer.content))

    book = zipfile.ZipFile(io.BytesIO(archive.read("清单.xlsx")))
    cells = ["".join(cell.itertext()) for cell in ElementTree.fromstring(book.read("xl/sharedStrings.xml"))]
    assert "=1+1|隐患.jpg" in cells
    assert photo_of(photos[2])["sha256"] in cells
    assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")
    sheet = archive.read("缩略图.html").decode()
    assert html.escape("=1+1|隐患.jpg") in sheet
    assert re.findall('src="(.*?)"', sheet) == ["缩略图/0001.jpg"]


def test_all_of_a_search_is_packed(photos, editor):
    archive = zipfile.ZipFile(io.BytesIO(packed(editor, query="unit=上砂&q=巡查", preset="photos").content))

    assert sum(name.endswith(("照片.jpg", ").jpg")) for name in archive.namelist()) == 2


def test_every_download_is_in_the_chain_of_custody(machine, photos, editor):
    packed(editor, item=photos[0]["job"], preset="all")
    editor.get(photo_of(photos[0])["url"], params={"download": "1"})
    editor.get(photo_of(photos[0])["url"])  # to look at it is not to take it away

    ledger = Ledger(f"sqlite:///{machine.footage.home / 'ledger.sqlite'}")
    chain = ledger.custody.chain(photos[0]["original"]["sha256"])
    (account,) = [one.id for one in ledger.accounts.all() if one.name == "何编辑"]
    ledger.close()
    said = [event.detail for event in chain if event.kind == "downloaded"][-2:]
    assert said == [{"by": account, "preset": "all"}, {"by": account, "name": "photo.jpg"}]


def test_a_link_opens_its_items_to_a_stranger_until_it_is_revoked(machine, photos, editor):
    page = editor.post("/packages", data={"item": photos[0]["job"], "preset": "photos", "action": "link", "days": "1"})
    address = re.search('id="made" readonly value="(.*?)"', page.text)[1]
    package = re.search("/links/(\\w+)/revoke", page.text)[1]

    with machine.asking() as stranger:
        stranger.headers["Accept"] = "text/html"
        shown = stranger.get(address)
        whole = zipfile.ZipFile(io.BytesIO(stranger.get(f"{address}/zip").content))
        own = f"{address}/{photos[0]['job']}/photo.jpg"
        single = stranger.get(own).content
        others = (f"{photos[1]['job']}/photo.jpg", f"{photos[0]['job']}/thumbnail-320.jpg", "0/x")
        beyond = [stranger.get(f"{address}/{other}").status_code for other in others]
        closed = [stranger.get(path).status_code for path in ("/", f"/items/{photos[0]['job']}", "/links")]
        editor.post(f"/links/{package}/revoke")
        after = [
            stranger.get(f"{address}{part}").status_code for part in ("", "/zip", f"/{photos[0]['job']}/photo.jpg")
        ]

    assert "巡查_一_-照片.jpg" in shown.text
    assert "2020-06-16-上砂镇-巡查_一_-照片.jpg" in whole.namelist()
    assert hashlib.sha256(single).hexdigest() == photo_of(photos[0])["sha256"]
    assert beyond == [404, 404, 404]
    assert closed == [401, 401, 401]
    assert after == [404, 404, 404]


def test_a_package_is_its_makers_and_a_wrong_wish_is_told(machine, photos, editor):
    made = editor.post("/packages", data={"item": photos[0]["job"]})
    with in_session(machine, "publicity") as other:
        assert other.get(made.headers["location"]).status_code == 404

    wishes = [{}, {"item": photos[0]["job"], "preset": "x"}, {"query": "color=red"}]
    answers = [editor.post("/packages", data=wish) for wish in wishes]
    assert [answer.status_code for answer in answers] == [422, 422, 422]
