"""Where somebody speaks, whose face it is, how a hand shakes, where a shot ends: real footage and made-up frames."""

from __future__ import annotations

import os
import subprocess
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from pipelines.domain.errors import ToolFailed
from pipelines.tools.ffmpeg.binary import executable
from pipelines.tools.video.faces import FaceFinder
from pipelines.tools.video.portions import Portions
from pipelines.tools.video.shaking import Shaking
from pipelines.tools.video.shots import ShotDetector
from pipelines.tools.video.speech import SpeechDetector, voiced

CORPUS = Path(os.environ.get("FOOTAGE_CORPUS", "../shared/corpus"))
real = pytest.mark.skipif(not CORPUS.is_dir(), reason="needs FOOTAGE_CORPUS")


def heard(name: str) -> tuple[tuple[Fraction, Fraction], ...]:
    command = [executable(), "-v", "error", "-i", str(CORPUS / "video" / name), "-map", "0:a:0", "-ac", "1"]
    raw = subprocess.run([*command, "-ar", "16000", "-f", "s16le", "-"], capture_output=True, check=True).stdout
    detector = SpeechDetector(most=10_000)
    for start in range(0, len(raw), 999):  # pipes give what they have, not what is wanted
        detector(raw[start : start + 999])
    return detector.spans(Fraction(60))


def spoken(spans: tuple[tuple[Fraction, Fraction], ...]) -> float:
    return float(sum(end - start for start, end in spans))


@real
@pytest.mark.corpus
def test_a_lecture_is_speech_and_music_is_none():
    assert spoken(heard("opencast__av.mov")) > 8
    assert spoken(heard("moviepy__chaplin.mp4")) < 0.5


def test_a_voice_begins_clearly_goes_on_through_a_breath_and_a_cough_is_none():
    clear, faint, none = [0.9], [0.4], [0.1]

    assert voiced(none * 3 + clear * 5 + faint * 3 + none * 9) == [(3, 11)]
    assert voiced(clear * 4 + none * 3 + clear * 4 + none * 5) == [(0, 11)]
    assert voiced(clear * 4 + none * 5 + clear * 4) == [(0, 4), (9, 13)]
    assert voiced(clear * 3 + none * 9) == []
    assert voiced(faint * 20) == []


def frames(name: str, every: int) -> list[np.ndarray]:
    shown = []
    with av.open(str(CORPUS / "video" / name)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number % every == 0:
                picture = frame.to_ndarray(format="bgr24")
                width = round(picture.shape[1] * 180 / picture.shape[0])
                shown.append(cv2.resize(picture, (width, 180), interpolation=cv2.INTER_AREA))
    return shown


@real
@pytest.mark.corpus
@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        ("streamio-ffmpeg__file_with_data_streams.mp4", 0.9, 1.0),
        ("media__Ciro_Santilli_selfie_in_cycling_kit_with_old_cottages.mp4", 0.9, 1.0),
        ("sample-videos__again.mkv", 0.9, 1.0),
        ("sample-videos__one-by-one-person-detection.mp4", 0.0, 0.05),  # seen from behind
        ("sam2__01_dog.mp4", 0.0, 0.1),
        ("sample-videos__bottle-detection.mp4", 0.0, 0.05),
    ],
)
def test_a_presenters_face_is_found_and_where_there_is_none_none(name, least, most):
    shown = frames(name, 20)
    finder = FaceFinder(shown[0].shape[1], 180)

    found = [bool(finder.find(picture)) for picture in shown]

    assert least <= sum(found) / len(found) <= most


def textured(seed: int) -> np.ndarray:
    noise = np.random.default_rng(seed).integers(0, 255, (12, 20, 3), np.uint8)
    return cv2.resize(noise, (192, 108), interpolation=cv2.INTER_CUBIC)


def window(scene: np.ndarray, x: int, y: int = 20) -> np.ndarray:
    return np.ascontiguousarray(scene[y : y + 36, x : x + 64])


def shots(film: list[np.ndarray]) -> list[int]:
    detector = ShotDetector(Fraction(30))
    for frame in film:
        detector.see(frame)
    detector.close()
    return [shot for shot, _, _ in detector.found]


A, B = textured(1), textured(2)


def test_a_hard_cut_is_found_at_its_frame():
    assert shots([window(A, 30)] * 40 + [window(B, 30)] * 40) == [40]


def test_a_shaking_hand_a_flash_and_a_fast_pan_are_no_cuts():
    chance = np.random.default_rng(3)
    shaken = [window(A, 30 + int(x), 20 + int(y)) for x, y in chance.integers(-3, 4, (60, 2))]
    flashed = [*shaken[:30], *[np.full((36, 64, 3), 250, np.uint8)] * 2, *shaken[30:]]
    panned = [window(A, min(120, max(0, 6 * (n - 20)))) for n in range(80)]

    assert [shots(film) for film in (shaken, flashed, panned)] == [[], [], []]


def test_a_dissolve_is_one_boundary_in_its_middle_with_its_ends():
    mixed = [cv2.addWeighted(window(A, 30), 1 - n / 16, window(B, 30), n / 16, 0) for n in range(1, 16)]
    detector = ShotDetector(Fraction(30))
    for frame in [window(A, 30)] * 40 + mixed + [window(B, 30)] * 40:
        detector.see(frame)
    detector.close()

    ((middle, first, last),) = detector.found

    assert abs(middle - 47) <= 3
    assert first <= 43 and last >= 52  # noqa: PT018 - the two ends of one thing


def test_a_fade_through_black_is_one_boundary_in_the_dark():
    fading = [(window(A, 30) * (1 - n / 10)).astype(np.uint8) for n in range(10)]
    rising = [(window(B, 30) * (n / 10)).astype(np.uint8) for n in range(10)]

    (boundary,) = shots(
        [window(A, 30)] * 40 + fading + [np.zeros((36, 64, 3), np.uint8)] * 5 + rising + [window(B, 30)] * 40
    )

    assert 48 <= boundary <= 57


def test_a_light_that_is_turned_down_is_no_boundary():
    assert shots([(window(A, 30) * (1 - n / 90)).astype(np.uint8) for n in range(60)]) == []


def test_a_jerking_camera_shakes_and_one_that_pans_evenly_does_not():
    chance = np.random.default_rng(3)
    amounts = []
    for places in (chance.integers(20, 41, 40), range(10, 50), [30] * 40):
        shaking = Shaking()
        for x in places:
            shaking.see(cv2.cvtColor(window(A, int(x)), cv2.COLOR_BGR2GRAY))
        amounts.append(sum(shaking.amounts[2:]) / 38)

    jerked, panned, held = amounts

    assert jerked > 3
    assert panned < 1
    assert held == pytest.approx(0, abs=0.05)


def test_more_than_was_planned_is_no_film_of_ours():
    pieces: list[bytes] = []
    portions = Portions(3, 4, pieces.append)

    assert portions(b"ab") is False
    assert portions(b"cdefgh") is True
    assert pieces == [b"abc", b"def"]
    with pytest.raises(ToolFailed):
        portions(b"x" * 20)
