"""Clips of every kind for the matrix: corner markers, a clock of burnt-in bits, a flash with a beep at both ends."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from pipelines.tools.ffmpeg.binary import executable

SECONDS = 3
FLASHES = (0.4, 2.4)  # seconds at which a flash and a beep of 0.1 s begin
BITS = 8  # of the clock, which counts frames
CORNERS = {"top left": "red", "top right": "lime", "bottom left": "blue", "bottom right": "white"}

_VIDEO = {
    "h264": ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"),
    "h264-422": ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv422p"),
    "h264-full": ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuvj420p", "-color_range", "pc"),
    "hevc": ("-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le", "-x265-params", "log-level=none"),
    "vp9": ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-pix_fmt", "yuv420p", "-b:v", "1M"),
    "av1": ("-c:v", "libsvtav1", "-preset", "12", "-pix_fmt", "yuv420p"),
    "mpeg4": ("-c:v", "mpeg4", "-q:v", "3", "-pix_fmt", "yuv420p"),
    "mpeg2": ("-c:v", "mpeg2video", "-q:v", "3", "-pix_fmt", "yuv420p"),
    "mjpeg": ("-c:v", "mjpeg", "-q:v", "3", "-pix_fmt", "yuvj420p"),
    "wmv": ("-c:v", "wmv2", "-b:v", "2M", "-pix_fmt", "yuv420p"),
    "flv": ("-c:v", "flv", "-q:v", "3", "-pix_fmt", "yuv420p"),
    "prores": ("-c:v", "prores_ks", "-profile:v", "0", "-pix_fmt", "yuv422p10le"),
}
_AUDIO = {
    "aac": ("-c:a", "aac", "-ar", "48000", "-ac", "2"),
    "mono44": ("-c:a", "aac", "-ar", "44100", "-ac", "1"),
    "mono8": ("-c:a", "aac", "-ar", "8000", "-ac", "1"),
    "5.1": ("-c:a", "aac", "-ar", "48000", "-ac", "6"),
    "96k": ("-c:a", "aac", "-ar", "96000", "-ac", "2"),
    "mp3": ("-c:a", "libmp3lame", "-ar", "44100", "-ac", "2"),
    "mp2": ("-c:a", "mp2", "-ar", "48000", "-ac", "2"),
    "pcm": ("-c:a", "pcm_s16le", "-ar", "48000", "-ac", "2"),
    "opus": ("-c:a", "libopus", "-ar", "48000", "-ac", "2"),
    "ac3": ("-c:a", "ac3", "-ar", "48000", "-ac", "2"),
    "wma": ("-c:a", "wmav2", "-ar", "44100", "-ac", "2"),
    "none": ("-an",),
}
_HDR = {"pq": "smpte2084", "hlg": "arib-std-b67"}


@dataclass(frozen=True, slots=True)
class Case:
    """One clip. `turn`: 0 to 270 degrees, or mirrored; `fields`: how it is interlaced, if it is."""

    video: str
    container: str
    audio: str
    turn: str = "0"
    rate: str = "30"
    fields: str = ""
    hdr: str = ""
    size: tuple[int, int] = (640, 360)

    @property
    def name(self) -> str:
        parts = (
            self.video,
            self.container,
            self.audio,
            f"r{self.turn}",
            self.rate.replace("/", "_"),
            self.fields,
            self.hdr,
        )
        return "-".join(part for part in parts if part) + f"-{self.size[0]}x{self.size[1]}"


def cases() -> list[Case]:
    """At least two hundred, each dimension with the others that a camera joins it to."""
    found: dict[str, Case] = {case.name: case for case in _all()}
    return list(found.values())


def _all() -> Iterator[Case]:
    turns = ("0", "90", "180", "270", "hflip", "vflip")
    for turn, rate, audio in product(turns, ("30", "25", "30000/1001", "vfr"), ("aac", "mono44", "none")):
        yield Case("h264", "mp4", audio, turn, rate)
    for turn, video in product(turns, ("hevc", "mpeg4", "prores", "mjpeg")):
        yield Case(video, "mov", "pcm" if video in {"prores", "mjpeg"} else "aac", turn)
    containers = {
        "mkv": ("h264", "hevc", "vp9", "av1", "mpeg4", "mjpeg"),
        "webm": ("vp9", "av1"),
        "avi": ("h264", "mpeg4", "mjpeg"),
        "ts": ("h264", "mpeg2", "hevc"),
        "mpg": ("mpeg2",),
        "flv": ("flv", "h264"),
        "wmv": ("wmv",),
        "3gp": ("h264", "mpeg4"),
        "mxf": ("mpeg2",),
        "mp4": ("av1", "h264-422", "h264-full", "vp9"),
        "fmp4": ("h264", "hevc"),
    }
    for container, videos in containers.items():
        for video, rate in product(videos, ("25", "30")):
            yield Case(video, container, _sound_of(container), rate=rate)
    for audio in ("mono8", "5.1", "96k", "mp3", "ac3", "opus"):
        yield Case("h264", "mkv", audio)
        yield Case("h264", "mp4" if audio not in {"opus"} else "mkv", audio, rate="25")
    for fields, (video, container) in product(
        ("tff", "bff"), (("mpeg2", "ts"), ("h264", "ts"), ("mpeg2", "mpg"), ("h264", "mkv"))
    ):
        for size in ((720, 576), (1920, 1080)):
            yield Case(video, container, _sound_of(container), rate="25", fields=fields, size=size)
    for hdr, turn, rate in product(_HDR, ("0", "90", "270"), ("30", "25")):
        yield Case("hevc", "mp4", "aac", turn, rate, hdr=hdr)
    for size in ((641, 361), (360, 640), (400, 400), (176, 144), (1280, 720), (1918, 1078), (2560, 1080)):
        for rate in ("15", "60", "24000/1001", "120"):
            video = "h264-444" if size[0] % 2 else "h264"
            yield Case("h264" if video == "h264" else "hevc444", "mp4", "aac", rate=rate, size=size)


def _sound_of(container: str) -> str:
    return {"webm": "opus", "avi": "mp3", "ts": "mp2", "mpg": "mp2", "flv": "mp3", "wmv": "wma", "mxf": "pcm"}.get(
        container, "aac"
    )


_VIDEO["hevc444"] = ("-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv444p", "-x265-params", "log-level=none")


def make(case: Case, folder: Path) -> Path:
    """Write the clip; its path."""
    kind = {"fmp4": "mp4"}.get(case.container, case.container)
    path, flat = folder / f"{case.name}.{kind}", folder / f"flat-{case.name}.{kind}"
    turned = case.turn != "0"
    beeps = "+".join(f"between(t,{at},{at + 0.1})" for at in FLASHES)
    tone = f"aevalsrc='0.5*sin(2*PI*1000*t)*({beeps})':s=48000:d={SECONDS}"
    sound = () if case.audio == "none" else ("-f", "lavfi", "-i", tone)
    arguments = ["-f", "lavfi", "-i", _picture(case), *sound, *_VIDEO[case.video], *_AUDIO[case.audio], *_flags(case)]
    _ffmpeg(*arguments, str(flat if turned else path))
    if turned:
        matrix = {"hflip": ("-display_hflip",), "vflip": ("-display_vflip",)}.get(
            case.turn, ("-display_rotation", case.turn)
        )
        _ffmpeg(*matrix, "-i", str(flat), "-c", "copy", str(path))
        flat.unlink()
    return path


def _flags(case: Case) -> list[str]:
    flags = ["-fps_mode", "vfr"] if case.rate == "vfr" else []
    if case.fields:
        flags += ["-flags", "+ilme+ildct", "-field_order", "tt" if case.fields == "tff" else "bb"]
    if case.fields and case.video == "h264":
        flags += ["-x264-params", f"{case.fields}=1"]
    if case.hdr:
        flags += ["-color_primaries", "bt2020", "-colorspace", "bt2020nc", "-color_trc", _HDR[case.hdr]]
    return [*flags, *(["-movflags", "+frag_keyframe+delay_moov"] if case.container == "fmp4" else [])]


def _picture(case: Case) -> str:
    """The upright picture, turned against what the matrix will do to it."""
    width, height = case.size
    rate = {"vfr": "30"}.get(case.rate, case.rate)
    rate = f"{2 * int(rate)}" if case.fields else rate
    parts = [
        f"color=gray:size={width}x{height}:rate={rate}:duration={SECONDS},format=rgb24",
        *_marks(width, height, rate),
    ]
    if case.fields:
        parts.append(f"interlace=scan={case.fields}:lowpass=0")
    if case.rate == "vfr":
        parts.append("select='not(eq(mod(n,5),2)+eq(mod(n,7),3))'")
    if case.hdr:
        parts.append(
            "format=gbrpf32le,setparams=color_primaries=bt709:color_trc=bt709:colorspace=gbr:range=pc,"
            "zscale=transfer=linear:npl=203,zscale=primaries=bt2020,"
            f"zscale=transfer={_HDR[case.hdr]}:matrix=bt2020nc:range=limited:npl=203,format=yuv420p10le"
        )
    turns = {
        "90": "transpose=clock",
        "180": "hflip,vflip",
        "270": "transpose=cclock",
        "hflip": "hflip",
        "vflip": "vflip",
    }
    return ",".join([*parts, *([turns[case.turn]] if case.turn in turns else [])])


def _marks(width: int, height: int, rate: str) -> list[str]:
    side_x, side_y = width // 5, height // 5
    places = {
        "red": (0, 0),
        "lime": (width - side_x, 0),
        "blue": (0, height - side_y),
        "white": (width - side_x, height - side_y),
    }
    marks = [f"drawbox=x={x}:y={y}:w={side_x}:h={side_y}:color={c}:t=fill" for c, (x, y) in places.items()]
    bit, top = width * 3 // 5 // BITS, height * 7 // 10
    for n in range(BITS):
        when = f"eq(mod(floor((t+0.0001)*{rate}/{2**n}),2),1)"
        where = f"x={side_x + n * bit}:y={top}:w={bit}:h={height // 10}"
        marks.append(f"drawbox={where}:color=black:t=fill")
        marks.append(f"drawbox={where}:color=white:t=fill:enable='{when}'")
    flashes = "+".join(f"between(t,{at - 0.001},{at + 0.099})" for at in FLASHES)
    middle = f"x={width * 2 // 5}:y={height * 3 // 10}:w={width // 5}:h={height // 5}"
    return [*marks, f"drawbox={middle}:color=black:t=fill", f"drawbox={middle}:color=white:t=fill:enable='{flashes}'"]


def _ffmpeg(*arguments: str) -> None:
    done = subprocess.run(
        [executable(), "-v", "error", "-xerror", "-nostdin", "-y", *arguments], check=False, capture_output=True
    )
    if done.returncode:
        raise RuntimeError(f"{arguments[-1]}: {done.stderr.decode(errors='replace')[-800:]}")
