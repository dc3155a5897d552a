"""Any sequence of presentation times, in any container: each frame is shown when the original shows it, in step.

FOOTAGE_TIMES_EXAMPLES (default 40): how many films are tried.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fuzz.times import faults
from tests.media import clips, measures

EXAMPLES = int(os.environ.get("FOOTAGE_TIMES_EXAMPLES", "40"))
_GROUPS = 4  # so that several workers share them


@pytest.mark.parametrize("group", range(_GROUPS))
def test_every_frame_is_shown_when_the_original_shows_it(tmp_path, group):
    wrong = []
    for number in range(group, EXAMPLES, _GROUPS):
        wrong += faults(number, tmp_path)

    assert wrong == []


def test_a_screen_recording_that_stands_for_seven_seconds_is_published_whole(tiny_footage, tmp_path):
    film = tmp_path / "screen.mp4"
    source = "testsrc2=s=234x506:r=60:d=8"
    kept = ("-vf", "select='lt(n,2)+gte(n,420)'", "-fps_mode", "vfr", "-preset", "ultrafast", "-bf", "3")
    clips.ffmpeg("-f", "lavfi", "-i", source, *kept, "-c:v", "libx264", "-pix_fmt", "yuv420p", str(film))

    result = tiny_footage("process", film, "--json").objects[0]

    master = next(output for output in result["outputs"] if output["role"] == "master")
    assert (result["state"], master["duration"]) == ("published", 8)
    assert measures.track(Path(master["path"]), "Video")["frame_count"] == "480"
