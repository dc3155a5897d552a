"""Compare what stood before a batch with what stands after it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.domain.errors import FootageError
from pipelines.domain.keys import output_key
from pipelines.domain.model import Manifest
from pipelines.jobs.bundles import local
from pipelines.sandbox.limits import Limits, Scratch
from pipelines.scheduling.context import WorkContext
from pipelines.scheduling.failures import translated
from pipelines.stages.publish import read_manifest
from pipelines.tools.ffmpeg.likeness import vmaf
from storage.batches import BatchItem
from storage.records import Asset

_LIMITS = Limits(wall=3600, stall=3600, folder=1 << 50)


@dataclass(frozen=True, slots=True)
class Comparison:
    """One row of the table of before and after; each cell as it is shown, empty where nothing is to compare.

    `sizes`: bytes of the main output; `loudness`: LKFS; `stills`: the names of those that differ; `findings`: codes
    that came (+) and went (−); `vmaf`: of the new master against the old one.
    """

    job: str
    state: str
    sizes: str = ""
    loudness: str = ""
    stills: str = ""
    findings: str = ""
    vmaf: str = ""
    reason: str = ""


def comparisons(context: WorkContext, items: Sequence[BatchItem], samples: int) -> list[Comparison]:
    """Return the rows of these jobs. `samples`: the number of masters, evenly spread, that VMAF is measured of."""
    changed = [item.job for item in items if item.after and item.after.get("recipe") != item.before.get("recipe")]
    step = max(1, len(changed) // samples) if samples else 0
    chosen = set(changed[::step][:samples]) if step else set()
    return [_row_of(context, item, measured=item.job in chosen) for item in items]


def _row_of(context: WorkContext, item: BatchItem, *, measured: bool) -> Comparison:
    """Return one row; one that can't be compared says so, and keeps no other from being shown."""
    try:
        return _row(context, item, measured=measured)
    except FootageError as error:
        return Comparison(item.job, item.state, reason=error.text)


def _row(context: WorkContext, item: BatchItem, *, measured: bool) -> Comparison:
    if not item.after or not item.before.get("manifest"):
        return Comparison(item.job, item.state, reason=item.reason)
    with tempfile.TemporaryDirectory(prefix="footage-", dir=context.scratch) as name, translated():
        folder = Path(name)
        old, new = (read_manifest(context.store, side["manifest"], folder) for side in (item.before, item.after))
        if old is None or new is None:
            return Comparison(item.job, item.state, reason="旧的成品已清理" if old is None else item.reason)
        mains = _mains(context, old), _mains(context, new)
        return Comparison(
            job=item.job,
            state=item.state,
            sizes=_change(*(f"{main.size / 1e6:.2f} MB" if main else "" for main in mains)),
            loudness=_change(*(f"{one.level.integrated:.1f}" if one.level else "" for one in (old, new))),
            stills="、".join(_other_stills(old, new)),
            findings=" ".join(_other_findings(item.before, item.after)),
            vmaf=_likeness(context, mains, folder) if measured else "",
            reason=item.reason,
        )


def _change(before: str, after: str) -> str:
    return before if before == after else f"{before} → {after}"


def _mains(context: WorkContext, manifest: Manifest) -> Asset | None:
    key = output_key(manifest.original.sha256, manifest.recipe, "")
    assets = context.ledger.assets([f"{key}manifest.json"])
    return next((asset for asset in assets if asset.role in {"master", "photo"}), None)


def _other_stills(old: Manifest, new: Manifest) -> Iterator[str]:
    before = {artifact.name: artifact.sha256 for artifact in old.artifacts if artifact.role == "still"}
    after = {artifact.name: artifact.sha256 for artifact in new.artifacts if artifact.role == "still"}
    yield from (name for name in sorted(before | after) if before.get(name) != after.get(name))


def _other_findings(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    old, new = ({found["code"] for found in side["findings"]} for side in (before, after))
    yield from (f"+{code}" for code in sorted(new - old))
    yield from (f"−{code}" for code in sorted(old - new))


def _likeness(context: WorkContext, mains: tuple[Asset | None, Asset | None], folder: Path) -> str:
    old, new = mains
    if old is None or new is None or new.role != "master":
        return ""
    if old.sha256 == new.sha256:
        return "100"
    with local(context, old) as before, local(context, new) as after:
        found = vmaf(after, before, Scratch(folder, context.confined), _LIMITS)
    return f"{found:.1f}"
