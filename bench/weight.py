"""How heavy a clip and a reel are beside the same stretches of their master, and how good their encoded ends.

`python -m bench.weight`: FOOTAGE_CORPUS. VMAF of every third frame against what the master was made of: the encoded
ends beside the copied middle. The anchor is what a plain cut at key frames weighs: exactly as much as the master.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from statistics import mean

import av

from bench.clip import long_clip
from bench.jobs import CORPUS, bare_command
from bench.quality import vmaf_in_order
from pipelines.domain.model import Cut, Encoding, Span
from pipelines.domain.planning.films import encoding_of
from pipelines.domain.selection.reels import shared_by_two
from pipelines.tools.video.cutting import Cutter, coded, cut_clip
from pipelines.tools.video.frames import Frames
from pipelines.tools.video.reel_cutting import cut_reel
from pipelines.tools.video.splicing import Coded, splice
from worker.app import load_campaign

_HEAVIER, _WORSE = 1.25, 2.0
_RATE, _EVERY = Fraction(30), 3  # frames a second; VMAF of one in so many
_CLIPS = ((Fraction(25, 10), Fraction(145, 10)), (Fraction(191, 10), Fraction(31)), (Fraction(41), Fraction(527, 10)))
_PIECES = tuple((Fraction(start), Fraction(start + 5)) for start in (1, 11, 21, 31, 41, 51))


def main() -> None:
    profile = load_campaign("jiexi-2020").video_profile("zhubo")
    encoding = encoding_of(profile, _RATE, "libx264")
    with tempfile.TemporaryDirectory(prefix="footage-bench-") as name:
        folder = Path(name)
        camera, master, reel = (folder / f"{it}.mp4" for it in ("camera", "master", "reel"))
        subprocess.run(bare_command(long_clip(CORPUS, camera, 60), master, profile), check=True)
        with Frames(master) as frames:
            film = coded(frames)
            told = [_clip(frames, film, camera, folder / "clip.mp4", span, encoding) for span in _CLIPS]
            cut_reel(frames, film, reel, [Cut(*span, 1.0, ()) for span in _PIECES], encoding)
        told.append(_reel(master, reel))
    sys.exit(0 if all(told) else 1)


def _clip(frames: Frames, film: Coded, camera: Path, target: Path, span: Span, encoding: Encoding) -> bool:
    cut_clip(frames, film, target, span, encoding)
    start, end = (Cutter(frames, film, encoding).tick(time) for time in span)
    plan = splice(film, start, end)
    weight = picture_bytes(target, [(Fraction(0), Fraction(1000))]) / picture_bytes(Path(frames.container.name), [span])
    scores = vmaf_in_order(target, camera, round(span[0] * _RATE), _EVERY)
    first, last = (round((tick - start) * frames.base * _RATE / _EVERY) for tick in (plan.head[1], plan.tail[0]))
    ends, middle = [*scores[:first], *scores[last:]], scores[first:last]
    worse = mean(middle) - mean(ends)
    print(
        f"clip of {float(span[1] - span[0]):.1f} s: {weight:.2f} x its master's bytes (bound {_HEAVIER}); VMAF of"
        f" {len(ends)} encoded frames {worse:.1f} below that of {len(middle)} copied ones (bound {_WORSE})",
        flush=True,
    )
    return weight <= _HEAVIER and worse <= _WORSE


def _reel(master: Path, reel: Path) -> bool:
    shared = shared_by_two(_RATE)
    length = sum(end - start for start, end in _PIECES) - shared * (len(_PIECES) - 1)
    whole = sum(end - start for start, end in _PIECES)
    made = picture_bytes(reel, [(Fraction(0), Fraction(1000))]) / float(length)
    weight = made / (picture_bytes(master, _PIECES) / float(whole))
    print(f"reel of {float(length):.1f} s: {weight:.2f} x its master's bytes a second (bound {_HEAVIER})")
    return weight <= _HEAVIER


def picture_bytes(film: Path, spans: Sequence[tuple[Fraction, Fraction]]) -> int:
    """Bytes of the pictures shown within these spans, in seconds."""
    with av.open(str(film)) as container:
        base = container.streams.video[0].time_base
        sizes = [(packet.pts * base, packet.size) for packet in container.demux(video=0) if packet.pts is not None]
    return sum(size for time, size in sizes for start, end in spans if start <= time < end)


if __name__ == "__main__":
    main()
