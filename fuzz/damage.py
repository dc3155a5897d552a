"""`python -m fuzz.damage`: whole clips, compliant ones among them, cut at random places or with bytes overturned.

None may be published as whole: each is refused, or its findings say what is broken. FOOTAGE_FUZZ_DAMAGED (default 100),
FOOTAGE_FUZZ_FIRST (default 0: the number, and seed, of the first). Two kinds are whole all the same, and counted as
such: a clip whose overturned bytes carry nothing (every frame decodes to the very same pixels and samples), and one
whose sound differs by less than two right decoders of MPEG audio may differ (ISO/IEC 11172-4, 2.6.3).
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from random import Random

import numpy as np

from pipelines.tools.ffmpeg.binary import executable
from worker import logs
from worker.app import open_service
from worker.settings import Settings

_ALONE = "log-level=none:pools=none:frame-threads=1"  # the same bytes on every machine
_PHONE = ("-c:v", "libx265", "-preset", "ultrafast", "-s", "640x360", "-x265-params", _ALONE)
_MADE = (
    # (name, what makes it): the first two comply with the campaign and are copied
    ("compliant.mp4", ("-c:v", "libx264", "-preset", "veryfast", "-g", "60", "-bf", "0", "-movflags", "+faststart")),
    ("compliant.mov", ("-c:v", "libx264", "-preset", "veryfast", "-g", "60")),
    ("phone.mp4", ("-c:v", "libx264", "-preset", "veryfast", "-s", "1280x720", "-movflags", "+faststart")),
    ("film.mkv", ("-c:v", "libx264", "-preset", "veryfast", "-s", "1280x720")),
    ("film.ts", ("-c:v", "mpeg2video", "-q:v", "4", "-s", "720x576")),
    ("hevc.mp4", _PHONE),
    ("hevc.ts", _PHONE),
    (
        "film.webm",
        ("-c:v", "libvpx", "-deadline", "good", "-cpu-used", "5", "-threads", "1", "-s", "640x360", "-c:a", "libopus"),
    ),
)
_WAYS = 4
_PICTURE, _SOUND_ALONE = ("-map", "0:v:0", "-f", "streamhash"), ("-map", "0:a:0", "-f", "f32le")
_MOST_APART, _MEAN_APART = 2.0**-14, 2.0**-15 / 12**0.5  # of full scale
_SOUND = "aevalsrc='0.12*sin(2*PI*(300+100*sin(t))*t)':s=48000:c=stereo:d=2"


def main() -> None:
    logs.configure("ERROR")
    count, first = (int(os.environ.get(f"FOOTAGE_FUZZ_{n}", v)) for n, v in (("DAMAGED", "100"), ("FIRST", "0")))
    endings: Counter[str] = Counter()
    wrong = []
    with tempfile.TemporaryDirectory(prefix="footage-damage-") as name:
        folder = Path(name)
        for number in range(first, first + count):
            source = _made(folder, *_MADE[number // _WAYS % len(_MADE)])  # each of them in every way
            how, data = damage(source.read_bytes(), number)
            path = folder / f"damaged{source.suffix}"
            path.write_bytes(data)
            ending = _ended(folder / f"home-{number}", path)
            if ending == "published as whole":
                ending = _without_loss(source, path) or ending
            endings[f"{how:<10} {ending}"] += 1
            wrong += [f"{number} {source.name} ({how})"] if ending == "published as whole" else []
            print(f"{number - first + 1}/{count}", end="\r", file=sys.stderr, flush=True)
    print("\n".join(f"{ending:<50} {times:4d}" for ending, times in sorted(endings.items())))
    print(f"{count} damaged files, {len(wrong)} published as whole" + "".join(f"\n{line}" for line in wrong))
    sys.exit(1 if wrong else 0)


def _made(folder: Path, name: str, options: tuple[str, ...]) -> Path:
    path = folder / name
    if path.exists():
        return path
    picture = "testsrc2=size=1920x1080:rate=30:duration=2,noise=alls=12:allf=t"
    inputs = ("-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", _SOUND)
    command = [executable(), "-v", "error", "-nostdin", "-y", *inputs, "-pix_fmt", "yuv420p", "-c:a", "aac", *options]
    subprocess.run([*command, "-fflags", "+bitexact", str(path)], check=True)  # no random number in a Matroska
    return path


def damage(data: bytes, number: int) -> tuple[str, bytes]:
    """How, and the bytes; the same for ever."""
    chance = Random(number)
    way = number % _WAYS
    if way % 2:
        return "cut", data[: chance.randrange(len(data) // 20, len(data) - len(data) // 50)]
    spoilt = bytearray(data)
    if way == 0:
        start, length = chance.randrange(len(spoilt) // 20, len(spoilt) - 4096), chance.choice((16, 512, 4096))
        inverted = bytes(it ^ 0xFF for it in spoilt[start : start + length])
        spoilt[start : start + length] = bytes(length) if chance.random() < 1 / 2 else inverted
        return "stretch", bytes(spoilt)
    for _ in range(chance.choice((8, 64, 512))):
        spoilt[chance.randrange(len(spoilt))] ^= 1 << chance.randrange(8)
    return "overturned", bytes(spoilt)


def _ended(home: Path, path: Path) -> str:
    service = open_service(Settings(home=home, reserve_bytes=0))
    job = service.run(service.submit(path, service.submission(path.name)).id)
    subprocess.run(["rm", "-rf", str(home)], check=True)
    told = [finding.code for finding in job.findings if finding.code in {"damaged", "truncated", "unfinished"}]
    if job.state == "published":
        return "published, and said so" if told else "published as whole"
    return f"{job.state} {job.code}"


def _without_loss(whole: Path, damaged: Path) -> str:
    """How it ended where nothing is lost; empty where something is."""
    if _decoded(whole, _PICTURE) != _decoded(damaged, _PICTURE):
        return ""
    sounds = [np.frombuffer(_decoded(path, _SOUND_ALONE), np.float32) for path in (whole, damaged)]
    if len(sounds[0]) != len(sounds[1]):
        return ""
    apart = np.abs(sounds[0] - sounds[1])
    if not apart.any():
        return "published, and nothing was lost"
    spoilt = apart[np.flatnonzero(apart)[0] : np.flatnonzero(apart)[-1] + 1]
    is_right = apart.max() <= _MOST_APART and float(np.sqrt((spoilt**2).mean())) < _MEAN_APART
    return "published, sound as of another decoder" if is_right else ""


def _decoded(path: Path, output: tuple[str, ...]) -> bytes:
    command = [executable(), "-v", "quiet", "-i", str(path), *output, "-"]
    return subprocess.run(command, check=False, capture_output=True).stdout


if __name__ == "__main__":
    main()
