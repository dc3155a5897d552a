"""Build the encoding and the expectation of any encoded film, a master's or a channel's."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from pipelines.domain.model import Encoding, Expectation, SoundLevel
from pipelines.domain.planning.encoders import made_profile
from pipelines.domain.planning.sound import expected_loudness, taken_off
from pipelines.domain.profiles import Coding

_BT709 = "bt709/bt709/bt709/limited"
_TOLERANCE = Fraction(1, 20)  # 50 ms, or one frame if longer: how far a length may differ from the plan


def encoding_of(profile: Coding, rate: Fraction, encoder: str) -> Encoding:
    """Return the encoding that the profile asks of this encoder. `rate`: frames per second."""
    return Encoding(
        codec=profile.codec,
        encoder=encoder,
        profile=profile.profile,
        preset=profile.preset,
        crf=profile.crf,
        psy=profile.psy,
        aq=profile.aq,
        max_bitrate=profile.max_bitrate,
        level=profile.level,
        pixel_format=profile.pixel_format,
        frame_rate=rate,
        gop=profile.gop_seconds,
        audio_codec=profile.audio_codec,
        audio_bitrate=profile.audio_bitrate,
        sample_rate=profile.sample_rate,
        channels=profile.channels,
    )


def expected_film(encoding: Encoding, size: tuple[int, int], frames: int, rate: Fraction) -> Expectation:
    """Return the expectation of an encoded film with sound, without its loudness.

    `rate`: whole frames per second; where they consist of fields, half of the encoding's rate.
    """
    return Expectation(
        width=size[0],
        height=size[1],
        codec=encoding.codec,
        profile=made_profile(encoding.profile),
        pixel_format=encoding.pixel_format,
        frame_rate=rate,
        frames=frames,
        duration=frames / rate,
        tolerance=max(1 / rate, _TOLERANCE),
        audio_codec=encoding.audio_codec,
        sample_rate=encoding.sample_rate,
        channels=encoding.channels,
        faststart=True,
        level=encoding.level,
        colour=_BT709,
    )


def expected_sound(film: Expectation, level: SoundLevel | None, profile: Coding) -> Expectation:
    """Return the film's expectation with the loudness of a sound that is brought to the profile's level."""
    loudness = expected_loudness(level, profile)
    peak = None if loudness is None else profile.true_peak
    return replace(film, loudness=loudness, quieter=taken_off(level, profile), peak=peak)


def silent(film: Expectation) -> Expectation:
    """Return the film's expectation without sound."""
    return replace(film, audio_codec="", sample_rate=0, channels=0)
