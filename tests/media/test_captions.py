"""Captions as they are drawn: every template of the campaign, with the longest name a unit could have."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines.domain.planning.cards import lay_out
from pipelines.tools.captions.drawing import Lettering
from pipelines.tools.captions.fonts import font_file
from tests.media import measures
from tests.running import Footage
from tests.unit.facts import jiexi

UNIT = "揭西县应急管理局安全生产综合行政执法大队危险化学品与烟花爆竹监督管理股（驻五经富镇工业园区联合检查组）"
WORDS = {
    "programme": "安全主播走一线",
    "unit": UNIT,
    "place": "五经富镇第二工业园区广东某某新型环保包装材料科技有限公司三号车间",
    "date": "2020年6月16日",
    "theme": "消除事故隐患，筑牢安全防线",
}
SHOWN = [(channel, name) for channel, profile in jiexi().channels.items() for name in profile.captions]


@pytest.fixture(scope="module")
def lettering() -> Lettering:
    return Lettering(font_file().read_bytes())


@pytest.mark.parametrize(("channel", "name"), SHOWN)
def test_a_template_holds_the_longest_name_inside_the_safe_area(lettering, channel, name):
    profile = jiexi().channels[channel]
    frame = (profile.width, profile.height)

    card = lay_out(jiexi().captions[name], WORDS, frame, profile.safe, lettering.wide)
    assert card is not None
    drawn = np.asarray(lettering.drawn(card))

    assert card.whole
    assert drawn.shape == (profile.height, profile.width, 4)
    written = np.abs(drawn[:, :, :3].astype(int) - drawn[card.plate.top + 2, card.plate.right - 3, :3]).max(axis=2) > 90
    rows, columns = np.nonzero(written)
    assert columns.min() >= round(profile.width * profile.safe.left)
    assert columns.max() < round(profile.width * (1 - profile.safe.right))
    assert rows.min() >= round(profile.height * profile.safe.top)
    assert rows.max() < round(profile.height * (1 - profile.safe.bottom))
    for row in card.written:  # each row's ink lies in the row: no letter is cut off, none is an empty box
        ink = written[
            row.y : row.y + round(row.size * 1.36),
            row.x : row.x + round(lettering.wide(row.text, row.size, row.weight)),
        ]
        assert 0.08 < ink.mean() < 0.6
        assert row.size >= 0.02 * min(frame)


def test_the_font_has_every_letter_of_the_campaign(lettering):
    letters = sorted(set("".join(jiexi().units.values()) + "".join(WORDS.values())))
    missing = lettering.font(40, 400).getmask("\U0010ffff").getbbox()

    boxes = [lettering.font(40, 400).getmask(letter) for letter in letters]

    assert all(box.getbbox() for box in boxes)
    assert missing is None or sum(box.getbbox() == missing for box in boxes) < len(letters) / 10


def test_a_weight_is_a_weight(lettering):
    light, heavy = (np.asarray(lettering.font(80, weight).getmask("安")).mean() for weight in (200, 900))

    assert heavy > 1.5 * light


def test_every_template_can_be_looked_at_with_one_command(tmp_path):
    footage = Footage(tmp_path / "home")

    done = footage("captions", "--unit", UNIT, "--place", WORDS["place"], "--out", tmp_path / "out", "--json")

    assert done.status == 0, done.err
    assert [(it["channel"], it["template"], it["whole"]) for it in done.objects] == [(*shown, True) for shown in SHOWN]
    for shown in done.objects:
        profile = jiexi().channels[shown["channel"]]
        assert measures.pixels(shown["path"]).shape == (profile.height, profile.width, 3)
