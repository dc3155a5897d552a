"""`make corpus`: every real and every odd video through `footage process`, judged by MediaInfo, a stranger to it.

Needs the development tools and FOOTAGE_CORPUS (default ../shared/corpus). Prints one line a file and ends with 1 where
a master is not what the campaign asks, a file ended neither published nor rejected, or one was rejected though
MediaInfo and a decoder that had no part in it either find nothing wrong with it.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from pymediainfo import MediaInfo

from bench.jobs import CORPUS, processed
from bench.tools import need

_ASKED = {
    "format": "AVC",
    "width": 1920,
    "height": 1080,
    "pixel_aspect_ratio": "1.000",
    "chroma_subsampling": "4:2:0",
    "bit_depth": 8,
    "frame_rate_mode": "CFR",
}


def main() -> None:
    need("ffmpeg", "ffprobe")
    films = [path for path in (CORPUS / "video").iterdir() if path.suffix == ".mp4"]
    files = sorted([*films, *(CORPUS / "odd").iterdir()])
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="footage-corpus-") as home:
        for result in processed(files, Path(home)):
            complaints = judged(Path(result["file"]), result)
            wrong += bool(complaints)
            print(
                f"{'ok ' if not complaints else 'NOT'} {result['state']:<9} {_lengths(result)} "
                f"{Path(result['file']).name}  {'; '.join(complaints) or _reason(result)}",
                flush=True,
            )
    print(f"{len(files) - wrong} of {len(files)} published and compliant, or rejected for a true reason")
    sys.exit(1 if wrong else 0)


def judged(original: Path, result: dict[str, Any]) -> list[str]:
    """What is wrong with this result's master; empty where nothing is."""
    if result["state"] == "rejected":
        return [] if _is_true(original, result) else [f"rejected, but {original.name} is sound"]
    if result["state"] != "published":
        return [f"{finding['code']}: {finding['text']}" for finding in result["findings"]]
    master = _master(result)
    picture = _track(master, "Video")
    complaints = [f"{name} is {picture.get(name)}" for name, asked in _ASKED.items() if picture.get(name) != asked]
    made = _seconds(master)
    difference = abs(made - (_seconds(original) - _start(original)))
    allowed = max(1 / float(picture["frame_rate"]), 0.05)
    if difference > allowed:
        # MediaInfo believes headers, leaves out where a track begins, and knows no length of some: ask two others.
        difference = min(
            abs(made - seconds) for seconds in (_decoded(original), _asked_of_ffprobe(original, "duration"))
        )
    if difference > allowed:
        complaints.append(f"{difference:.3f} s away from its original, {allowed:.3f} allowed")
    return complaints


def _reason(result: dict[str, Any]) -> str:
    return "; ".join(f["code"] for f in result["findings"]) if result["state"] == "rejected" else ""


def _is_true(original: Path, result: dict[str, Any]) -> bool:
    """Whether another program finds what we refuse it for."""
    code = result["findings"][-1]["code"]
    if code == "no-video":
        return not any(track.track_type == "Video" for track in MediaInfo.parse(original).tracks)
    if code == "damaged":
        command = ["ffmpeg", "-v", "warning", "-nostdin", "-i", str(original), "-f", "null", "-"]
        said = subprocess.run(command, check=False, capture_output=True, text=True).stderr
        return any(word in said for word in ("corrupt", "error", "Error", "nvalid", "missing", "concealing"))
    return False


def _lengths(result: dict[str, Any]) -> str:
    if result["state"] != "published":
        return f"{'':>19}"
    return f"{_seconds(Path(result['file'])):8.3f} → {_seconds(_master(result)):8.3f}"


def _master(result: dict[str, Any]) -> Path:
    return next(Path(output["path"]) for output in result["outputs"] if output["role"] == "master")


def _seconds(path: Path) -> float:
    """As long as its longest picture or sound: a subtitle track may promise more."""
    tracks = (track.to_data() for track in MediaInfo.parse(path).tracks if track.track_type in {"Video", "Audio"})
    return max(float(track.get("duration", 0)) for track in tracks) / 1000


def _decoded(path: Path) -> float:
    """Where the last picture or sound ends that Debian's own ffmpeg decodes, which is not the pipeline's."""
    streams = ("-map", "0:v:0", "-map", "0:a:0?")
    command = ["ffmpeg", "-v", "error", "-nostdin", "-i", str(path), *streams, "-progress", "-", "-f", "null", "-"]
    said = subprocess.run(command, check=False, capture_output=True, text=True).stdout
    times = [line.partition("=")[2] for line in said.splitlines() if line.startswith("out_time_us=")]
    return max((int(time) / 1e6 for time in times if time.isdigit()), default=0.0)


def _start(path: Path) -> float:
    """Seconds before which nothing is shown or heard, as Debian's ffprobe has it; MediaInfo counts them as length."""
    container = MediaInfo.parse(path).tracks[0].to_data().get("format", "")
    return _asked_of_ffprobe(path, "start_time") if container in {"MPEG-4", "QuickTime"} else 0.0


def _asked_of_ffprobe(path: Path, name: str) -> float:
    command = ["ffprobe", "-v", "error", "-show_entries", f"format={name}", "-of", "csv=p=0", str(path)]
    said = subprocess.run(command, check=False, capture_output=True, text=True).stdout.strip()
    return float(said) if said[:1].isdigit() else 0.0


def _track(path: Path, kind: str) -> dict[str, Any]:
    found: dict[str, Any] = next(t.to_data() for t in MediaInfo.parse(path).tracks if t.track_type == kind)
    return found


if __name__ == "__main__":
    main()
