"""What becomes of the sound: its layout, its length, and its level by measurement. Pure."""

from __future__ import annotations

from fractions import Fraction

from pipelines.domain.model import AudioFacts, Op, SoundLevel
from pipelines.domain.profiles import Coding

SILENT = -69.0  # LKFS; at and below BS.1770's absolute gate there is nothing to bring up
_ALREADY = 0.5  # LU from the target: nobody hears it, and the sound can be copied
# dB under the profile's true peak: AAC's own rounding adds a little to what the limiter lets through.
_MARGIN = 1.0
_EARLY, _SHORTEST = Fraction(1, 2), Fraction(3)  # seconds; the second is BS.1770's short-term window
_LAYOUTS = {1: "mono", 2: "stereo"}
# Channel layouts, as libavutil names them, of which libswresample makes stereo by the usual weights; empty: our own.
_MIXED = frozenset(
    (
        *("", "mono", "stereo", "downmix", "2.1", "3.0", "3.0(back)", "4.0", "quad", "quad(side)", "3.1", "4.1"),
        *("5.0", "5.0(side)", "5.1", "5.1(side)", "6.0", "6.0(front)", "hexagonal", "6.1", "6.1(back)", "6.1(front)"),
        *("7.0", "7.0(front)", "7.1", "7.1(wide)", "7.1(wide-side)", "octagonal"),
    )
)
_OVERSAMPLED = 192_000  # Hz; the peaks between samples are seen there (BS.1770, annex 2)


def level_of(audio: AudioFacts | None) -> SoundLevel | None:
    """The measured level, where it is that of what will be heard.

    A clock that begins early leaves part of it out; of a sound too short, BS.1770's gate makes what it likes.
    """
    if audio is None or audio.start < -_EARLY or audio.end - audio.start < _SHORTEST:
        return None
    return audio.level


def gain(level: SoundLevel | None, profile: Coding) -> float:
    """How many dB bring this sound to the profile's target; silence stays silence, noise is not blown up for ever."""
    if profile.loudness is None or level is None or level.integrated <= SILENT:
        return 0.0
    wanted = profile.loudness - level.integrated
    wanted = max(-60.0, min(wanted, profile.max_gain))
    return 0.0 if abs(wanted) <= _ALREADY and level.peak <= profile.true_peak else round(wanted, 1)


def needs_limiter(level: SoundLevel | None, profile: Coding) -> bool:
    """True where the peak, after the gain, would come too near to the profile's."""
    if profile.loudness is None or level is None or level.integrated <= SILENT:
        return False
    raised = level.peak + gain(level, profile)
    return raised > profile.true_peak - (_MARGIN if gain(level, profile) else 0.0)


def taken_off(level: SoundLevel | None, profile: Coding) -> float:
    """How many dB of the loudest peak the limiter takes: so much quieter, at the most, may the whole become."""
    if level is None or not needs_limiter(level, profile):
        return 0.0
    return round(level.peak + gain(level, profile) - profile.true_peak + _MARGIN, 1)


def expected_loudness(level: SoundLevel | None, profile: Coding) -> float | None:
    """What the master's sound must measure, LKFS; None where nothing was promised."""
    if profile.loudness is None or level is None or level.integrated <= SILENT:
        return None
    return round(level.integrated + gain(level, profile), 1)


def downmix(audio: AudioFacts) -> tuple[Op, ...]:
    """A mix to stereo of channels that no resampler knows a mix of; nothing where it does.

    Ambisonics (ACN order, SN3D; AmbiX): two cardioids to the left and the right, of the first two components. Of
    channels without a place in the room every second one goes to either side; what has no partner goes to both.
    """
    if audio.layout in _MIXED or audio.channels < 2:
        return ()
    if audio.layout.startswith("ambisonic"):
        return (_pan("0.5*c0+0.5*c1", "0.5*c0-0.5*c1"),)
    if audio.channels == 2:  # where `pan` mixes nothing it goes by the channels' names, of which two may be the same
        return (Op("channelmap", (("map", "0|1"), ("channel_layout", "stereo"))),)
    paired = audio.channels - audio.channels % 2
    alone = [f"c{paired}"] if audio.channels % 2 else []
    sides = [[*(f"c{number}" for number in range(side, paired, 2)), *alone] for side in (0, 1)]
    return (_pan(*("+".join(f"{1 / len(side):.4f}*{channel}" for channel in side) for side in sides)),)


def _pan(left: str, right: str) -> Op:
    return Op("pan", (("args", f"stereo|c0={left}|c1={right}"),))


def plan_sound(audio: AudioFacts | None, profile: Coding, duration: Fraction) -> tuple[Op, ...]:
    """The filters from the decoded sound, or from nothing, to the master's."""
    layout = _LAYOUTS[profile.channels]
    samples = str(round(duration * profile.sample_rate))
    end = Op("atrim", (("end_sample", samples),))
    if audio is None:
        return (Op("anullsrc", (("r", str(profile.sample_rate)), ("cl", layout))), end)
    resample = (("out_sample_rate", str(profile.sample_rate)), ("async", "1"), ("first_pts", "0"))
    leveled = _level(level_of(audio), profile)
    return (
        *downmix(audio),
        Op("aresample", resample),
        _shape(profile),
        *leveled,
        Op("apad", (("whole_len", samples),)),
        end,
    )


def _level(level: SoundLevel | None, profile: Coding) -> tuple[Op, ...]:
    change = gain(level, profile)
    volume = (Op("volume", (("volume", f"{change:.1f}dB"), ("precision", "float"))),) if change else ()
    return (*volume, *_limiter(profile)) if needs_limiter(level, profile) else volume


def _limiter(profile: Coding) -> tuple[Op, ...]:
    """True peaks: at four times the rate, without a level of its own, its delay taken back."""
    ceiling = 10 ** ((profile.true_peak - _MARGIN) / 20)
    settings = (("limit", f"{ceiling:.4f}"), ("level", "0"), ("attack", "5"), ("release", "50"), ("latency", "1"))
    return (
        Op("aresample", (("out_sample_rate", str(_OVERSAMPLED)),)),
        Op("alimiter", settings),
        Op("aresample", (("out_sample_rate", str(profile.sample_rate)),)),
        _shape(profile),  # once more: it could come out in the layout of whoever listens in
    )


def _shape(profile: Coding) -> Op:
    return Op("aformat", (("sample_fmts", "fltp"), ("channel_layouts", _LAYOUTS[profile.channels])))
