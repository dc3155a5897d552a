"""The promises, held against what is in the ledger and in the store: one figure each."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from statistics import median

from chaos.material import Sent
from chaos.processes import working_in
from chaos.watch import Watch
from pipelines.domain.keys import is_manifest, manifest_key, original_key, output_key
from pipelines.domain.model import Manifest
from pipelines.stages.publish import read_manifest
from storage.base import Store
from storage.custody import is_unbroken
from storage.digests import sha256_of
from storage.ledger import Ledger
from storage.records import ENDED, Job

BACK_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """One promise. `wrong`: what breaks it, said for whoever has to find out why."""

    promise: str
    figure: str
    wrong: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """Everything there is, once the run is over."""

    sent: dict[str, Sent]
    jobs: dict[str, Job]
    store: Store
    ledger: Ledger
    scratch: Path

    @property
    def published(self) -> list[Job]:
        return [job for job in self.jobs.values() if job.state == "published"]


def verdicts(found: Found, watch: Watch) -> list[Verdict]:
    """All of them, in the order in which they are told."""
    manifests = _manifests(found)
    checks: list[Callable[[], Verdict]] = [
        lambda: _states(found),
        lambda: _none_lost(found),
        lambda: _one_publication(found, manifests),
        lambda: _duplicates(found),
        lambda: _custody(found, manifests),
        lambda: _no_orphans(found, manifests),
        lambda: _hashes(found, manifests),
        lambda: _originals(found),
        lambda: _scratch(found),
        lambda: _back_in_time(watch),
    ]
    return [check() for check in checks]


def _states(found: Found) -> Verdict:
    """Every job in a final state, and in the right one."""
    counts = Counter(job.state for job in found.jobs.values())
    wrong = [
        f"{job.id} {job.name}: {job.state} {job.code} attempts {job.attempts} deaths {job.deaths}, "
        f"should be {found.sent[job.id].ends}"
        for job in found.jobs.values()
        if job.state != found.sent[job.id].ends
    ]
    return Verdict("every job ended as it should", ", ".join(f"{n} {s}" for s, n in counts.items()), tuple(wrong))


def _none_lost(found: Found) -> Verdict:
    missing = [f"{job} is unknown" for job in found.sent if job not in found.jobs]
    missing += [f"{job.id} never told its end" for job in found.jobs.values() if not _told(found, job)]
    return Verdict("none lost, each end written down", f"{len(found.jobs)} of {len(found.sent)}", tuple(missing))


def _told(found: Found, job: Job) -> bool:
    told = found.ledger.outbox.of(job.id)
    return job.state in ENDED and bool(told) and told[-1].state == job.state


def _one_publication(found: Found, manifests: dict[str, Manifest]) -> Verdict:
    """As many manifests as there are originals that can be published, and each is some job's."""
    wanted = Counter(job.manifest for job in found.published)
    originals = {job.original for job in found.published}
    wrong = [
        f"{job.id} says {job.manifest}, which is not there" for job in found.published if job.manifest not in manifests
    ]
    wrong += [f"{key} is nobody's" for key in manifests if key not in wanted]
    wrong += [f"{len(manifests)} manifests of {len(originals)} originals"] * (len(manifests) != len(originals))
    return Verdict("one publication each", f"{len(manifests)} of {len(originals)} originals", tuple(wrong))


def _duplicates(found: Found) -> Verdict:
    """Who sent the same file got the same publication."""
    shared: dict[str, set[str]] = {}
    for job in found.published:
        shared.setdefault(job.original, set()).add(job.manifest)
    wrong = [f"{original}: {sorted(keys)}" for original, keys in shared.items() if len(keys) != 1]
    return Verdict("duplicates share theirs", f"{len(found.published) - len(shared)} duplicates", tuple(wrong))


def _custody(found: Found, manifests: dict[str, Manifest]) -> Verdict:
    """Chains unbroken, received once a job, published once a manifest."""
    originals = {job.original for job in found.jobs.values()}
    wrong = [trouble for original in originals for trouble in _chain(found, original, manifests)]
    return Verdict("custody chains unbroken, one “published” each", f"{len(originals)} chains", tuple(wrong))


def _chain(found: Found, original: str, manifests: dict[str, Manifest]) -> Iterator[str]:
    chain = found.ledger.custody.chain(original)
    if not is_unbroken(chain):
        yield f"{original}: broken"
    received = Counter(event.job for event in chain if event.kind == "received")
    senders = {job.id for job in found.jobs.values() if job.original == original}
    if set(received) != senders or any(number != 1 for number in received.values()):
        yield f"{original}: received {dict(received)}"
    published = Counter(str(event.detail.get("manifest")) for event in chain if event.kind == "published")
    ours = [key for key in manifests if manifests[key].original.sha256 == original]
    if published != Counter(ours):
        yield f"{original}: published {dict(published)}, manifests {ours}"


