"""Two thousand published items under changed rules: what is made again, by whom killed, and how well it was foretold.

`python -m bench.batches`: FOOTAGE_BATCH_ITEMS (2000), of which one in FOOTAGE_BATCH_FILM (25) is a film with channels'
films; FOOTAGE_BATCH_KILLS (10); FOOTAGE_BATCH_CHANGES (3, the first so many of the changes). A few items are made for
real, and measured; the others are their copies, each with an original, a publication and a derived one of its own.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import sys
import tempfile
import time
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
from PIL import Image

from pipelines.domain.keys import manifest_key, original_key, output_key
from pipelines.service import EditRequest
from storage.ledger import Ledger
from storage.local import LocalStore
from storage.records import Asset
from tests.media import clips
from tests.running import Footage
from tests.unit.facts import small_other_rules
from tests.up import free_port, wait_until_up
from worker.app import open_service
from worker.settings import Settings

_ITEMS = int(os.environ.get("FOOTAGE_BATCH_ITEMS", "2000"))
_FILM = int(os.environ.get("FOOTAGE_BATCH_FILM", "25"))
_KILLS = int(os.environ.get("FOOTAGE_BATCH_KILLS", "10"))
_CHANGES = int(os.environ.get("FOOTAGE_BATCH_CHANGES", "3"))
_REAL = 6  # films and photos that are made for real
_CAPTION = '"{county} · {unit} · {theme}"', '"{county} · {theme}"'
_MASTERS = "crf = 24\npsy = 1.0\naq = 1.0\nmax_bitrate = 6_000_000"
_WITHIN = 0.25


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="footage-batches-") as name:
        right = _run(Path(name))
    sys.exit(0 if right else 1)


def _run(folder: Path) -> bool:
    rules = folder / "rules.toml"
    rules.write_text(small_other_rules(), encoding="utf-8")
    footage = Footage(folder / "home", (("FOOTAGE_CAMPAIGN", str(rules)),))
    films, photos = _made(footage, folder)
    with closing(Ledger(f"sqlite:///{footage.home / 'ledger.sqlite'}")) as ledger:
        _copied(ledger, LocalStore(footage.home / "store"), films, photos)
        before = _standing(ledger)
        print(
            f"{len(before)} published items, {sum('channel-phone.mp4' in it for it in before.values())} films",
            flush=True,
        )

        right = []
        films_of_all = len(films) + _copies()[0]
        for name, kills, old, new in _changes()[:_CHANGES]:
            rules.write_text(small_other_rules().replace(old, new), encoding="utf-8")
            done = _batch(footage, ledger, before, kills=kills)
            made = _changed(before, done.after)
            print(f"{name}: made again {made}", flush=True)
            captioned = made.get("channel-phone.mp4") == films_of_all
            alone = made.keys() == {"channel-phone.mp4"} if old is _CAPTION[0] else made["master.mp4"] == films_of_all
            right += [captioned, alone, "photo.jpg" not in made, done.once, done.foretold or kills > 0]
            right.append(_rolled_back(footage, ledger, done, before))
    print("right" if all(right) else f"WRONG {right}")
    return all(right)


def _changes() -> list[tuple[str, int, str, str]]:
    """The changes of the rules, each with how often the machine is killed meanwhile."""
    finer, coarser = (_MASTERS.replace("24", crf, 1) for crf in ("28", "32"))
    return [
        ("changed caption template", 0, *_CAPTION),
        ("changed CRF", 0, _MASTERS, finer),
        (f"changed CRF, killed {_KILLS} times", _KILLS, _MASTERS, coarser),
    ]


def _copies() -> tuple[int, int]:
    films = max(0, _ITEMS // _FILM - _REAL)
    return films, _ITEMS - films - 2 * _REAL


def _made(footage: Footage, folder: Path) -> tuple[list[str], list[str]]:
    """Make a few films with channels' films, and photos, for real: these are measured."""
    paths = []
    for number in range(_REAL):
        clip = clips.Clip(seconds=4 + number % 2, width=320, height=180, rate="25")
        path = clips.make(folder / f"film{number}.mp4", clip)
        with path.open("ab") as file:
            file.write(_unread(f"{number}"))
        paths.append(path)
        path = folder / f"photo{number}.jpg"
        Image.effect_noise((1400 + number, 900), 30).convert("RGB").save(path)
        paths.append(path)
    done = footage("process", *paths, "--unit", "塔什库尔干镇", "--json", timeout=900)
    by_name = {Path(one["file"]).name: one["job"] for one in done.objects}
    films = [by_name[f"film{number}.mp4"] for number in range(_REAL)]
    service = open_service(
        Settings(home=footage.home, campaign=dict(footage.more)["FOOTAGE_CAMPAIGN"], reserve_bytes=0)
    )
    for job in films:
        service.editor.edit(job, replace(EditRequest(), channels=("phone", "plaza")))
    return films, [by_name[f"photo{number}.jpg"] for number in range(_REAL)]


