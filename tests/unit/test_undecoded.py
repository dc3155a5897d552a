from __future__ import annotations

import numpy as np
import pytest

from pipelines.tools.damage.undecoded import is_undecoded

SEEN = np.random.default_rng(3).integers(0, 255, (36, 64, 3), np.uint8)


@pytest.mark.parametrize("green", [77, 135])
def test_a_part_without_luma_and_colour_was_never_decoded(green: int) -> None:
    frame = SEEN.copy()
    frame[30:] = (0, green, 0)

    assert is_undecoded(frame)


@pytest.mark.parametrize("colour", [(0, 128, 0), (0, 255, 0), (0, 0, 0), (3, 135, 2)])
def test_other_greens_and_black_are_pictures(colour: tuple[int, int, int]) -> None:
    frame = SEEN.copy()
    frame[10:] = colour

    assert not is_undecoded(frame)


def test_a_few_pixels_are_no_part() -> None:
    frame = SEEN.copy()
    frame[0] = (0, 135, 0)

    assert not is_undecoded(frame)
