"""Compile a rendition to one ffmpeg command line: the joined film is framed, captioned and encoded for its channel.

This module and :mod:`pipelines.tools.ffmpeg.graphs` are the only ones that use ffmpeg-python.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil
from typing import Any

import ffmpeg

from pipelines.domain.model import Caption, Encoding, Op, Output
from pipelines.domain.planning import encoders
from pipelines.domain.planning.before_after import LINE, SIDES, WIPE, Pair, wipe_ops
from pipelines.domain.planning.renditions import Rendition, finishing_ops, tagged
from pipelines.tools.ffmpeg.binary import executable
from pipelines.tools.ffmpeg.containers import FORMATS
from pipelines.tools.ffmpeg.graphs import BARE_OUTPUT, GLOBAL, chain, encoding_sound

Ops = tuple[Sequence[Op], Sequence[Op]]  # of picture and sound

_SOFTLY = 0.4  # seconds of fade
_FADE = {"duration": str(_SOFTLY), "alpha": "1"}


def arguments(
    made: Rendition,
    output: Output,
    ops: Ops,
    captions: Sequence[Caption],
    source: int,
    progress: int,
) -> list[str]:
    """Return the whole command line.

    `ops`: filters of picture and sound. `source`: descriptor of the joined film, open for reading. `progress`:
    descriptor that ffmpeg writes its progress to. Captions are read from the working directory by their names, and
    the output is written there.
    """
    film = ffmpeg.input("fd:", fd=source, protocol_whitelist="fd", format_whitelist=FORMATS)
    shown, length = chain(film["v:0"], ops[0]), output.expect.duration or Fraction(0)
    for caption in captions:
        if caption.begins < length:
            card = _card(caption, made.encoding, length)
            shown = ffmpeg.filter([shown, card], "overlay", eof_action="pass", format="yuv420")
    shown = chain(shown, finishing_ops(made))
    streams = [shown] if made.silent else [shown, chain(film["a:0"], ops[1])]
    written = ffmpeg.output(*streams, output.name, format="mp4", movflags="+faststart", **_options(made))
    return [executable(), *GLOBAL, "-progress", f"pipe:{progress}", *written.get_args()]


def _card(caption: Caption, encoding: Encoding, length: Fraction) -> Any:
    """Return the caption's picture for as long as it is shown.

    It fades in and out, but is opaque from the first frame where the film begins with it, and to the last frame where
    the film ends with it.
    """
    left = length - caption.begins
    shown = left if caption.seconds is None else min(left, Fraction(caption.seconds))
    card = _picture(caption.picture, encoding)
    card = card.filter("scale", out_color_matrix="bt709", out_range="limited").filter("format", pix_fmts="yuva420p")
    card = _standing(card, ceil(shown * encoding.frame_rate))
    if caption.begins:
        card = card.filter("fade", **_FADE, type="in", start_time="0")
    if shown < left:
        card = card.filter("fade", **_FADE, type="out", start_time=f"{float(shown) - _SOFTLY:.3f}")
    return card.filter("setpts", f"PTS+{caption.begins}/TB")


def _picture(name: str, encoding: Encoding) -> Any:
    """Return a picture of the working directory as a film of one frame, at the rate of the film it is for."""
    return ffmpeg.input(name, protocol_whitelist="file", f="image2", framerate=str(encoding.frame_rate))["v"]


def _standing(picture: Any, frames: int) -> Any:
    """Repeat a single frame; once it is converted, as each repeated frame would be."""
    return picture.filter("loop", loop=str(frames - 1), size="1")


def _options(made: Rendition) -> dict[str, str]:
    options = BARE_OUTPUT | encoders.options(made.encoding)
    if made.scan != "progressive":
        options["flags:v"] += "+ilme+ildct"
        options["x264-params"] = f"{made.scan}=1"
    if not made.silent:
        options |= encoding_sound(made.encoding)
    return options


def wipe_arguments(pair: Pair, progress: int) -> list[str]:
    """Return the command line that wipes from `before.png` to `after.png` in the working directory, over silence."""
    ops, wipe, line = wipe_ops(pair)
    pictures = (chain(_picture(f"{side}.png", pair.encoding), ops) for side in SIDES)
    before, after = (_standing(picture, pair.frames) for picture in pictures)
    size = f"color=white:size={LINE}x{pair.height}:rate={pair.encoding.frame_rate}:duration={float(pair.seconds)}"
    between = ffmpeg.input(size, format="lavfi")["v"]
    shown = ffmpeg.filter([before, after], wipe.name, **dict(wipe.options))
    shown = ffmpeg.filter([shown, between], line.name, eof_action="pass", **dict(line.options))
    shown = chain(shown, (Op("trim", (("end_frame", str(pair.frames)),)), *tagged(pair.encoding)))
    layout = {1: "mono", 2: "stereo"}[pair.encoding.channels]
    silence = f"anullsrc=r={pair.encoding.sample_rate}:cl={layout}"
    sound = ffmpeg.input(silence, format="lavfi", t=str(float(pair.seconds)))["a"]
    options = BARE_OUTPUT | encoders.options(pair.encoding) | encoding_sound(pair.encoding)
    written = ffmpeg.output(shown, sound, WIPE, format="mp4", movflags="+faststart", **options)
    return [executable(), *GLOBAL, "-progress", f"pipe:{progress}", *written.get_args()]
