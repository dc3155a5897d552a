"""Plan the sound's filters: channel layout, length, and loudness from its measured level."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

from pipelines.domain.model import AudioFacts, Op, SoundLevel
from pipelines.domain.profiles import Coding

SoundFault = Literal["left", "right", "phase"]

SILENT = -69.0  # LKFS; at and below BS.1770's absolute gate there is nothing to raise
# LKFS. BS.1770 leaves out blocks below -70, and those 10 LU below the rest. Of a quieter sound than this, the gain
# brings back blocks that were left out before: the level after it can't be foretold.
_GATED = -60.0
_ALREADY = 0.5  # LU from the target: inaudible, so the sound can be copied
# dB under the profile's true peak: AAC's quantisation adds a little to the limiter's output.
_MARGIN = 1.0
_ONE_SIDED, _OPPOSITE = 20.0, -0.6  # dB between the channels; correlation of the two
_EARLY, _SHORTEST = Fraction(1, 2), Fraction(3)  # seconds; the second is the window of short-term loudness (BS.1770)
_LAYOUTS = {1: "mono", 2: "stereo"}
# Channel layouts, by their libavutil names, that libswresample mixes to stereo by the usual weights; empty: our own.
_MIXED = frozenset(
    (
        *("", "mono", "stereo", "downmix", "2.1", "3.0", "3.0(back)", "4.0", "quad", "quad(side)", "3.1", "4.1"),
        *("5.0", "5.0(side)", "5.1", "5.1(side)", "6.0", "6.0(front)", "hexagonal", "6.1", "6.1(back)", "6.1(front)"),
        *("7.0", "7.0(front)", "7.1", "7.1(wide)", "7.1(wide-side)", "octagonal"),
    )
)
_LOUDEST = 1000  # 60 dB above full scale: recorders with 32-bit floats do go beyond full scale, but not so far
_OVERSAMPLED = 192_000  # Hz; peaks between samples show at this rate (BS.1770, annex 2)


def level_of(audio: AudioFacts | None) -> SoundLevel | None:
    """Return the measured level, or None where it is not that of the sound in the film.

    Sound that begins over half a second before time 0 is partly left out. For under 3 seconds of sound the result of
    BS.1770's gate is arbitrary.
    """
    if audio is None or audio.start < -_EARLY or audio.end - audio.start < _SHORTEST:
        return None
    return audio.level


def gain(level: SoundLevel | None, profile: Coding) -> float:
    """Return the gain in dB that brings the sound to the profile's target.

    Return 0 for silence. The gain is at most the profile's `max_gain`, so that noise is not raised without limit.
    """
    if profile.loudness is None or level is None or level.integrated <= SILENT:
        return 0.0
    wanted = max(-60.0, min(wanted_gain(level, profile), profile.max_gain))
    return 0.0 if abs(wanted) <= _ALREADY and level.peak <= profile.true_peak else round(wanted, 1)


def wanted_gain(level: SoundLevel, profile: Coding) -> float:
    """Return the dB that are missing to the profile's target, however many."""
    return 0.0 if profile.loudness is None else profile.loudness - level.integrated


def needs_limiter(level: SoundLevel | None, profile: Coding) -> bool:
    """Tell whether the peak after the gain would come too near to the profile's true peak."""
    if profile.loudness is None or level is None or level.integrated <= SILENT:
        return False
    raised = level.peak + gain(level, profile)
    return raised > profile.true_peak - (_MARGIN if gain(level, profile) else 0.0)


def taken_off(level: SoundLevel | None, profile: Coding) -> float:
    """Return the dB that the limiter takes off the loudest peak: the whole may become quieter by that at most."""
    if level is None or not needs_limiter(level, profile):
        return 0.0
    return round(level.peak + gain(level, profile) - profile.true_peak + _MARGIN, 1)


def expected_loudness(level: SoundLevel | None, profile: Coding) -> float | None:
    """Return the loudness in LKFS that the master's sound must measure; None where nothing is promised."""
    if profile.loudness is None or level is None or level.integrated < _GATED:
        return None
    return round(level.integrated + gain(level, profile), 1)


def downmix(audio: AudioFacts) -> tuple[Op, ...]:
    """Return the mix to stereo for a layout that libswresample can't mix; none where it can.

    Ambisonics (ACN order, SN3D; AmbiX) becomes two cardioids, to the left and the right, from the first two components.
    Channels without a position go to the left and the right in turn; one without a partner goes to both.
    """
    if audio.layout in _MIXED or audio.channels < 2:
        return ()
    if audio.layout.startswith("ambisonic"):
        return (_pan("0.5*c0+0.5*c1", "0.5*c0-0.5*c1"),)
    if audio.channels == 2:  # `pan` without a mix goes by channel names, and two may be the same
        return (Op("channelmap", (("map", "0|1"), ("channel_layout", "stereo"))),)
    paired = audio.channels - audio.channels % 2
    alone = [f"c{paired}"] if audio.channels % 2 else []
    sides = [[*(f"c{number}" for number in range(side, paired, 2)), *alone] for side in (0, 1)]
    return (_pan(*("+".join(f"{1 / len(side):.4f}*{channel}" for channel in side) for side in sides)),)


