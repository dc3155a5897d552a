"""People who are seen and can't be heard are told; quiet pictures and pauses are not."""

from __future__ import annotations

from pipelines.domain.acceptance.heard import heard_findings
from pipelines.domain.model import Finding
from tests.unit.facts import analysis, sample

SEEN, MUTE = sample(face=0.3, faces=1), sample(face=0.3, faces=1, loudness=-70.0)


def test_somebody_who_is_silent_for_most_of_the_film_is_told() -> None:
    found = list(heard_findings(analysis([SEEN] * 4 + [MUTE] * 6)))

    assert found == [Finding("mostly-silent", "warning", actual="60%")]


def test_pauses_places_without_people_and_films_without_any_sound_are_not() -> None:
    pauses, places = [SEEN] * 6 + [MUTE] * 6, [SEEN] * 4 + [sample(loudness=-70.0)] * 8

    assert [list(heard_findings(analysis(rows))) for rows in (pauses, places, [MUTE] * 12)] == [[], [], []]
