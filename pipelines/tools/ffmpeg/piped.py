"""Run ffmpeg confined, and read the pipes that it writes to: progress, loudness, hashes, small pictures."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import IO

from pipelines.domain.errors import ToolFailed
from pipelines.sandbox import children
from pipelines.sandbox.limits import Limits, Scratch
from pipelines.sandbox.process import Alive, Consumer, Ended, run, widen
from pipelines.tools.ffmpeg.output import ProgressReader


def run_piped(
    command: Callable[[tuple[int, ...]], Sequence[str]],
    consumers: Sequence[Consumer],
    *,
    scratch: Scratch,
    limits: Limits,
    inherit: Sequence[int] = (),
    stdout: Consumer = lambda _: True,
    stderr: Consumer = lambda _: False,
    alive: Alive = lambda: None,
    devices: bool = False,
) -> Ended:
    """Run ffmpeg to its end. `command` gets the descriptors that it writes to, one for each consumer.

    Raises what :func:`pipelines.sandbox.process.run` raises.
    """
    pipes = [_pipe() for _ in consumers]
    argv = command(tuple(end for _, end in pipes))
    with children.confined(argv, scratch, limits, devices=devices) as (confined, descriptors):
        return run(
            confined,
            scratch=scratch,
            limits=limits,
            stdout=stdout,
            stderr=stderr,
            pipes={end: (pipe, read) for (pipe, end), read in zip(pipes, consumers, strict=True)},
            inherit=[*inherit, *descriptors],
            alive=alive,
        )


def encode(
    command: Callable[[int], Sequence[str]],
    progress: ProgressReader,
    *,
    scratch: Scratch,
    limits: Limits,
    inherit: Sequence[int] = (),
    alive: Alive = lambda: None,
) -> None:
    """Run an ffmpeg that reports only its progress. `command` gets the descriptor that it reports to.

    Raises ToolFailed where ffmpeg fails, and what :func:`run_piped` raises.
    """
    ended = run_piped(
        lambda ends: command(*ends), (progress,), scratch=scratch, limits=limits, inherit=inherit, alive=alive
    )
    if ended.status != 0:
        raise ToolFailed(f"ffmpeg: exit status {ended.status}: {ended.tail(1500)}")


def _pipe() -> tuple[IO[bytes], int]:
    reading, writing = os.pipe()
    widen(reading)
    return os.fdopen(reading, "rb", buffering=0), writing
