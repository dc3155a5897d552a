"""Which pictures of a publication are read for the words in them."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from pipelines.domain.planning.lettering import pictures_read, pictures_to_read
from pipelines.domain.planning.photo import plan_photo
from pipelines.domain.planning.video import plan_video
from tests.unit.facts import image, jiexi, video

STILLS = (Fraction(1), Fraction(4), Fraction(9), Fraction(12))


@pytest.mark.parametrize(("seconds", "read"), [(1, 1), (8, 1), (16, 2), (31, 3), (32, 4), (3600, 4)])
def test_a_short_film_has_fewer_stills_read(seconds, read):
    assert pictures_read(Fraction(seconds), stills=4) == read


@pytest.mark.parametrize(
    ("words", "numbers"), [(0, []), (1, [4]), (2, [2, 4]), (3, [2, 3, 4]), (4, [1, 2, 3, 4]), (9, [1, 2, 3, 4])]
)
def test_the_stills_that_are_read_are_spread_over_the_film(words, numbers):
    campaign = jiexi()
    plan = plan_video(video(), campaign.video_profile("zhubo"), campaign.programmes["zhubo"], ())

    read = pictures_to_read(replace(plan, words=words), STILLS)

    assert read == tuple((f"still-{number}.jpg", STILLS[number - 1]) for number in numbers)


@pytest.mark.parametrize(("words", "read"), [(0, ()), (1, (("photo.jpg", None),))])
def test_a_photo_is_read_itself(words, read):
    plan = plan_photo(image(), jiexi().photo_profile("zhubo"), ())

    assert pictures_to_read(replace(plan, words=words), ()) == read
