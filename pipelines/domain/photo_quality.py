"""Turn a photo's PhotoQuality into findings for the photographer: out of focus, too dark, a picture of a screen.

The thresholds come from the corpus: its photos measured as they are, blurred, darkened and re-photographed
(tests/media).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pipelines.domain.model import Finding, ImageFacts, PhotoQuality
from pipelines.domain.wording import short

_NAMED = 6  # other jobs that a finding names, at most
SAME = 5  # of 64 bits: two perceptual hashes of one scene differ by at most so many
_BLURRED = 40.0  # variance of the Laplacian, of the sharpest parts
_BLANK = 1.0
_DIM, _DARK = 40.0, 0.6  # luma, share
_GLARING, _BURNT = 215.0, 0.35
_DRAWN = 0.55  # share of equal neighbours; a smooth sky has as many, but a camera's file has its time or its name
_REGULAR = 400.0
_WHOLE = 768  # pixels of the short side; a smaller picture was enlarged even for the copy that is measured


def quality_findings(look: PhotoQuality, facts: ImageFacts) -> Iterator[Finding]:
    """Yield a finding for each fault that the photographer could still correct on the spot.

    A photo that was enlarged is judged neither by its sharpness, which another finding covers, nor by its patterns,
    which enlarging makes.
    """
    small = min(facts.width, facts.height) < _WHOLE
    exposure = [*_exposure(look)]
    yield from exposure
    if not is_telling(look):
        yield Finding("blank", "warning")
    elif look.flat > _DRAWN and not facts.taken and "device" not in facts.private:
        yield Finding("screenshot", "warning", actual=f"{look.flat:.0%}")
    elif look.lattice > _REGULAR and not small:
        yield Finding("of-a-screen", "info")
    elif look.sharpness < _BLURRED and not small and not exposure:
        yield Finding("out-of-focus", "warning")  # a badly exposed photo has no edges to judge


def _exposure(look: PhotoQuality) -> Iterator[Finding]:
    if look.luma < _DIM or look.dark > _DARK:
        yield Finding("underexposed", "warning", actual=f"{look.luma / 255:.0%}")
    elif look.luma > _GLARING or look.bright > _BURNT:
        yield Finding("overexposed", "warning", actual=f"{look.bright:.0%}")


def is_telling(look: PhotoQuality) -> bool:
    """Tell whether a photo has any detail to recognise it by: all blank walls look the same."""
    return look.sharpness > _BLANK


def burst_finding(job: str, burst: Mapping[str, float]) -> Finding:
    """Return the finding that tells a job of its near-duplicates: the sharpest of them, and at most 6 others.

    `burst`: the sharpness of each job's photo, its own included.
    """
    best = max(burst, key=lambda one: (burst[one], one))
    this = "本张最清晰，建议选用" if job == best else f"任务 {short(best)} 最清晰，建议选用"
    others = [short(one) for one in burst if one != job]
    more = f" 等 {len(others)} 项" if len(others) > _NAMED else ""
    return Finding("near-duplicate", "info", this, "、".join(others[:_NAMED]) + more)
