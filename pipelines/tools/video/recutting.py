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
    """Answer `{"plan", "clips": cuts, "films": {name: pieces}}` with DONE; read the master in the working directory."""
    plan = FILM.validate_python(request["plan"])
    clips = CUTS.validate_python(request["clips"])
    with Frames(Path(plan.master.name)) as frames:
        film = coded(frames)
        for number, cut in enumerate(clips, 1):
            cut_clip(frames, film, Path(f"clip-{number}.mp4"), (cut.start, cut.end), plan.encoding)
        for name, pieces in request["films"].items():
            cut_reel(frames, film, Path(name), CUTS.validate_python(pieces), plan.encoding)
    return DONE.dump_json(True)