def _no_orphans(found: Found, manifests: dict[str, Manifest]) -> Verdict:
    """What lies under published/ is a manifest or is in one."""
    named = {key for manifest in manifests.values() for key in _outputs(manifest)} | set(manifests)
    there = {blob.key for blob in found.store.list("published/")}
    wrong = [f"{key} is in no manifest" for key in sorted(there - named)]
    wrong += [f"{key} is missing" for key in sorted(named - there)]
    return Verdict("no object without a manifest", f"{len(there)} objects", tuple(wrong))


def _outputs(manifest: Manifest) -> dict[str, str]:
    """Key and SHA-256 of everything it lists."""
    original, recipe = manifest.original.sha256, manifest.recipe
    return {output_key(original, recipe, artifact.name): artifact.sha256 for artifact in manifest.artifacts}


def _hashes(found: Found, manifests: dict[str, Manifest]) -> Verdict:
    """The bytes themselves, read back; and the asset index says the same."""
    wanted = {key: digest for manifest in manifests.values() for key, digest in _outputs(manifest).items()}
    wrong = [f"{key}: {got}" for key, got in _read(found.store, wanted) if got != wanted[key]]
    indexed = {asset.key: asset.sha256 for asset in found.ledger.assets(list(manifests))}
    wrong += [f"{key}: not so in the index" for key in wanted if indexed.get(key) != wanted[key]]
    return Verdict("every hash right, the index too", f"{len(wanted)} outputs", tuple(wrong))


def _originals(found: Found) -> Verdict:
    wanted = {original_key(job.original): sha256_of(found.sent[job.id].path) for job in found.jobs.values()}
    wrong = [f"{key}: {got}" for key, got in _read(found.store, wanted) if got != wanted[key]]
    strays = [blob.key for blob in found.store.list("originals/") if blob.key not in wanted]
    return Verdict("every original as it was sent", f"{len(wanted)} originals", (*wrong, *strays))


def _read(store: Store, keys: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Key and SHA-256 as found, "missing" where it is not there: past the store's own check, which would only raise."""
    with tempfile.TemporaryDirectory(prefix="chaos-") as folder:
        for key in keys:
            path = Path(folder) / "read"
            try:
                store.get(key, path)
                yield key, sha256(path.read_bytes()).hexdigest()
            except Exception as error:  # noqa: BLE001 - whatever it is, it is the finding
                yield key, f"{type(error).__name__}: {error}"


def _scratch(found: Found) -> Verdict:
    left = [str(path) for path in found.scratch.iterdir()]
    left += [f"process {pid} still works" for pid in working_in(found.scratch)]
    return Verdict("scratch empty, nobody left working", f"{len(left)} left", tuple(left))


def _back_in_time(watch: Watch) -> Verdict:
    undisturbed = watch.undisturbed(BACK_SECONDS)
    seen = [watch.back[kill] for kill in undisturbed if kill in watch.back]
    late = {kill: watch.back[kill] for kill in undisturbed if watch.back.get(kill, 0.0) > BACK_SECONDS}
    wrong = [f"{kill.job}: {seconds:.1f} s" for kill, seconds in late.items()]
    wrong += [f"{kill.job}: never" for kill in watch.storm.kills if kill not in watch.done and kill not in watch.back]
    return Verdict(
        f"a killed worker's job is back in {BACK_SECONDS:.0f} s",
        f"back {_spread(list(watch.back.values()))}; undisturbed {_spread(seen)}; "
        f"running {_spread(list(watch.again.values()))}",
        tuple(wrong),
    )


def _spread(seconds: Sequence[float]) -> str:
    if not seconds:
        return "none"
    return f"{len(seconds)} × median {median(seconds):.1f} s, max {max(seconds):.1f} s"


def _manifests(found: Found) -> dict[str, Manifest]:
    """By key; those that are not under the key of what they say are under their own, so that both checks see it."""
    with tempfile.TemporaryDirectory(prefix="chaos-") as folder:
        keys = [blob.key for blob in found.store.list("published/") if is_manifest(blob.key)]
        read = {key: read_manifest(found.store, key, Path(folder)) for key in keys}
    return {key: manifest for key, manifest in read.items() if manifest and _in_place(key, manifest)}


def _in_place(key: str, manifest: Manifest) -> bool:
    return key == manifest_key(manifest.original.sha256, manifest.recipe)
