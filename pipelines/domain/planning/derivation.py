"""Plan the derived publication that an edit request makes from a published one, and define its manifest."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil
from typing import Literal

from pydantic import TypeAdapter

from pipelines.domain.campaign import Campaign
from pipelines.domain.captions import CaptionTemplate
from pipelines.domain.errors import WrongUse
from pipelines.domain.model import (
    Analysis,
    Artifact,
    Cut,
    Finding,
    Original,
    Published,
    Span,
    Submission,
    VideoPlan,
)
from pipelines.domain.planning.before_after import Pair, plan_pair
from pipelines.domain.planning.edit_requests import EditRequest, held_in_memory, on_frames
from pipelines.domain.planning.renditions import Rendition, chosen_pieces, plan_rendition
from pipelines.domain.planning.video import Tools
from pipelines.domain.profiles import ChannelProfile
from pipelines.domain.selection.reels import evened
from pipelines.domain.wording import plain

_DENSE = 3  # how many times the mean bit rate a cut stretch may have
_ROOM = 256 << 20  # bytes of disk beyond the files that are written


@dataclass(frozen=True, slots=True)
class DerivationPlan:
    """The plan of what will be made from a publication's master, beside it.

    `base`: the publication's recipe. `words`: the words that captions may use, by name. The plan holds everything that
    decides the result: a campaign whose channels or templates have changed makes another derived publication.
    """

    base: str
    edit_request: EditRequest
    cuts: tuple[Cut, ...]
    reel: tuple[Cut, ...]
    renditions: tuple[Rendition, ...]
    words: tuple[tuple[str, str], ...]
    templates: tuple[tuple[str, CaptionTemplate], ...]
    channels: tuple[tuple[str, ChannelProfile], ...]
    pair: Pair | None
    tools: Tools

    def scratch(self, master: int, duration: Fraction) -> int:
        """Return the bytes of disk that cutting, joining and encoding may take, beside the master.

        `master`: its bytes; `duration`: its seconds. A cut stretch may have three times the master's mean bit rate.
        """
        pieces = (*self.cuts, *self.reel, *(piece for made in self.renditions for piece in made.pieces))
        seconds = sum((piece.end - piece.start for piece in pieces), Fraction(0))
        return _ROOM + ceil(_DENSE * master * seconds / duration) + sum(2 * made.most_bytes for made in self.renditions)


@dataclass(frozen=True, slots=True)
class DerivedPublication:
    """The manifest of what an edit request made; all other files of its `base` stay as they were published."""

    schema: Literal[2]
    kind: Literal["edition"]
    campaign: str
    original: Original
    base: str
    recipe: str
    plan: DerivationPlan
    artifacts: tuple[Artifact, ...]
    findings: tuple[Finding, ...]
    made_at: str = ""


_PLAN: TypeAdapter[DerivationPlan] = TypeAdapter(DerivationPlan)


def derivation_digest(plan: DerivationPlan) -> str:
    """Return 24 hex digits of a SHA-256 over the whole plan, so that another request gets another name."""
    return hashlib.sha256(_PLAN.dump_json(plan)).hexdigest()[:24]


def plan_derivation(
    base: Published,
    analysis: Analysis | None,
    decision: EditRequest,
    partner: Published | None,
    campaign: Campaign,
    tools: Tools,
) -> DerivationPlan:
    """Plan how an edit request is carried out.

    Raises WrongUse where that is impossible: cuts or channels of a photo, an unknown channel, a cut or reel that is too
    long, or a cut beyond the film's end.
    """
    pair = _pair(base, decision, partner, campaign)
    if not (decision.cuts or decision.reel or decision.channels):
        return DerivationPlan(base.manifest.recipe, decision, (), (), (), (), (), (), pair, tools)
    return replace(_of_film(base, analysis, decision, campaign, tools), pair=pair)


def _pair(base: Published, decision: EditRequest, partner: Published | None, campaign: Campaign) -> Pair | None:
    """Plan the before/after pair of the request; None without a partner."""
    if decision.partner is None or partner is None:
        return None
    pictures = (partner, base) if decision.partner.side == "before" else (base, partner)
    programme = base.submission.programme
    return plan_pair(pictures, campaign.video_profile(programme), campaign.photo_profile(programme))


def _of_film(
    published: Published, analysis: Analysis | None, decision: EditRequest, campaign: Campaign, tools: Tools
) -> DerivationPlan:
    """Plan the cuts, the reel and the renditions of a film. Raises WrongUse for a photo."""
    base, submission, film = published.manifest, published.submission, published.manifest.plan
    if not isinstance(film, VideoPlan) or analysis is None:
        raise WrongUse("nothing is cut from a photo", code="not-a-film", text="照片没有片段和渠道版本。")
    rate = film.encoding.frame_rate
    cuts = on_frames(decision.cuts, rate, film.duration, decision.editor)
    reel = evened(analysis, on_frames(decision.reel, rate, film.duration, decision.editor), film.editing.loudness)
    held_in_memory(cuts, reel)
    pieces = chosen_pieces(base, cuts, reel)
    spoken = pieces if pieces == base.reel else evened(analysis, pieces, film.editing.loudness)
    channels = {name: channel_of(campaign, name) for name in decision.channels}
    return DerivationPlan(
        base=base.recipe,
        edit_request=replace(decision, cuts=_spans(cuts), reel=_spans(reel)),
        cuts=cuts,
        reel=reel,
        renditions=tuple(plan_rendition(name, it, spoken, film, analysis) for name, it in channels.items()),
        words=tuple(sorted((caption_words(campaign, submission) | said_words(decision)).items())) if channels else (),
        templates=_templates(campaign, channels),
        channels=tuple(channels.items()),
        pair=None,
        tools=tools,
    )


def _spans(cuts: Sequence[Cut]) -> tuple[Span, ...]:
    """Return the cuts' spans on whole frames, so that two ways to write one time are one request."""
    return tuple((cut.start, cut.end) for cut in cuts)


def channel_of(campaign: Campaign, name: str) -> ChannelProfile:
    """Return the campaign's channel of this name. Raises WrongUse where it has none."""
    if name not in campaign.channels:
        known = "、".join(campaign.channels) or "（活动配置中没有）"
        raise WrongUse(f"unknown channel {name!r}", code="unknown-channel", text=f"没有渠道“{name}”，可用：{known}。")
    return campaign.channels[name]


def _templates(campaign: Campaign, channels: Mapping[str, ChannelProfile]) -> tuple[tuple[str, CaptionTemplate], ...]:
    """Return the caption templates that the channels use, by name."""
    names = sorted({name for channel in channels.values() for name in channel.captions})
    return tuple((name, campaign.captions[name]) for name in names)


def said_words(decision: EditRequest) -> dict[str, str]:
    """Return the words of captions that an editor has written, by name."""
    return {name: plain(text) for name, text in decision.captions}


def caption_words(campaign: Campaign, submission: Submission) -> dict[str, str]:
    """Return the words for captions of a submission, with names as the campaign has them.

    A word that is not known is empty.
    """
    day = submission.date
    return {
        "programme": campaign.programme_named(submission.programme),
        "activity": campaign.activity_named(submission.activity),
        "theme": campaign.campaign.theme,
        "county": campaign.campaign.county,
        "unit": plain(campaign.units.get(submission.unit, submission.unit)),
        "place": plain(submission.place),
        "date": f"{day.year}年{day.month}月{day.day}日" if day else "",
    }
