"""Small files of our own, one of each kind that is taken, and the playlists that FACTS names: the mutants' parents."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pillow_heif
from PIL import Image

from pipelines.tools.ffmpeg.binary import executable
from tests.media import surveillance

_VIDEO = ("mp4", "mov", "mkv", "avi", "ts", "webm", "flv", "3gp")
_PHOTO = ("jpg", "png", "webp", "gif", "tif", "bmp", "heic", "avif")


def make_seeds(folder: Path, trap: int) -> list[Path]:
    """Their paths, always in the same order. `trap`: a port on loopback that nobody may call."""
    folder.mkdir(parents=True)
    return [
        *(_video(folder / f"seed.{kind}") for kind in _VIDEO),
        *_recordings(folder),
        *(_photo(folder / f"seed.{kind}") for kind in _PHOTO),
        *_playlists(folder, trap),
    ]


def _video(path: Path) -> Path:
    picture = ("-f", "lavfi", "-i", "testsrc2=size=176x144:rate=10:duration=1")
    sound = ("-f", "lavfi", "-i", "sine=440:duration=1:sample_rate=44100")
    encoders = (
        ("-c:v", "libvpx", "-c:a", "libopus") if path.suffix == ".webm" else ("-c:a", "aac", "-pix_fmt", "yuv420p")
    )
    command = [executable(), "-v", "error", "-nostdin", "-y", *picture, *sound, *encoders, str(path)]
    subprocess.run(command, check=True)
    return path


def _recordings(folder: Path) -> list[Path]:
    """What surveillance recorders export, and sound in the codecs of telephones."""
    bare = [surveillance.raw(folder / "seed.264", seconds=1)]
    x265 = ("-c:v", "libx265", "-x265-params", "log-level=none", "-preset", "ultrafast")
    bare.append(surveillance.raw(folder / "seed.265", seconds=1, encoder=x265))
    telephone = folder / "seed-adpcm.avi"
    picture = ("-f", "lavfi", "-i", "testsrc2=size=176x144:rate=10:duration=1")
    sound = ("-f", "lavfi", "-i", "sine=440:duration=1:sample_rate=8000", "-c:a", "adpcm_ima_wav")
    subprocess.run([executable(), "-v", "error", "-nostdin", "-y", *picture, *sound, str(telephone)], check=True)
    program = surveillance.program_stream(folder / "seed.mpg", g711=True)
    return [surveillance.dav(folder / "seed.dav"), program, *bare, telephone]


def _photo(path: Path) -> Path:
    pillow_heif.register_heif_opener()
    picture = Image.linear_gradient("L").resize((320, 240)).convert("RGB")
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Camera"
    picture.save(path, exif=exif) if path.suffix in {".jpg", ".webp", ".heic"} else picture.save(path)
    return path


def _playlists(folder: Path, trap: int) -> list[Path]:
    texts = {
        "local.mp4": "#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
        "remote.avi": f"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:{trap}/x.ts\n#EXT-X-ENDLIST\n",
        "concat.mkv": "ffconcat version 1.0\nfile /etc/passwd\n",
        "picture.jpg": f'<svg xmlns="http://www.w3.org/2000/svg"><image href="http://127.0.0.1:{trap}/x"/></svg>',
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in texts]