def _copied(ledger: Ledger, store: LocalStore, films: list[str], photos: list[str]) -> None:
    for models, count in zip((films, photos), _copies(), strict=True):
        for number in range(count):
            _copy(ledger, store, models[number % len(models)], number)


def _copy(ledger: Ledger, store: LocalStore, model: str, number: int) -> None:
    """Enter a copy of a job, whose original differs in bytes that no decoder reads."""
    job = ledger.job(model)
    assert job
    decided = ledger.edits.of([model]).get(model)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        original = folder / "original"
        store.get(original_key(job.original), original)
        with original.open("ab") as file:
            file.write(_unread(f"{model}{number}") if job.name.endswith(".mp4") else f"{number}".encode())
        sha256 = hashlib.sha256(original.read_bytes()).hexdigest()
        store.put(original_key(sha256), original, media_type="application/octet-stream", sha256=sha256)
        keys = [job.manifest, *([decided.manifest] if decided else [])]
        manifests = [_republished(ledger, store, key, sha256, original.stat().st_size, folder) for key in keys]
    said = {"unit": job.unit, "activity": job.activity, "lane": job.lane, "size": job.size}
    made = ledger.create(name=f"{number}-{job.name}", programme=job.programme, **said)
    ledger.custody.record(sha256, "received", made.id)
    ledger.move(
        made.id,
        ["received"],
        state="published",
        original=sha256,
        manifest=manifests[0],
        recipe=job.recipe,
        findings=job.findings,
    )
    if decided:
        ledger.edits.decide(made.id, decided.decision, manifests[1])


def _unread(text: str) -> bytes:
    """A box of an MP4 that no decoder reads."""
    data = text.encode()
    return (len(data) + 8).to_bytes(4, "big") + b"free" + data


def _republished(ledger: Ledger, store: LocalStore, key: str, sha256: str, size: int, folder: Path) -> str:
    path = folder / "manifest.json"
    store.get(key, path)
    document = json.loads(path.read_text())
    old, recipe = document["original"]["sha256"], document["recipe"]
    document["original"] = {"sha256": sha256, "size": size}
    for artifact in document["artifacts"]:
        file = folder / artifact["name"]
        store.get(output_key(old, recipe, artifact["name"]), file)
        target = output_key(sha256, recipe, artifact["name"])
        store.put(target, file, media_type=artifact["media_type"], sha256=artifact["sha256"])
    path.write_text(json.dumps(document))
    made = manifest_key(sha256, recipe)
    store.put(made, path, media_type="application/json")
    ledger.index(
        [
            Asset(**{**_fields(asset), "key": output_key(sha256, recipe, asset.name), "manifest": made})
            for asset in ledger.assets([key])
        ]
    )
    return made


def _fields(asset: Asset) -> dict[str, Any]:
    return {name: getattr(asset, name) for name in Asset.__dataclass_fields__}


Hashes = dict[str, dict[str, str]]


def _standing(ledger: Ledger) -> Hashes:
    """Return by job the SHA-256 of each output that stands."""
    jobs = ledger.find(limit=100_000)
    decided = ledger.edits.of([job.id for job in jobs])
    of = {}
    for asset in ledger.assets([job.manifest for job in jobs] + [it.manifest for it in decided.values()]):
        of.setdefault(asset.manifest, {})[asset.name] = asset.sha256
    return {
        job.id: {**of.get(job.manifest, {}), **(of.get(decided[job.id].manifest, {}) if job.id in decided else {})}
        for job in jobs
    }


def _changed(before: Hashes, after: Hashes) -> dict[str, int]:
    found: dict[str, int] = {}
    for job, outputs in before.items():
        for name, sha256 in outputs.items():
            if after[job].get(name) != sha256 and name != "analysis.json":
                found[name] = found.get(name, 0) + 1
    return dict(sorted(found.items()))


class _Done:
    def __init__(self, batch: str, after: Hashes, *, once: bool, foretold: bool) -> None:
        self.batch, self.after, self.once, self.foretold = batch, after, once, foretold


