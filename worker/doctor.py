"""Check by trial what this machine has and lacks, and say how to mend it."""

from __future__ import annotations

import shutil
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

from pydantic import TypeAdapter

from pipelines.domain.errors import FootageError
from pipelines.domain.model import VideoFacts
from pipelines.domain.profiles import VideoProfile
from pipelines.sandbox import breakout, children, confinement
from pipelines.sandbox.limits import Limits, Scratch
from pipelines.sandbox.process import run
from pipelines.stages.probe import probe
from pipelines.tools.ffmpeg import binary, hardware
from storage.base import StoreError
from worker import embedded
from worker.app import load_campaign, open_context
from worker.broker import make_broker
from worker.demo import footage
from worker.settings import Settings

_OLDEST = (3, 11)
_SECONDS = 10  # for an answer of the identity provider


@dataclass(frozen=True, slots=True)
class Check:
    """The result of one check. `mend`: the remedy if it is not `ok`; `needed` is false if work goes on without it."""

    name: str
    ok: bool
    said: str
    mend: str = ""
    needed: bool = True


def examine(settings: Settings) -> Iterator[Check]:
    """Yield the result of every check, each after the checks that it depends on."""
    yield _python()
    yield _try("campaign", lambda: load_campaign(settings.campaign).campaign.name, "检查 FOOTAGE_CAMPAIGN")
    yield _try("ffmpeg", binary.version, "make install 重新安装")
    yield _try("sandbox", _sandbox, "需要 Linux 6.2 以上并启用 Landlock；确知风险时可设 FOOTAGE_SANDBOX=off")
    yield _try("rotation", _rotation, "ffmpeg 版本有旋转缺陷：make install 装回锁定的版本")
    yield _try("home", lambda: _writable(settings.folder), "检查 FOOTAGE_HOME 的权限")
    yield _disk(settings)
    yield from _cards(settings)
    yield _try("store and ledger", lambda: _storage(settings), "检查 FOOTAGE_STORE_URL、FOOTAGE_LEDGER_URL")
    yield _queue(settings)
    if settings.oidc_issuer:
        yield _try("identity provider", lambda: _issuer(settings), "检查 FOOTAGE_OIDC_ISSUER；密码登录不受影响", False)


def _try(name: str, attempt: Callable[[], str], mend: str, needed: bool = True) -> Check:
    try:
        return Check(name, True, attempt())
    except (FootageError, StoreError, OSError, ValueError, RuntimeError) as error:
        return Check(name, False, str(error)[:300], mend, needed)


def _python() -> Check:
    said = ".".join(map(str, sys.version_info[:3]))
    return Check("python", sys.version_info >= _OLDEST, said, "需要 Python 3.11 或更新")


def _sandbox() -> str:
    """Try every way out of the sandbox from inside. Raises RuntimeError if one is open.

    ffmpeg must be able to read a file in its scratch folder, and no file beside it.
    """
    if reason := confinement.missing():
        raise RuntimeError(reason)
    with tempfile.TemporaryDirectory() as folder:
        inside = Scratch(Path(folder) / "inside")
        inside.path.mkdir()
        got_out = children.call("breakout", {"attempts": []}, TypeAdapter(list[str]), scratch=inside)
        if got_out:
            raise RuntimeError(f"a confined child could {', '.join(got_out)}")
        scratch, beside = Scratch(Path(folder) / "scratch"), Path(folder) / "beside"
        scratch.path.mkdir()
        for path in (scratch / "inside", beside):
            path.write_bytes(b"four")
        if _confined_read(scratch, scratch / "inside") != 0:
            raise RuntimeError("a confined ffmpeg can't read its own scratch folder")
        if _confined_read(scratch, beside) == 0:
            raise RuntimeError("a confined ffmpeg could read a file outside its scratch folder")
    return f"Landlock, seccomp: {len(breakout.ATTEMPTS)} ways out tried, each refused"


