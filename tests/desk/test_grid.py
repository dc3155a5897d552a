"""The grid: what is found, in which order, in stacks, and by searches that were saved."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

import pytest

from storage.records import RecordedFinding
from tests.desk.conftest import PAGE, Desk


def test_an_order_holds_over_pages(desk: Desk):
    for name in ("丙.mp4", "甲.mp4", "乙.mp4"):
        desk.submit(name)

    first = desk.client.get("/?sort=name&limit=2", headers=PAGE).text
    (address,) = re.findall(r'rel="next"[^>]*href="([^"]+)"', first)

    assert desk.cards("/?sort=name&limit=2") == sorted(["丙.mp4", "甲.mp4", "乙.mp4"])[:2]
    assert desk.cards(address.replace("&amp;", "&")) == sorted(["丙.mp4", "甲.mp4", "乙.mp4"])[2:]


def burst(desk: Desk, unit: str) -> None:
    sharp, soft = (desk.submit(f"{name}.jpg", unit=unit, state="published") for name in ("sharp", "soft"))
    desk.ledger.bursts.join({sharp.id: 90.0, soft.id: 40.0})


def test_photos_that_look_the_same_are_one_card_until_something_is_looked_for(desk: Desk):
    burst(desk, "棉湖镇")
    shown = desk.client.get("/?unit=棉湖镇", headers=PAGE).text

    assert desk.cards("/?unit=棉湖镇") == ["sharp.jpg"]
    (stack,) = re.findall(r'href="([^"]+)">相似照片共 2 张', shown)
    assert sorted(desk.cards(stack)) == ["sharp.jpg", "soft.jpg"]
    assert desk.cards("/?q=soft") == ["soft.jpg"]


def test_a_unit_sees_all_of_its_own_and_none_of_anothers_burst(desk: Desk):
    burst(desk, "棉湖镇")

    assert desk.cards("/", desk.holding(["read"], "棉湖镇")) == ["sharp.jpg"]
    assert desk.cards("/", desk.holding(["read"], "河婆街道")) == []


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("finding=hum", ["响.mp4"]),
        ("lane=bulk", ["响.mp4"]),
        ("pair=p1", ["静.mp4"]),
        ("received_since=2020-01-01", ["静.mp4", "响.mp4"]),
        ("received_until=2020-01-01", []),
        ("finding=&lane=&pair=&received_since=&received_until=", ["静.mp4", "响.mp4"]),
    ],
)
def test_each_criterion_of_the_form_holds(desk: Desk, asked, found):
    job = desk.submit("响.mp4", lane="bulk")
    desk.ledger.cancel(job.id)
    desk.ledger.move(job.id, ["cancelled"], state="rejected", findings=[RecordedFinding("hum", "warning", text="嗡")])
    desk.submit("静.mp4", pair="p1", side="before")

    assert desk.cards(f"/?{asked}") == found


def test_the_findings_to_choose_from_are_those_that_there_are(desk: Desk):
    job = desk.submit("响.mp4")
    desk.ledger.cancel(job.id)
    desk.ledger.move(job.id, ["cancelled"], state="rejected", findings=[RecordedFinding("hum", "warning", text="嗡")])

    shown = desk.client.get("/choices", headers=PAGE).text
    (options,) = re.findall(r'<select name="finding">(.*?)</select>', shown, re.DOTALL)

    assert re.findall(r'value="(.*?)">(.*?)</option>', options) == [("", "全部"), ("hum", "嗡声（1）")]


def test_a_search_is_saved_found_again_and_removed(desk: Desk):
    desk.submit("演练.mp4", unit="棉湖镇")
    desk.submit("巡查.mp4", unit="河婆街道")

    saved = desk.client.post("/searches", data={"name": "棉湖的", "query": "unit=%E6%A3%89%E6%B9%96%E9%95%87"})
    assert re.findall(r"<bdi>(.*?)</bdi>", saved.text) == ["演练.mp4"]
    page = desk.client.get("/", headers=PAGE).text
    ((address, remove),) = re.findall(r'<a href="([^"]+)">棉湖的</a><form method="post" action="([^"]+)"', page)

    assert desk.cards(address) == ["演练.mp4"]
    desk.client.post(remove)
    assert "棉湖的" not in desk.client.get("/", headers=PAGE).text


def test_a_search_is_seen_by_the_one_who_saved_it_alone(desk: Desk):
    desk.client.post("/searches", data={"name": "我的", "query": "q=a"})

    assert "我的" not in desk.holding(["read"]).get("/", headers=PAGE).text


def test_a_search_without_a_name_is_told(desk: Desk):
    answer = desk.client.post("/searches", data={"name": " ", "query": "q=a"})

    assert (answer.status_code, answer.json()["detail"]) == (422, "请给这次查找起个名字。")


@pytest.mark.parametrize("asked", ["received_until=9999-12-31", "received_since=0001-01-01", "burst=%00", "q=%00"])
def test_odd_criteria_break_nothing(desk: Desk, asked):
    desk.submit("演练.mp4")

    assert desk.cards(f"/?{asked}") == ["演练.mp4"]


def test_an_item_is_found_by_the_names_of_its_activity_and_programme(desk):
    desk.submit("a.mp4", activity="yanlian", unit="龙潭镇")
    desk.submit("b.mp4", programme="nanyue", unit="龙潭镇")
    drill, programme = desk.context.campaign.activities["yanlian"].name, desk.context.campaign.programmes["nanyue"].name

    assert desk.cards(f"/?q={drill}") == ["a.mp4"]
    assert desk.cards(f"/?q={drill}+龙潭") == ["a.mp4"]
    assert desk.cards(f"/?q={programme}") == ["b.mp4"]
    assert desk.cards(f"/?q={drill}+棉湖") == []


@pytest.mark.parametrize(
    ("came", "back"),
    [
        ("http://testserver/?unit=龙潭镇&limit=2", "/?unit=龙潭镇&amp;limit=2"),
        ("http://testserver/", "/"),
        ("http://testserver/send?q=1", "/"),
        ("http://elsewhere/?q=1", "/"),
        ("http://[", "/"),
        ("", "/"),
    ],
)
def test_the_way_back_from_an_item_is_the_list_that_led_to_it(desk, came, back):
    job = desk.submit("洪水.mp4")

    page = desk.client.get(f"/items/{job.id}", headers={**PAGE, "Referer": quote(came, safe=":/?=&")})

    assert f'<a href="{back}" id="back">← 素材</a>' in unquote(page.text)