def in_stereo(audio: AudioFacts) -> tuple[Op, ...]:
    """Return the filters from the decoded sound to one that libswresample takes: finite samples in a known layout.

    Where the channels are not as they should be, they are repaired.
    """
    return (*downmix(audio), *_finite(audio), *_repair(audio))


def fault_of(audio: AudioFacts) -> SoundFault | None:
    """Return what is wrong with a stereo recording's channels, by its measured condition.

    `left` or `right`: only that channel holds the sound; a wireless microphone is plugged into one. `phase`: one of
    them is turned over, and a mono phone would hear nothing.
    """
    condition = audio.condition
    if condition is None or audio.channels < 2 or max(condition.left, condition.right) <= SILENT:
        return None
    if abs(condition.left - condition.right) >= _ONE_SIDED:
        return "left" if condition.left > condition.right else "right"
    return "phase" if condition.correlation <= _OPPOSITE else None


_REPAIRS: dict[SoundFault, tuple[str, str]] = {"left": ("c0", "c0"), "right": ("c1", "c1"), "phase": ("c0", "-1*c1")}


def _repair(audio: AudioFacts) -> tuple[Op, ...]:
    """Return the repair of the stereo sound that was measured; one of more channels is mixed down before."""
    fault = fault_of(audio)
    if fault is None:
        return ()
    mixed = (Op("aformat", (("channel_layouts", "stereo"),)),) if audio.channels > 2 else ()
    return (*mixed, _pan(*_REPAIRS[fault]))


def _finite(audio: AudioFacts) -> tuple[Op, ...]:
    """Return filters to stereo in which samples that are no numbers, or out of all proportion, are silent.

    Only float PCM has such samples, and one of them ends an encoder. The layout is given to `aeval` by name: with
    `c=same`, ffmpeg 9 crashes where a later filter asks for another one.
    """
    if not audio.codec.startswith("pcm_f"):
        return ()
    silenced = f"if(between(val(ch),-{_LOUDEST},{_LOUDEST}),val(ch),0)"
    return (Op("aformat", (("channel_layouts", "stereo"),)), Op("aeval", (("exprs", silenced), ("c", "stereo"))))


def _pan(left: str, right: str) -> Op:
    return Op("pan", (("args", f"stereo|c0={left}|c1={right}"),))


def plan_sound(
    audio: AudioFacts | None, profile: Coding, duration: Fraction, early: Fraction = Fraction(0)
) -> tuple[Op, ...]:
    """Return the filters from the decoded sound, or from none, to `duration` seconds of the master's sound.

    `early`: how long before libavformat's zero the film begins.
    """
    layout = _LAYOUTS[profile.channels]
    samples = str(round(duration * profile.sample_rate))
    end = Op("atrim", (("end_sample", samples),))
    if audio is None:
        return (Op("anullsrc", (("r", str(profile.sample_rate)), ("cl", layout))), end)
    resample = (("out_sample_rate", str(profile.sample_rate)), ("async", "1"), ("first_pts", "0"))
    leveled = _level(level_of(audio), profile)
    shifted = (Op("asetpts", (("expr", f"PTS+({early})/TB"),)),) if early else ()
    return (
        *shifted,
        *in_stereo(audio),
        Op("aresample", resample),
        _shape(profile),
        *leveled,
        Op("apad", (("whole_len", samples),)),
        end,
    )


def _level(level: SoundLevel | None, profile: Coding) -> tuple[Op, ...]:
    """Return the filters for the gain, and the limiter where it is needed."""
    change = gain(level, profile)
    volume = (Op("volume", (("volume", f"{change:.1f}dB"), ("precision", "float"))),) if change else ()
    return (*volume, *_limiter(profile)) if needs_limiter(level, profile) else volume


def _limiter(profile: Coding) -> tuple[Op, ...]:
    """Return the true peak limiter: at 192 kHz (four times 48 kHz), without automatic level, its delay compensated."""
    ceiling = 10 ** ((profile.true_peak - _MARGIN) / 20)
    settings = (("limit", f"{ceiling:.4f}"), ("level", "0"), ("attack", "5"), ("release", "50"), ("latency", "1"))
    return (
        Op("aresample", (("out_sample_rate", str(_OVERSAMPLED)),)),
        Op("alimiter", settings),
        Op("aresample", (("out_sample_rate", str(profile.sample_rate)),)),
        _shape(profile),  # again: the limiter's output could otherwise take a later filter's layout
    )


def _shape(profile: Coding) -> Op:
    """Return the filter that fixes the sample format and the channel layout."""
    return Op("aformat", (("sample_fmts", "fltp"), ("channel_layouts", _LAYOUTS[profile.channels])))