def _batch(footage: Footage, ledger: Ledger, before: Hashes, *, kills: int) -> _Done:
    """Run a batch of everything to its end, killing the whole machine so many times on the way."""
    with _up(footage):
        began = time.monotonic()
        looked = footage("batch", "new", "--dry-run", "--json", timeout=900).objects[0]
        print(f"  estimate {_said(looked)}; told in {time.monotonic() - began:.0f} s", flush=True)
    cpu, dealt, seen = _cpu(ledger), random.Random(4), 0
    batch, began = "", time.monotonic()
    whole = looked["jobs"]
    at = sorted(dealt.randint(1, whole - 1) for _ in range(kills))
    while True:
        with _up(footage):
            batch = batch or footage("batch", "new", "--json", timeout=900).objects[0]["batch"]
            began = began if seen else time.monotonic()
            while _left(ledger, batch) and not (at and whole - _left(ledger, batch) >= at[0]):
                seen += _old_or_new(ledger, before)
                time.sleep(2)
        if not at:
            break
        at.pop(0)
    took, used = time.monotonic() - began, _cpu(ledger) - cpu
    ends = {item.state for item in ledger.batches.items(batch)}
    apart = abs(used / looked["cpu"] - 1), abs(took / looked["seconds"] - 1)
    print(
        f"  took {used:.0f} s of CPU, {took:.0f} s; off by {apart[0]:.0%} and {apart[1]:.0%}; ends {ends};"
        f" the desk was looked at {seen} times; killed {kills} times",
        flush=True,
    )
    once = ends == {"done"} and _published_once(ledger, batch)
    return _Done(batch, _standing(ledger), once=once, foretold=max(apart) <= _WITHIN)


def _said(looked: dict[str, Any]) -> str:
    outputs = sum(looked["outputs"].values())
    return f"{looked['jobs']} jobs, {outputs} outputs, {looked['cpu']:.0f} s of CPU, {looked['seconds']:.0f} s"


@contextmanager
def _up(footage: Footage) -> Any:
    """`footage up`; at the end of the block all of it is killed at once."""
    port = free_port()
    process = footage.start("up", "--port", str(port))
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as api:
        wait_until_up(api, within=120)
    try:
        yield
    finally:
        children = [int(it.name) for it in Path("/proc").iterdir() if it.name.isdigit() and _is_of(it, footage.home)]
        for pid in [process.pid, *children]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        process.wait()


def _is_of(entry: Path, home: Path) -> bool:
    try:
        return f"FOOTAGE_HOME={home}".encode() in (entry / "environ").read_bytes().split(b"\0")
    except OSError:
        return False


def _left(ledger: Ledger, batch: str) -> int:
    counts = ledger.batches.counts(batch)
    return counts.get("waiting", 0) + counts.get("queued", 0)


def _old_or_new(ledger: Ledger, before: Hashes) -> bool:
    """Look at some jobs: each shows all of its outputs, the old or the new ones."""
    jobs = ledger.find(limit=100_000)
    for job in random.Random(time.monotonic()).sample(jobs, min(20, len(jobs))):
        decided = ledger.edits.of([job.id]).get(job.id)
        manifests = [job.manifest, *([decided.manifest] if decided else [])]
        names = {asset.name for asset in ledger.assets(manifests)}
        if not before[job.id].keys() <= names:
            raise RuntimeError(f"{job.id} shows {sorted(names)}")
    return True


def _published_once(ledger: Ledger, batch: str) -> bool:
    """Tell whether each chain tells of each publication and each edit of the batch once."""
    for item in ledger.batches.items(batch):
        job = ledger.job(item.job)
        assert job
        told = [(it.kind, it.detail["manifest"]) for it in ledger.custody.chain(job.original) if it.kind in _MADE]
        if len(told) != len(set(told)):
            print(f"  twice: {told}")
            return False
    return True


_MADE = {"published", "edited"}


def _rolled_back(footage: Footage, ledger: Ledger, done: _Done, before: Hashes) -> bool:
    said = footage("batch", "rollback", done.batch, "--json", timeout=900)
    same = _standing(ledger) == before
    print(f"  rollback: {said.out.strip()}; every hash as before {same}", flush=True)
    return same


def _cpu(ledger: Ledger) -> float:
    return sum(value for (name, _), value in ledger.tallies.all().items() if name == "cpu_seconds_total")


if __name__ == "__main__":
    main()
