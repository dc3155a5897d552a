"""What a photo's look says to whoever took it: out of focus, too dark, a picture of a screen. Pure.

Thresholds from the corpus: the look of its photos as they are, blurred, darkened and re-photographed (tests/media).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pipelines.domain.model import Finding, ImageFacts, PhotoQuality

_NAMED = 6  # others, at most
SAME = 5  # bits of 64 that two prints of one scene differ by at most
_BLURRED = 40.0  # variance of the Laplacian, of the sharpest parts
_BLANK = 1.0
_DIM, _DARK = 40.0, 0.6  # luma, share
_GLARING, _BURNT = 215.0, 0.35
_DRAWN = 0.55  # share of equal neighbours; a smooth sky has as many, but a camera says who it is
_REGULAR = 400.0
_WHOLE = 768  # pixels of the short side; a smaller picture was enlarged even for the copy that is looked at


def quality_findings(look: PhotoQuality, facts: ImageFacts) -> Iterator[Finding]:
    """Each thing that somebody on the spot could do better.

    Of one that was enlarged only its exposure: that it is not sharp is told already, and enlarging makes patterns.
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
        yield Finding("out-of-focus", "warning")  # in the dark, and in glare, nothing has edges


def _exposure(look: PhotoQuality) -> Iterator[Finding]:
    if look.luma < _DIM or look.dark > _DARK:
        yield Finding("underexposed", "warning", actual=f"{look.luma / 255:.0%}")
    elif look.luma > _GLARING or look.bright > _BURNT:
        yield Finding("overexposed", "warning", actual=f"{look.bright:.0%}")


def is_telling(look: PhotoQuality) -> bool:
    """Whether there is anything on it by which to know it again: all blank walls look the same."""
    return look.sharpness > _BLANK


def burst_finding(job: str, burst: Mapping[str, float]) -> Finding:
    """What this job is told of those whose photos look the same. `burst`: their sharpness and its own."""
    best = max(burst, key=lambda one: (burst[one], one))
    this = "本张最清晰，建议选用" if job == best else f"任务 {best[:8]} 最清晰，建议选用"
    others = [one[:8] for one in burst if one != job]
    more = f" 等 {len(others)} 项" if len(others) > _NAMED else ""
    return Finding("near-duplicate", "info", this, "、".join(others[:_NAMED]) + more)
