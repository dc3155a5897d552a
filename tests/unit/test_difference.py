from __future__ import annotations

import numpy as np
import pytest

from bench.difference import delta_e, lab

# Sharma, Wu and Dalal 2005, table 1: pairs 1, 4, 7, 13, 17, 20, 25, 34.
PUBLISHED = [
    ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
    ((50.0, -1.3802, -84.2814), (50.0, 0.0, -82.7485), 1.0000),
    ((50.0, 0.0, 0.0), (50.0, -1.0, 2.0), 2.3669),
    ((50.0, -0.001, 2.49), (50.0, 0.0009, -2.49), 4.8045),
    ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
    ((50.0, 2.5, 0.0), (58.0, 24.0, 15.0), 19.4535),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
]


@pytest.mark.parametrize(("first", "second", "published"), PUBLISHED)
def test_the_difference_is_the_published_one(
    first: tuple[float, ...], second: tuple[float, ...], published: float
) -> None:
    assert float(delta_e(np.array(first), np.array(second))) == pytest.approx(published, abs=1e-4)


def test_srgb_s_red_is_where_everybody_has_it() -> None:
    assert lab(np.array([255, 0, 0], np.uint8)) == pytest.approx([53.24, 80.09, 67.20], abs=0.02)
