"""Plan each channel's rendition of a film: its pieces, shape, loudness and expectation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import floor
from typing import Annotated

from annotated_types import MaxLen

from pipelines.domain.model import (
    Analysis,
    Count,
    Cut,
    Encoding,
    Fields,
    Manifest,
    Op,
    Output,
    VideoFacts,
    VideoPlan,
    Word,
)
from pipelines.domain.planning.encoders import software
from pipelines.domain.planning.films import encoding_of, expected_film, expected_sound, silent
from pipelines.domain.planning.framing import Move, follow
from pipelines.domain.planning.picture import fit, nearest_rate
from pipelines.domain.planning.sound import level_of, plan_sound
from pipelines.domain.profiles import ChannelProfile
from pipelines.domain.selection.reels import joined_length, shared_by_two

CHANNEL = "channel-"  # prefix of the file names of renditions
_FILLED = Fraction(95, 100)  # of the channel's most bytes; the rest is for the container and the encoder's deviation
_BUFFER = 2  # seconds; the encoder's buffer may exceed its rate by so much, once
_TAGS = (("color_primaries", "bt709"), ("color_trc", "bt709"), ("colorspace", "bt709"), ("range", "limited"))


@dataclass(frozen=True, slots=True)
class Rendition:
    """The plan of one channel's film: `pieces` of the master, joined by dissolves, framed, captioned and encoded.

    `moves`: of a frame that follows the speaker; empty: the whole picture. `captions`: names of templates. `scan`: how
    the frames are made of pictures. `most_bytes`: of the file.
    """

    channel: Word
    pieces: Annotated[tuple[Cut, ...], MaxLen(1000)]
    moves: Annotated[tuple[Move, ...], MaxLen(10_000)]
    width: Count
    height: Count
    captions: tuple[Word, ...]
    encoding: Encoding
    scan: Fields
    silent: bool
    most_bytes: Count

    @property
    def name(self) -> str:
        """Return the file name of the finished film."""
        return f"{CHANNEL}{self.channel}.mp4"

    @property
    def film(self) -> str:
        """Return the file name of the joined pieces, before they are encoded for the channel."""
        return f"film-{self.channel}.mp4"


def pieces_for(chosen: Sequence[Cut], channel: ChannelProfile, rate: Fraction) -> tuple[Cut, ...]:
    """Return the chosen pieces that fit the channel's length, in their order; the least worth is left out first.

    A single piece that is too long is shortened. `rate`: the master's frames per second.
    """
    shared = shared_by_two(rate)
    kept, most = list(chosen), Fraction(channel.max_seconds)
    while len(kept) > 1 and joined_length(kept, shared) > most:
        kept.remove(min(reversed(kept), key=lambda cut: cut.score))
    if joined_length(kept, shared) > most:
        kept = [replace(kept[0], end=kept[0].start + int(most * rate) / rate)]
    return _looped(kept, shared) if channel.loop else tuple(kept)


def _looped(pieces: Sequence[Cut], shared: Fraction) -> tuple[Cut, ...]:
    """Return the pieces of a loop, whose end dissolves into its beginning.

    The first piece begins later by one dissolve, and the part it lost comes last.
    """
    first = pieces[0]
    if first.end - first.start < 3 * shared:
        return tuple(pieces)
    begun = replace(first, start=first.start + shared)
    return (begun, *pieces[1:], replace(first, end=first.start + shared))


def plan_rendition(
    name: str, channel: ChannelProfile, chosen: Sequence[Cut], base: VideoPlan, analysis: Analysis
) -> Rendition:
    """Plan a channel's film from the chosen pieces of a master."""
    film_rate = base.encoding.frame_rate
    shared = shared_by_two(film_rate)
    pieces = pieces_for(chosen, channel, film_rate)
    rate = nearest_rate(film_rate, channel.frame_rates)
    share = _share(channel, base)
    encoding = encoding_of(channel, rate, software(channel.codec))
    sound = 0 if channel.silent else channel.audio_bitrate
    room = int(channel.max_bytes * 8 * _FILLED / (joined_length(pieces, shared) + _BUFFER)) - sound
    return Rendition(
        channel=name,
        pieces=pieces,
        moves=follow(analysis, pieces, shared, share) if channel.framing == "follow" and share < 1 else (),
        width=channel.width,
        height=channel.height,
        captions=channel.captions,
        encoding=replace(encoding, max_bitrate=min(channel.max_bitrate, max(100_000, room))),
        scan=channel.scan,
        silent=channel.silent,
        most_bytes=channel.max_bytes,
    )


