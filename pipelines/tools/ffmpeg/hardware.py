"""Find which of a profile's hardware encoders work on this machine, by one trial encode of each per process."""

from __future__ import annotations

import logging
import tempfile
from fractions import Fraction
from functools import cache
from pathlib import Path

from pipelines.domain.errors import FootageError
from pipelines.domain.planning.encoders import hardware
from pipelines.domain.planning.films import encoding_of
from pipelines.domain.profiles import VideoProfile
from pipelines.sandbox import children
from pipelines.sandbox.limits import Limits, Scratch
from pipelines.sandbox.process import run
from pipelines.tools.ffmpeg import graphs

log = logging.getLogger("footage")

_LIMITS = Limits(wall=20, stall=20)


@cache
def working(profile: VideoProfile, *, confined: bool) -> tuple[str, ...]:
    """Return the kinds of hardware encoder that work, in the profile's order.

    Each is tried as a job would run it: confined where jobs are confined.
    """
    return tuple(kind for kind in profile.hardware if _encodes(profile, kind, confined=confined))


def _encodes(profile: VideoProfile, kind: str, *, confined: bool) -> bool:
    command = graphs.trial_arguments(encoding_of(profile, Fraction(25), hardware(profile.codec, kind)))
    with tempfile.TemporaryDirectory(prefix="footage-") as folder:
        scratch = Scratch(Path(folder), confined)
        try:
            with children.confined(command, scratch, _LIMITS, devices=True) as (argv, descriptors):
                ended = run(argv, scratch=scratch, limits=_LIMITS, inherit=descriptors)
        except FootageError as error:
            log.warning("hardware encoder not used", extra={"encoder": kind, "detail": error.detail})
            return False
    if ended.status != 0:
        log.warning("hardware encoder not used", extra={"encoder": kind, "detail": ended.tail(500)})
    return ended.status == 0
