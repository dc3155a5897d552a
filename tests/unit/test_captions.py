"""What is written on a picture: filled in, wrapped, shrunk, and inside the safe area. Letters are square here."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, strategies as st
from pydantic import ValidationError

from pipelines.domain.captions import CaptionTemplate, Line, filled
from pipelines.domain.model import Submission
from pipelines.domain.planning.cards import lay_out
from pipelines.domain.planning.derivation import caption_words, said_words
from pipelines.domain.planning.edit_requests import EditRequest
from pipelines.domain.planning.wrapping import wrapped
from pipelines.domain.profiles import Margins
from tests.unit.facts import jiexi, quick

FRAME = (1920, 1080)
SAFE = Margins(left=0.05, top=0.05, right=0.05, bottom=0.05)
WORDS = {"programme": "安全主播走一线", "unit": "河婆街道", "place": "振兴五金厂", "date": "2020年6月16日"}


def wide(text: str, size: int, weight: int = 500) -> float:
    return float(sum(size if ord(letter) > 255 else size / 2 for letter in text))


def template(*lines: str, **changes: object) -> CaptionTemplate:
    plain = {"name": "试", "place": "lower", "align": "left", "plate": "#000000", "smallest": 0.5, "most_lines": 2}
    return CaptionTemplate.model_validate(
        {**plain, "lines": tuple({"text": line, "size": 0.05} for line in lines), **changes}
    )


def rows(made: CaptionTemplate, words: dict[str, str], frame: tuple[int, int] = FRAME) -> list[tuple[str, int]]:
    card = lay_out(made, words, frame, SAFE, wide)
    return [(row.text, row.size) for row in card.written] if card else []


def test_words_stand_where_the_template_has_them():
    assert filled("{programme} · {unit} · {place}", WORDS) == "安全主播走一线 · 河婆街道 · 振兴五金厂"


def test_what_is_not_known_falls_out_with_its_separator():
    assert filled("{programme} · {unit} · {place}", WORDS | {"unit": ""}) == "安全主播走一线 · 振兴五金厂"
    assert filled("{unit} · {date}", {}) == ""


def test_a_name_is_data_and_not_a_template():
    assert filled("{unit}", {"unit": "{place} · {date}", "place": "厂"}) == "{place} · {date}"


def test_a_template_with_an_unknown_word_is_told():
    with pytest.raises(ValidationError, match="unknown word 'who'"):
        Line(text="{who}", size=0.05)


def test_a_card_without_words_is_none():
    assert lay_out(template("{unit}"), {}, FRAME, SAFE, wide) is None


def test_what_fits_keeps_its_size():
    assert rows(template("{unit}"), WORDS) == [("河婆街道", 54)]


def test_a_little_too_long_shrinks_rather_than_wraps():
    (row,) = rows(template("{unit}"), {"unit": "厂" * 34})

    assert row == ("厂" * 34, 48)


def test_much_too_long_wraps_into_rows_of_one_length_at_full_size():
    assert rows(template("{unit}"), {"unit": "厂" * 50}) == [("厂" * 25, 54), ("厂" * 25, 54)]


def test_longer_still_wraps_and_shrinks():
    made = rows(template("{unit}"), {"unit": "厂" * 90})

    assert [text for text, _ in made] == ["厂" * 45, "厂" * 45]
    assert 27 <= made[0][1] < 54


def test_what_does_not_fit_at_its_smallest_loses_its_end_and_says_so():
    card = lay_out(template("{unit}"), {"unit": "厂" * 200}, FRAME, SAFE, wide)

    assert card is not None
    assert not card.whole
    assert [row.size for row in card.written] == [27, 27]
    assert card.written[-1].text.endswith("厂…")


def test_a_unit_that_ends_in_an_ellipsis_is_whole():
    card = lay_out(template("{unit}"), {"unit": "等等…"}, FRAME, SAFE, wide)

    assert card is not None
    assert card.whole


def test_rows_break_neither_within_a_number_nor_before_a_comma_nor_after_a_bracket():
    found = wrapped("五经富镇（A12-3456号）车间，值班", 100, lambda text: wide(text, 10))

    assert found == ["五经富镇（A12-3456", "号）车间，值班"]


def test_a_row_neither_begins_nor_ends_with_a_separator():
    assert wrapped("一二三四 · 五六七八", 50, lambda text: wide(text, 10)) == ["一二三四", "五六七八"]


def test_a_word_longer_than_a_row_is_torn_apart():
    assert wrapped("ABCDEFGHIJKL", 30, lambda text: wide(text, 10)) == ["ABCDEF", "GHIJKL"]


texts = st.text(st.sampled_from("安全生产厂 ，。（）·AB12"), min_size=1, max_size=120)


@quick
@given(unit=texts, place=texts, frame=st.sampled_from([(1920, 1080), (1080, 1920), (1280, 720)]))
def test_nothing_is_written_outside_the_safe_area_or_over_another_row(unit, place, frame):
    for made in jiexi().captions.values():
        card = lay_out(made, WORDS | {"unit": unit, "place": place, "theme": "主题"}, frame, SAFE, wide)

        assert card is not None
        for row in card.written:
            assert frame[0] * 0.05 - 1 <= row.x
            assert row.x + wide(row.text, row.size) <= frame[0] * 0.95 + 1
            assert frame[1] * 0.05 - 1 <= row.y
        tops = [row.y for row in card.written]
        assert all(above.y + above.size <= below for above, below in zip(card.written, tops[1:], strict=False))


@quick
@given(text=texts, width=st.integers(40, 400))
def test_wrapping_loses_nothing_but_separators_and_spaces(text, width):
    found = "".join(wrapped(text, width, lambda part: wide(part, 10)))

    assert bare(found) == bare(text)


def bare(text: str) -> str:
    return text.replace(" ", "").replace("·", "")


def test_a_full_card_covers_the_frame_and_a_lower_one_stands_on_the_margin():
    full = lay_out(template("{unit}", place="full"), WORDS, FRAME, SAFE, wide)
    lower = lay_out(template("{unit}", accent="#ffffff"), WORDS, FRAME, SAFE, wide)

    assert full is not None
    assert lower is not None
    assert (full.plate.left, full.plate.top, full.plate.right, full.plate.bottom) == (0, 0, 1920, 1080)
    assert (lower.plate.left, lower.plate.bottom) == (96, 1026)
    assert lower.accent is not None
    assert lower.accent.left == 96


def test_captions_call_things_as_the_campaign_does():
    said = Submission("a.mp4", "zhubo", unit="hepo", activity="zixunri", place="厂\u202e区")

    words = caption_words(jiexi(), said)

    assert (words["programme"], words["unit"], words["activity"]) == ("安全主播走一线", "河婆街道", "安全宣传咨询日")
    assert words["place"] == "厂\ufffd区"
    assert words["date"] == ""
    assert caption_words(jiexi(), replace(said, unit="某厂"))["unit"] == "某厂"


def test_an_editors_words_stand_in_place_of_the_submissions():
    said = said_words(EditRequest(captions=(("place", "五号\u202e罐区"), ("date", "六月十六日"))))

    assert said == {"place": "五号\ufffd罐区", "date": "六月十六日"}


def test_a_word_that_fits_a_row_is_not_torn_to_make_rows_even():
    wide_enough = wide("InternationalSafetyTraining", 10) + 5

    found = wrapped("安全 InternationalSafetyTraining", round(wide_enough), lambda text: wide(text, 10))

    assert found == ["安全", "InternationalSafetyTraining"]