def _share(channel: ChannelProfile, base: VideoPlan) -> float:
    """Return the part of the master's width that a frame of the channel's shape and the master's height shows."""
    master = base.master.expect
    return channel.width * master.height / (channel.height * master.width)


def picture_ops(made: Rendition, film: VideoFacts) -> tuple[Op, ...]:
    """Return the filters from the joined film to the channel's frame, before the captions."""
    narrow = made.width * film.height < made.height * film.width
    size = (made.width, made.height)
    if made.moves and narrow:
        wide = min(film.width, round(film.height * made.width / made.height / 2) * 2)
        shape: tuple[Op, ...] = (
            Op("crop", (("w", str(wide)), ("h", str(film.height)), ("x", _followed(made.moves)), ("y", "0"))),
        )
        fitted = size
    else:
        shape, fitted = (), fit(film.width, film.height, size)
    scale = (("w", str(fitted[0])), ("h", str(fitted[1])), ("flags", "bicubic"))
    bars = (("w", str(size[0])), ("h", str(size[1])), ("x", "(ow-iw)/2"), ("y", "(oh-ih)/2"))
    return (
        *shape,
        *(() if fitted == (film.width, film.height) else (Op("scale", scale),)),
        *(() if fitted == size else (Op("pad", bars),)),
        Op("setsar", (("sar", "1"),)),
        Op("fps", (("fps", str(made.encoding.frame_rate)), ("start_time", "0"))),
    )


def _followed(moves: Sequence[Move]) -> str:
    """Return the crop's left edge as an ffmpeg expression.

    Register 0 holds the frame's middle, of the width. Register 1 holds the progress of the move, 0 to 1.
    """
    steps = [f"st(0,{moves[0].x})"]
    for move in moves[1:]:
        at, takes = float(move.at), float(move.seconds)
        steps.append(f"st(1,clip((t-{at:.4f})/{takes:.4f},0,1))" if takes else f"st(1,gte(t,{at:.4f}))")
        steps.append(f"st(0,ld(0)+({move.x}-ld(0))*ld(1)*ld(1)*(3-2*ld(1)))")
    return ";".join([*steps, "ld(0)*iw-ow/2"])


def finishing_ops(made: Rendition) -> tuple[Op, ...]:
    """Return the filters after the captions: fields where the channel has them, pixel format and colour tags."""
    fields = (Op("interlace", (("scan", made.scan), ("lowpass", "complex"))),) if made.scan != "progressive" else ()
    return (*fields, *tagged(made.encoding))


def tagged(encoding: Encoding) -> tuple[Op, ...]:
    """Return the filters that set the encoding's pixel format and the colour tags."""
    return (Op("format", (("pix_fmts", encoding.pixel_format),)), Op("setparams", _TAGS))


def sound_ops(made: Rendition, film: VideoFacts, channel: ChannelProfile) -> tuple[Op, ...]:
    """Return the filters to the channel's loudness; none where the rendition is silent."""
    return () if made.silent else plan_sound(film.audio, channel, film.duration)


def output_of(made: Rendition, film: VideoFacts, channel: ChannelProfile) -> Output:
    """Return the rendition's output with its expectation, from the facts of the joined film."""
    rate = made.encoding.frame_rate
    # ffmpeg's fps filter rounds a half up.
    pictures = floor(film.frames / film.frame_rate * rate + Fraction(1, 2))
    frames, shown = (pictures, rate) if made.scan == "progressive" else (pictures // 2, rate / 2)
    expect = expected_film(made.encoding, (made.width, made.height), frames, shown)
    heard = silent(expect) if made.silent else expected_sound(expect, level_of(film.audio), channel)
    return Output(made.name, "rendition", "video/mp4", heard)


def chosen_pieces(base: Manifest, cuts: Sequence[Cut], reel: Sequence[Cut]) -> tuple[Cut, ...]:
    """Return the pieces of channels' films.

    They are the editor's reel, else the editor's cuts, else the published reel or cuts, else all of a short film.
    """
    assert isinstance(base.plan, VideoPlan)  # noqa: S101 - the caller has checked
    return tuple(reel or cuts or base.reel or base.cuts) or (Cut(Fraction(0), base.plan.duration, 0.0, ("全片",)),)
