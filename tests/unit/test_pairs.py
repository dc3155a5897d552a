"""Before and after: what is planned of two publications."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

from pipelines.domain.model import Manifest, Original, Submission
from pipelines.domain.planning.derivation import derivation_digest, plan_derivation
from pipelines.domain.planning.edit_requests import EditRequest, Partner
from pipelines.domain.planning.pairs import pair_outputs, plan_pair, sheet_of, wipe_ops
from tests.unit.facts import TOOLS, image, jiexi, photo_plan, video, video_plan

FILM, PHOTO = jiexi().video_profile("nanyue"), jiexi().photo_profile("nanyue")
BEFORE = Manifest(1, "x", Original("a" * 64, 1), "r1", image(), photo_plan(), (), ())
AFTER = Manifest(1, "x", Original("b" * 64, 1), "r2", video(), video_plan(), (), ())
SAID = Submission("a.jpg", "nanyue", unit="hepo", date=date(2020, 6, 3), pair="7", side="before")


def test_two_panels_stand_side_by_side_under_a_bar():
    sheet = sheet_of((1440, 1080), True, (1920, 1080))

    assert (sheet.panel_width, sheet.panel_height, sheet.gap, sheet.bar) == (1440, 1080, 12, 90)
    assert (sheet.width, sheet.height) == (2892, 1170)


def test_small_pictures_are_enlarged_until_the_sheet_is_a_photo():
    sheet = sheet_of((300, 400), False, (1920, 1080))

    assert sheet.width >= 1920
    assert sheet.height >= 1080
    assert abs(sheet.panel_width / sheet.panel_height - 3 / 4) < 0.002


def test_of_a_photo_it_is_the_photo_of_a_film_its_poster():
    pair = plan_pair(((BEFORE, SAID), (AFTER, replace(SAID, date=None))), FILM, PHOTO)

    assert (pair.before.name, pair.before.label) == ("photo.jpg", "整改前 · 2020年6月3日")
    assert (pair.after.name, pair.after.label) == ("poster.jpg", "整改后")
    assert (pair.before.original, pair.after.recipe) == ("a" * 64, "r2")


def test_the_film_holds_wipes_and_holds():
    pair = plan_pair(((BEFORE, SAID), (AFTER, SAID)), FILM, PHOTO)

    photo, film = pair_outputs(pair, sheet_of((1440, 1080), True, pair.least))
    _, wipe, line = wipe_ops(pair)

    assert (photo.expect.width, photo.role) == (2892, "pair")
    assert (film.expect.frames, film.expect.duration, film.role) == (150, Fraction(6), "wipe")
    assert dict(wipe.options) == {"transition": "wiperight", "duration": "2.0", "offset": "2.0"}
    assert dict(line.options)["enable"] == "between(t,2.0,4.0)"


def test_whichever_was_published_last_has_it_and_the_sides_stay_where_they_are():
    first = plan_derivation(
        (AFTER, SAID), None, EditRequest(partner=Partner("1" * 32, "before")), (BEFORE, SAID), jiexi(), TOOLS
    )
    second = plan_derivation(
        (BEFORE, SAID), None, EditRequest(partner=Partner("2" * 32, "after")), (AFTER, SAID), jiexi(), TOOLS
    )

    assert first.pair is not None
    assert first.pair == second.pair
    assert (first.base, second.base) == ("r2", "r1")
    assert derivation_digest(first) != derivation_digest(second)
