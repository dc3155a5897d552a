"""Names in a package can be told apart and unpacked anywhere."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from pipelines.domain.package_names import named, safe, unique


@pytest.mark.parametrize(
    ("role", "output", "expected"),
    [
        ("master", "master.mp4", "2020-06-16-棉湖镇-消防演练-成片.mp4"),
        ("clip", "clip-12.mp4", "2020-06-16-棉湖镇-消防演练-片段12.mp4"),
        ("still", "still-3.jpg", "2020-06-16-棉湖镇-消防演练-剧照3.jpg"),
    ],
)
def test_a_name_says_when_who_what(role, output, expected):
    assert named("2020-06-16", "棉湖镇", "消防演练.mov", role, output) == expected


def test_what_is_not_known_is_left_out():
    assert named("", "", "IMG_1.HEIC", "photo", "photo.jpg") == "IMG_1-照片.jpg"


@pytest.mark.parametrize(
    ("name", "expected"),
    [("a/b\\c:d", "a_b_c_d"), ("con", "_con"), ("COM1.x", "_COM1.x"), (" . ", "_"), ("a\u202egpj", "a\ufffdgpj")],
)
def test_what_a_file_system_refuses_is_replaced(name, expected):
    assert safe(name, ".jpg") == f"{expected}.jpg"


@given(st.text(max_size=300))
def test_a_name_is_never_longer_than_180_bytes_and_never_empty(name):
    made = safe(name, ".mp4")

    assert len(made.encode()) <= 180
    assert made.endswith(".mp4")
    assert len(made) > 4
    assert not set('<>:"/\\|?*') & set(made)


@given(st.lists(st.sampled_from(["a.jpg", "A.jpg", "a(2).jpg", "名" * 58 + ".jpg"]), max_size=12))
def test_names_are_unique_even_where_capitals_are_none(names):
    made = [*unique(names)]

    assert len({name.casefold() for name in made}) == len(names)
    assert all(len(name.encode()) <= 185 for name in made)