def _confined_read(scratch: Scratch, path: Path) -> int:
    frame = ("-f", "rawvideo", "-video_size", "2x2", "-pixel_format", "gray", "-i", str(path))
    command = [binary.executable(), "-v", "error", "-nostdin", *frame, "-f", "null", "-"]
    with children.confined(command, scratch, Limits()) as (argv, descriptors):
        return run(argv, scratch=scratch, limits=Limits(), inherit=descriptors).status


def _rotation() -> str:
    """Check that a clip with a display matrix is read upright; FFmpeg 8.1 has a regression there (FACTS)."""
    with tempfile.TemporaryDirectory() as folder:
        clip = footage.portrait(Path(folder) / "turned.mp4", seconds=2)
        facts = probe(clip, Scratch(Path(folder), confined=False))
    if not isinstance(facts, VideoFacts) or facts.width > facts.height:
        raise RuntimeError(f"a portrait clip was read as {facts}")
    return f"{facts.width}×{facts.height}"


def _writable(folder: Path) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder):
        return str(folder)


def _disk(settings: Settings) -> Check:
    there = next(p for p in (settings.scratch_folder, *settings.scratch_folder.parents) if p.exists())
    free = shutil.disk_usage(there).free
    said = f"{free / (1 << 30):.1f} GiB free"
    return Check("disk", free > settings.reserve_bytes, said, "清理磁盘，或调低 FOOTAGE_RESERVE_BYTES")


def _cards(settings: Settings) -> Iterator[Check]:
    """Check the hardware encoders of each profile that names any; without them the processor encodes."""
    try:
        profiles = load_campaign(settings.campaign).profiles
    except FootageError:
        return  # reported by the check of the campaign
    for name, profile in profiles.items():
        if isinstance(profile, VideoProfile) and profile.hardware:
            found = hardware.working(profile, confined=settings.sandbox == "on")
            said = f"{name}: {', '.join(found) or 'none'} of {', '.join(profile.hardware)}"
            yield Check("hardware", bool(found), said, "没有可用的显卡编码器，由处理器编码", needed=False)


def _storage(settings: Settings) -> str:
    """Write an object, read it back and remove it."""
    store = open_context(settings).store
    key = f"doctor/{uuid.uuid4().hex}"
    with tempfile.TemporaryDirectory() as folder:
        path, back = Path(folder) / "probe", Path(folder) / "back"
        path.write_bytes(b"doctor")
        store.put(key, path, media_type="text/plain")
        store.get(key, back)
        store.delete(key)
        if back.read_bytes() != path.read_bytes():
            raise RuntimeError("what was read is not what was written")
    return settings.store.partition("://")[0] + ", " + settings.ledger.partition(":")[0]


def _queue(settings: Settings) -> Check:
    """Check the queue. Only `submit` and the desk need it; `footage up` starts the embedded one."""
    if not settings.broker:
        up = embedded.is_up(settings.folder)
        return Check("queue", up, "running" if up else "not running", "footage up 会启动它", needed=False)
    mend = "检查 FOOTAGE_BROKER_URL"
    try:
        make_broker(settings.broker).client.ping()
    except Exception as error:  # noqa: BLE001 - after any error the queue counts as unreachable
        return Check("queue", False, str(error)[:300], mend)
    return Check("queue", True, "reachable")


def _issuer(settings: Settings) -> str:
    """Return the issuer that the provider's metadata name. Raises OSError, ValueError."""
    url = f"{settings.oidc_issuer.rstrip('/')}/.well-known/openid-configuration"
    with urlopen(url, timeout=_SECONDS) as answer:  # noqa: S310 - settings hold it to http(s)
        issuer = TypeAdapter(dict[str, object]).validate_json(answer.read(1 << 20)).get("issuer")
    if str(issuer).rstrip("/") != settings.oidc_issuer.rstrip("/"):
        raise ValueError(f"the provider calls itself {issuer}")
    return str(issuer)
