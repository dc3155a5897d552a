"""Cut the clips, the reel and the source films of renditions that an edit request asks for, inside a confined child.

All are cut from the finished master.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipelines.sandbox.messages import CUTS, DONE, FILM
from pipelines.tools.video.cutting import coded, cut_clip
from pipelines.tools.video.frames import Frames
from pipelines.tools.video.reel_cutting import cut_reel


def serve(request: dict[str, Any]) -> bytes:
    """Answer `{"plan", "clips": {number: cut}, "films": {name: pieces}}` with DONE.

    The master is read in the working directory.
    """
    plan = FILM.validate_python(request["plan"])
    clips = {int(number): cut for number, cut in request["clips"].items()}
    with Frames(Path(plan.master.name)) as frames:
        film = coded(frames)
        for number, (cut,) in ((number, CUTS.validate_python([cut])) for number, cut in clips.items()):
            cut_clip(frames, film, Path(f"clip-{number}.mp4"), (cut.start, cut.end), plan.encoding)
        for name, pieces in request["films"].items():
            cut_reel(frames, film, Path(name), CUTS.validate_python(pieces), plan.encoding)
    return DONE.dump_json(True)
