"""Event films of 5 to 15 minutes with known good moments and known bad ones, joined from real footage.

Good: a face that speaks, action, a detail held steadily. Bad: black, a covered lens, a pocket, blur, a frozen picture,
shaking. Between them, what an event mostly is: wide and soft, nothing in particular happening.
"""

from __future__ import annotations

import random
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import av

from pipelines.tools.ffmpeg.binary import executable

SIZE, RATE = "640x360", 30
_FULL = "fps=30,scale=640:360:force_original_aspect_ratio=increase,crop=640:360,setsar=1,format=yuv420p"
_TAGGED = "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p,setparams=range=tv:colorspace=bt709"
_TAGGED += ":color_primaries=bt709:color_trc=bt709"
_TALKS = (
    ("streamio-ffmpeg__file_with_data_streams.mp4", 1.5, "streamio-ffmpeg__file_with_data_streams.mp4"),
    ("media__Ciro_Santilli_selfie_in_cycling_kit_with_old_cottages.mp4", 0, "opencast__av.mov"),
    ("sample-videos__again.mkv", 0, "torchcodec__nasa_13013.mp4"),
    ("sample-videos__walk.mkv", 0, "opencast__av.mov"),
)
_ACTIONS = ("sam2__05_default_juggle.mp4", "sam2__01_dog.mp4", "moviepy__chaplin.mp4")
_DETAILS = ("test-assets__craft-beer.jpg", "test-assets__denali.webp", "exif-orientation-e__Landscape_1.jpg")
_ORDINARY = (
    "deb_opencv-doc__vtest.avi",
    "sample-videos__one-by-one-person-detection.mp4",
    "sample-videos__bottle-detection.mp4",
)
_SOFT = "gblur=sigma=1.6,eq=contrast=0.85"
# Made of any footage: how a phone spoils it. Sources of their own where nothing of it is left.
_SPOILT = {
    "black": "drawbox=c=black:t=fill,noise=alls=4:allf=t",
    "covered": "gblur=sigma=60,eq=brightness=-0.25:saturation=0.7,colorchannelmixer=rr=1.1:gg=0.5:bb=0.4",
    "pocket": "gblur=sigma=40,eq=brightness=-0.42,noise=alls=8:allf=t",
    "blur": "gblur=sigma=14",
    "frozen": "loop=loop=-1:size=1",
    "shake": "crop=w=480:h=270:x='80+75*sin(n*2.1)*cos(n*0.7)':y='45+42*sin(n*2.9+1)',scale=640:360",
}


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some seconds of one kind: a good one, one of the spoilt, or `ordinary`."""

    kind: str
    start: float
    end: float


GOOD = ("talk", "action", "detail")


class Pool:
    """Pieces as MPEG-TS, made once each, joined without encoding."""

    def __init__(self, corpus: Path, folder: Path) -> None:
        self._corpus, self._folder = corpus, folder
        self._made: dict[str, Path] = {}

    def film(self, seed: int, target: Path) -> list[Stretch]:
        """Write one film, and say what is where in it."""
        chance = random.Random(seed)
        stretches, pieces, at = [], [], 0.0
        for kind, seconds in _order(chance):
            pieces.append(self._piece(kind, seconds, chance))
            lasts = _length(pieces[-1])
            stretches.append(Stretch(kind, at, at + lasts))
            at += lasts
        listed = target.with_suffix(".txt")
        listed.write_text("".join(f"file '{piece}'\n" for piece in pieces))
        _ffmpeg("-f", "concat", "-safe", "0", "-i", str(listed), "-c", "copy", "-bsf:a", "aac_adtstoasc", str(target))
        return stretches

    def _piece(self, kind: str, seconds: int, chance: random.Random) -> Path:
        make = {"talk": self._talk, "action": self._action, "detail": self._detail, "ordinary": self._ordinary}
        return make[kind](seconds, chance) if kind in make else self._spoilt(kind, seconds, chance)

    def _talk(self, seconds: int, chance: random.Random) -> Path:
        picture, skip, voice = chance.choice(_TALKS)
        return self._make(f"talk-{picture}-{seconds}", self._film(picture, skip), "null", seconds, self._film(voice, 0))

    def _action(self, seconds: int, chance: random.Random) -> Path:
        name = chance.choice(_ACTIONS)
        return self._make(f"action-{name}-{seconds}", self._film(name, 0), "null", seconds)

    def _detail(self, seconds: int, chance: random.Random) -> Path:
        name = chance.choice(_DETAILS)
        held = "scale=760:-2,crop=w=640:h=360:x='(iw-640)/2+8*sin(n/40)':y='(ih-360)/2+5*sin(n/31)'"
        source = ["-loop", "1", "-framerate", str(RATE), "-i", str(self._corpus / "photo" / name)]
        return self._make(f"detail-{name}-{seconds}", source, f"{held},noise=alls=3:allf=t", seconds)

    def _ordinary(self, seconds: int, chance: random.Random) -> Path:
        name, skip = chance.choice(_ORDINARY), chance.randrange(0, 20, 5)
        return self._make(f"ordinary-{name}-{skip}-{seconds}", self._film(name, skip), _SOFT, seconds)

    def _spoilt(self, kind: str, seconds: int, chance: random.Random) -> Path:
        name = chance.choice((*_ORDINARY, *_ACTIONS))
        return self._make(f"{kind}-{name}-{seconds}", self._film(name, 2), _SPOILT[kind], seconds)

    def _film(self, name: str, skip: float) -> list[str]:
        return ["-stream_loop", "-1", "-ss", str(skip), "-i", str(self._corpus / "video" / name)]

    def _make(self, name: str, source: Sequence[str], look: str, seconds: int, voice: Sequence[str] = ()) -> Path:
        path = self._folder / f"{len(self._made):04d}.ts"
        if name not in self._made:
            murmur = ["-f", "lavfi", "-i", "anoisesrc=color=pink:amplitude=0.02:sample_rate=48000"]
            mixed = "[1:a]aresample=48000" if not voice else "[2:a]aresample=48000,volume=2[v];[1:a][v]amix=2"
            graph = f"[0:v]{_FULL},{look},{_TAGGED}[p];{mixed},aformat=channel_layouts=stereo[t]"
            _ffmpeg(
                *(*source, *murmur, *voice, "-filter_complex", graph, "-map", "[p]", "-map", "[t]", "-t", str(seconds)),
                *("-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-g", "60", "-bf", "0"),
                *("-c:a", "aac", "-ac", "2", str(path)),
            )
            self._made[name] = path
        return self._made[name]


def _order(chance: random.Random) -> Iterator[tuple[str, int]]:
    """Kinds and their seconds: each good one once, some spoilt, the rest ordinary."""
    length = chance.randrange(300, 900)
    planted = [(kind, chance.randrange(12, 17)) for kind in GOOD]
    planted += [(kind, chance.randrange(6, 21)) for kind in chance.choices(list(_SPOILT), k=length // 60)]
    chance.shuffle(planted)
    rest = (length - sum(seconds for _, seconds in planted)) // (len(planted) + 1)
    for kind, seconds in planted:
        yield "ordinary", max(5, rest // 5 * 5)
        yield kind, seconds
    yield "ordinary", max(5, rest // 5 * 5)


def _length(piece: Path) -> float:
    """Of the longer of its two streams: where the next piece begins."""
    with av.open(str(piece)) as container:
        return float(container.duration or 0) / float(av.time_base)


def _ffmpeg(*arguments: str) -> None:
    subprocess.run([executable(), "-v", "error", "-nostdin", "-y", *arguments], check=True)
