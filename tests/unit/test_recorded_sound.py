"""What is done with a sound follows from how it was recorded; findings name only what people hear."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from pipelines.domain.acceptance import accept
from pipelines.domain.model import AudioFacts, SoundCondition
from pipelines.domain.planning.sound import fault_of, in_stereo
from pipelines.tools.sound import RATE, ConditionMeter
from tests.unit.facts import jiexi, op, sound, submission, video

FINE = SoundCondition(left=-20.0, right=-21.0, correlation=0.6, clipped=Fraction(0), hum=0.0, rumble=0.1)


def recorded(channels: int = 2, **changes: object) -> AudioFacts:
    return sound(channels=channels, condition=replace(FINE, **changes))


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({}, None),
        ({"right": -39.9}, None),
        ({"right": -40.0}, "left"),
        ({"left": -70.0}, "right"),
        ({"correlation": -0.59}, None),
        ({"correlation": -0.6}, "phase"),
        ({"left": -90.0, "right": -120.0}, None),
    ],
)
def test_a_fault_is_one_of_levels_twenty_decibels_apart_or_of_opposite_phase(changes, fault):
    assert fault_of(recorded(**changes)) == fault


def test_a_mono_sound_has_no_sides():
    assert fault_of(recorded(channels=1, right=-60.0)) is None


def test_the_repair_is_of_the_stereo_that_was_measured():
    assert in_stereo(recorded()) == ()
    assert in_stereo(recorded(right=-60.0)) == (op("pan", args="stereo|c0=c0|c1=c0"),)
    assert in_stereo(recorded(correlation=-1.0)) == (op("pan", args="stereo|c0=c0|c1=-1*c1"),)
    assert in_stereo(replace(recorded(channels=6, right=-60.0), layout="5.1")) == (
        op("aformat", channel_layouts="stereo"),
        op("pan", args="stereo|c0=c0|c1=c0"),
    )


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({}, []),
        ({"right": -60.0}, ["one-sided"]),
        ({"correlation": -0.9}, ["opposite-phase"]),
        ({"clipped": Fraction(1)}, []),
        ({"clipped": Fraction(3, 2)}, ["clipped"]),
        ({"hum": 0.4, "rumble": 0.9}, ["hum"]),
        ({"rumble": 0.8}, ["rumble"]),
        ({"rumble": 0.8, "left": -61.0, "right": -62.0}, []),
    ],
)
def test_only_what_is_heard_is_told(changes, codes):
    found = accept(video(audio=recorded(**changes)), jiexi(), submission())

    assert [finding.code for finding in found] == codes


def test_a_meter_measures_both_sides_whatever_pieces_the_samples_come_in():
    time = np.arange(3 * RATE) / RATE
    left, right = 0.5 * np.sin(2 * np.pi * 440 * time), -0.05 * np.sin(2 * np.pi * 440 * time)
    data = np.stack([left, right], axis=1).astype("<f4").tobytes()
    whole, pieces = ConditionMeter(), ConditionMeter()

    whole(data)
    for at in range(0, len(data), 10_007):
        pieces(data[at : at + 10_007])

    assert whole.condition == pieces.condition
    assert whole.condition is not None
    assert (whole.condition.left, whole.condition.right) == pytest.approx((-9.0, -29.0), abs=0.1)
    assert whole.condition.correlation == -1


def test_a_constant_offset_is_neither_rumble_nor_opposite_phase():
    time = np.arange(2 * RATE) / RATE
    voice = 0.005 * np.sin(2 * np.pi * 440 * time)
    meter = ConditionMeter()

    meter(np.stack([voice + 0.01, voice - 0.01], axis=1).astype("<f4").tobytes())

    assert meter.condition is not None
    assert (meter.condition.correlation, meter.condition.rumble, meter.condition.hum) == (1, 0, 0)


def test_a_peak_that_only_touches_full_scale_is_not_clipped():
    samples, peaks = np.zeros((RATE, 2), "<f4"), ConditionMeter()
    samples[::2] = 1.0

    peaks(samples.tobytes())

    assert peaks.condition is not None
    assert peaks.condition.clipped == 0


def test_a_meter_of_nothing_and_of_no_numbers_measures_nothing_and_silence():
    none, wild = ConditionMeter(), ConditionMeter()

    none(b"\0\0\0")
    wild(np.array([np.nan, np.inf, -np.inf, 1e30] * 100, "<f4").tobytes())

    assert none.condition is None
    assert wild.condition is not None
    assert wild.condition.left <= 100
