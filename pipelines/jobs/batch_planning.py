"""Find what a batch would make again: of each job the outputs that today's rules make otherwise."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from pipelines.domain.errors import FootageError
from pipelines.domain.estimates import Remade, scaled
from pipelines.domain.keys import output_key
from pipelines.domain.model import Analysis, Artifact, Manifest, Published, VideoPlan
from pipelines.domain.planning.derivation import DerivationPlan, derivation_digest, plan_derivation
from pipelines.domain.planning.edit import ANALYSIS_JSON
from pipelines.domain.planning.parts import derived_parts, length_of, roles_again
from pipelines.jobs.renewal import StandingResult, standing_result
from pipelines.sandbox.messages import ANALYSIS
from pipelines.scheduling.context import WorkContext, submission_of
from pipelines.scheduling.failures import translated
from pipelines.stages.plan import derivation_tools
from storage.records import Job

_FILMS = frozenset({"master", "clip", "reel", "angle"})


def remade_of(context: WorkContext, job: Job) -> Remade:
    """Return what is made again of a job."""
    stands = standing_result(context, job)
    if stands is None:
        return Remade(unknown=True, units={"anew": 1.0})
    again = roles_again(stands.manifest.plan, stands.plan) if not stands.is_same else frozenset()
    artifacts = [
        artifact
        for artifact in stands.manifest.artifacts
        if artifact.role != "analysis" and (again is None or artifact.role in again)
    ]
    units = _units(stands, anew=again is None, remade=bool(again))
    edition, seconds = _edition(context, job, stands, master_stays=again is not None)
    if edition:
        units["edition"] = float(seconds) or 1.0
    unsettled = stands.edition is not None and stands.edition[0].base != stands.manifest.recipe
    if not artifacts and not edition:
        return Remade(units={"again": 1.0} if unsettled else {}, unsettled=unsettled)
    roles: Counter[str] = Counter(artifact.role for artifact in (*artifacts, *edition))
    size = sum(_size(artifact, stands) for artifact in (*artifacts, *edition))
    return Remade(dict(roles), size, units)


def made_with(context: WorkContext, job: Job, name: str, version: str) -> bool:
    """Tell whether this version of a tool has made what stands of a job."""
    stands = standing_result(context, job)
    return stands is not None and (name, version) in stands.manifest.plan.tools


def _units(stands: StandingResult, *, anew: bool, remade: bool) -> dict[str, float]:
    if not anew:
        return {"again": 1.0, **({"remake": 1.0} if remade else {})}
    plan = stands.plan
    return {"anew": 1.0, **({"film": float(plan.duration)} if isinstance(plan, VideoPlan) else {"photo": 1.0})}


def _size(artifact: Artifact, stands: StandingResult) -> int:
    old, new = stands.manifest.plan, stands.plan
    if artifact.role in _FILMS and isinstance(old, VideoPlan) and isinstance(new, VideoPlan):
        return scaled(artifact.size, old.encoding.crf, new.encoding.crf)
    return artifact.size


def _edition(
    context: WorkContext, job: Job, stands: StandingResult, *, master_stays: bool
) -> tuple[Sequence[Artifact], Fraction]:
    """Return the outputs of the derived publication that are made again, and the seconds that its films show."""
    if stands.edition is None:
        return (), Fraction(0)
    edition, base = stands.edition
    if not master_stays:
        return edition.artifacts, length_of(edition.plan.renditions)
    try:
        plan = _today(context, job, edition.plan, stands.manifest)
    except FootageError:  # it can't be carried out any more: making it again tells
        return edition.artifacts, length_of(edition.plan.renditions)
    if derivation_digest(plan) == edition.recipe:
        return (), Fraction(0)
    before, now = derived_parts(edition.plan, base), derived_parts(plan, stands.manifest)
    other = {name for name in now if now[name] != before.get(name)}
    films = length_of([made for made in plan.renditions if made.name in other])
    return [artifact for artifact in edition.artifacts if artifact.name in other], films


def _today(context: WorkContext, job: Job, plan: DerivationPlan, base: Manifest) -> DerivationPlan:
    """Return today's plan for an edit request; the before-and-after pair stays as it is."""
    request = plan.edit_request
    known = tuple(name for name in request.channels if name in context.campaign.channels)
    asked = replace(request, partner=None, channels=known)
    published = Published(base, submission_of(job))
    today = plan_derivation(published, _analysis(context, base), asked, None, context.campaign, derivation_tools())
    return replace(today, pair=plan.pair, edit_request=request)


def _analysis(context: WorkContext, base: Manifest) -> Analysis | None:
    if not isinstance(base.plan, VideoPlan):
        return None
    with tempfile.TemporaryDirectory(prefix="footage-", dir=context.scratch) as folder, translated():
        path = Path(folder) / ANALYSIS_JSON
        context.store.get(output_key(base.original.sha256, base.recipe, ANALYSIS_JSON), path)
        return ANALYSIS.validate_json(path.read_bytes())
