"""A job is found by the words of its name, its place and its findings, two characters of them, on either database."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, create_engine, text

from storage.ledger import Ledger
from storage.records import RecordedFinding
from tests.contract.helpers import names, submit

DARK = RecordedFinding("underexposed", "warning", text="照片太暗（平均亮度 8%），如有条件请补光重拍。")


def found(ledger: Ledger, words: str) -> list[str]:
    return names(ledger.find(words=words))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("棉湖", ["咨询日.mov", "IMG_0042.jpg"]),  # newest first
        ("棉湖镇", ["咨询日.mov"]),
        ("湖", ["咨询日.mov", "IMG_0042.jpg"]),
        ("镇", ["咨询日.mov"]),
        ("img 42", ["IMG_0042.jpg"]),
        ("ＩＭＧ", ["IMG_0042.jpg"]),  # full width
        ("湖棉", []),
        ("咨询 棉湖", ["咨询日.mov"]),
        ("咨询 电影", []),
        ("%", ["咨询日.mov", "IMG_0042.jpg"]),  # no word: everything
        ("", ["咨询日.mov", "IMG_0042.jpg"]),
    ],
)
def test_all_words_of_a_query_are_found_in_any_field(ledger, words, expected):
    submit(ledger, name="IMG_0042.jpg", place="棉湖车站")
    submit(ledger, name="咨询日.mov", unit="棉湖镇", activity="xuanjiang")

    assert found(ledger, words) == expected


def test_what_is_found_of_a_film_is_found_once_its_job_has_ended(ledger):
    job = submit(ledger, name="巡查.jpg")
    before = found(ledger, "太暗")

    ledger.cancel(job.id, findings=[])
    ended = ledger.move(job.id, ["cancelled"], state="rejected", findings=[DARK])

    assert before == []
    assert ended is not None
    assert found(ledger, "太暗 补光") == ["巡查.jpg"]


def test_a_word_that_a_job_no_longer_has_does_not_find_it(ledger):
    job = submit(ledger, name="巡查.jpg")
    ledger.cancel(job.id)
    ledger.move(job.id, ["cancelled"], state="rejected", findings=[DARK])

    ledger.move(job.id, ["rejected"], state="published", findings=[])

    assert found(ledger, "太暗") == []


def test_pages_go_on_where_the_last_one_ended_and_miss_nothing(ledger):
    for number in range(7):
        submit(ledger, name=f"{number}.mp4")
    whole = ledger.find()

    pages, last = [], ""
    while page := ledger.find(before=last, limit=3):
        pages.append(page)
        last = page[-1].id

    assert [job for page in pages for job in page] == whole
    assert [len(page) for page in pages] == [3, 3, 1]


def test_a_page_behind_a_job_that_is_unknown_begins_at_the_newest(ledger):
    submit(ledger, name="a.mp4")

    assert names(ledger.find(before="nobody")) == ["a.mp4"]


def test_the_words_of_an_older_ledger_are_indexed_when_it_is_opened(new_url):
    old = Ledger(new_url)
    submit(old, name="棉湖镇.mp4")
    old.close()
    engine: Engine = create_engine(new_url)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE terms"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0002'"))
    engine.dispose()

    again = Ledger(new_url)

    assert found(again, "湖镇") == ["棉湖镇.mp4"]
    again.close()
