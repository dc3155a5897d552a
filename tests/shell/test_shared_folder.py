"""What units put into a shared folder is imported once it lies still; a wrong list says what to write, beside it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image

from storage.ledger import Ledger
from tests.running import Footage


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    folder = tmp_path / "共享"
    for unit in ("龙潭镇", "随便放", "棉湖"):
        (folder / unit).mkdir(parents=True)
    return folder


def photo(path: Path, shade: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (1920, 1080), (shade, 90, 60)).save(path)
    return path


def jobs(footage: Footage) -> list[tuple[str, str, str]]:
    with closing(Ledger(f"sqlite:///{footage.home / 'ledger.sqlite'}")) as ledger:
        return sorted((job.name, job.unit, job.date) for job in ledger.find())


def test_a_units_folder_is_imported_and_emptied_and_what_is_no_units_is_left(footage, shared):
    photo(shared / "龙潭镇" / "一.jpg", 1)
    photo(shared / "龙潭镇" / "现场" / "二.jpg", 2)
    photo(shared / "随便放" / "三.jpg", 3)

    first = footage("watch", shared, "--once")
    photo(shared / "龙潭镇" / "一.jpg", 4)
    again = footage("watch", shared, "--once")

    assert (first.status, again.status) == (0, 0), first.err
    assert jobs(footage) == [("一.jpg", "龙潭镇", ""), ("一.jpg", "龙潭镇", ""), ("二.jpg", "龙潭镇", "")]
    done = sorted(path.relative_to(shared).as_posix() for path in shared.rglob("*.jpg"))
    assert done == ["已导入/龙潭镇/一(2).jpg", "已导入/龙潭镇/一.jpg", "已导入/龙潭镇/现场/二.jpg", "随便放/三.jpg"]


def test_a_list_is_taken_whole_and_a_wrong_one_is_answered_beside_it(footage, shared):
    place = shared / "随便放"
    photo(place / "a.jpg", 5)
    photo(place / "b.jpg", 6)
    (place / "清单.csv").write_text("文件名,单位,日期\na.jpg,龙谭镇,2020-06-16\nb.jpg,棉湖镇,\n", encoding="utf-8")

    footage("watch", shared, "--once")
    told = (place / "清单有误.txt").read_text(encoding="utf-8-sig")
    none = jobs(footage)
    (place / "清单.csv").write_text("文件名,单位,日期\na.jpg,龙潭镇,2020-06-16\nb.jpg,棉湖镇,\n", encoding="utf-8")
    footage("watch", shared, "--once")

    assert "第 2 行“单位”：“龙谭镇”：活动里没有这个单位，是不是“龙潭镇”。" in told
    assert none == []
    assert jobs(footage) == [("a.jpg", "龙潭镇", "2020-06-16"), ("b.jpg", "棉湖镇", "")]
    assert not (place / "清单有误.txt").exists()
    assert sorted(path.name for path in (shared / "已导入" / "随便放").iterdir()) == ["a.jpg", "b.jpg", "清单.csv"]


def test_a_file_that_is_still_being_copied_waits(footage, shared, monkeypatch):
    from worker.app import open_house
    from worker.cli.shared_folder import SharedFolder
    from worker.settings import Settings

    photo(shared / "龙潭镇" / "一.jpg", 7)
    house = open_house(Settings(home=footage.home, campaign=dict(footage.more)["FOOTAGE_CAMPAIGN"], reserve_bytes=0))
    watched = SharedFolder(house.service, shared)
    watched.look()
    watched.take(still=60)
    waiting = jobs(footage)
    watched.take(still=0)
    house.service.close()

    assert waiting == []
    assert jobs(footage) == [("一.jpg", "龙潭镇", "")]
