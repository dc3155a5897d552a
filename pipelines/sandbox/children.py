"""Call one of our own tools on untrusted bytes, in a child process of its own.

A decoder that crashes, hangs or exhausts memory ends only the child. Request and reply are JSON; the file is passed
as an open descriptor, never as a name. A reply that is invalid or over 1 MiB raises ToolFailed; a child that dies
raises Internal, Crashed or OutOfMemory.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from pipelines.domain.errors import Crashed, FootageError, Internal, OutOfMemory, ToolFailed
from pipelines.sandbox import confine, forked
from pipelines.sandbox.child import OUT_OF_MEMORY
from pipelines.sandbox.confinement import confinement
from pipelines.sandbox.limits import Limits, Scratch
from pipelines.sandbox.process import Alive, Consumer, Ended, run

Reply = TypeVar("Reply")

# The place of a frame of our code in a traceback; the line that names the exception.
_RAISED_AT = re.compile(r'^  File ".*?((?:pipelines|storage)/[\w/]+\.py)", line (\d+)', re.MULTILINE)
_EXCEPTION = re.compile(r"^([A-Za-z_][\w.]*)(?::|$)", re.MULTILINE)
_MOST = 1 << 20  # bytes of reply; the edit of a six-hour film is under 10 KB


def call(
    tool: str,
    request: dict[str, Any],
    reply: TypeAdapter[Reply],
    *,
    scratch: Scratch,
    inherit: Sequence[int] = (),
    limits: Limits | None = None,
    alive: Alive = lambda: None,
) -> Reply:
    """Have a child serve this tool and return its reply. Raises ToolFailed, :func:`death_of`'s errors and `run`'s."""
    answer = bytearray()

    def collect(data: bytes) -> bool:
        answer.extend(data)
        if len(answer) > _MOST:
            raise ToolFailed(f"{tool}: reply over {_MOST} bytes")
        return True

    limits = limits or Limits()
    with _confined(scratch, limits) as (numbers, descriptors):
        ended = run(
            [tool, *numbers],
            scratch=scratch,
            limits=limits,
            stdout=collect,
            inherit=(*inherit, *descriptors),
            stdin=json.dumps(request).encode(),
            alive=alive,
            start=forked.start,
        )
    if ended.status != 0:
        raise death_of(tool, ended)
    try:
        return reply.validate_json(bytes(answer))
    except (ValidationError, ArithmeticError) as error:
        # The text of the error is left out: it would repeat the child's output up to ten times.
        raise ToolFailed(f"{tool}: not a reply ({type(error).__name__})") from None


def death_of(tool: str, ended: Ended) -> FootageError:
    """Return the error that a child died of: lack of memory, a signal, or an exception of our own code.

    A decoder's complaint is none of these: it comes as a reply.
    """
    detail = f"{tool}: exit status {ended.status}: {ended.stderr[-800:]}"
    if ended.status == OUT_OF_MEMORY:
        return OutOfMemory(detail)
    if ended.status < 0:
        return Crashed(detail)
    return Internal(detail, cause=cause_of(ended.stderr))


def cause_of(traceback: str) -> str:
    """Return the class of a traceback's last exception and the place in our code; empty where there is none."""
    places, kinds = _RAISED_AT.findall(traceback), _EXCEPTION.findall(traceback)
    return f"{kinds[-1].rpartition('.')[2]}, {places[-1][0]}:{places[-1][1]}" if places and kinds else ""


@contextmanager
def _confined(
    scratch: Scratch, limits: Limits, program: Path | None = None, *, devices: bool = False
) -> Iterator[tuple[tuple[str, ...], tuple[int, ...]]]:
    """Yield the numbers of a child's confinement and the descriptors it inherits; both empty without confinement."""
    if not scratch.confined:
        yield (), ()
        return
    with confinement(scratch.path, program, devices=devices) as descriptors:
        yield tuple(map(str, (*descriptors, limits.memory, limits.file_size, limits.cpu))), descriptors


def run_on(
    path: Path,
    command: Callable[[int], list[str]],
    *,
    scratch: Scratch,
    limits: Limits,
    stdout: Consumer = lambda _: True,
    stderr: Consumer = lambda _: False,
    alive: Alive = lambda: None,
) -> Ended:
    """Run a foreign program, confined, on one file. `command` gets the descriptor that the file is open under.

    Raises what :func:`pipelines.sandbox.process.run` raises.
    """
    with path.open("rb") as file, confined(command(file.fileno()), scratch, limits) as (argv, descriptors):
        inherit = [file.fileno(), *descriptors]
        return run(argv, scratch=scratch, limits=limits, stdout=stdout, stderr=stderr, inherit=inherit, alive=alive)


@contextmanager
def confined(
    argv: Sequence[str], scratch: Scratch, limits: Limits, *, devices: bool = False
) -> Iterator[tuple[list[str], tuple[int, ...]]]:
    """Yield the command line that runs a foreign program confined, and the descriptors that it inherits.

    `devices`: it may use the graphics cards too.
    """
    with _confined(scratch, limits, Path(argv[0]), devices=devices) as (numbers, descriptors):
        before = [sys.executable, "-I", "-S", confine.__file__, *numbers, "--"] if numbers else []
        yield [*before, *argv], descriptors
