"""Define, parse and check edit requests: other cuts, another reel, channels, or a before/after pair."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Annotated, Any, Literal, TypedDict

from annotated_types import MaxLen
from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from pipelines.domain.errors import WrongUse
from pipelines.domain.model import Cut, Seconds, Word

_SHORTEST = Fraction(1)  # seconds; two dissolves fit into it
_MOST = 100  # stretches in `cuts`, and in `reel`
_LONGEST_CLIP, _LONGEST_REEL = 600, 1200  # seconds; both are held in memory while they are cut
_CLOCK = re.compile(r"(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2}(?:\.\d{1,20})?)", re.ASCII)
_SECONDS = re.compile(r"\d{1,7}(?:\.\d{1,20})?|\d{1,12}/0*[1-9]\d{0,8}", re.ASCII)

Stretch = tuple[Seconds, Seconds]
CaptionWord = Literal["programme", "unit", "activity", "place", "date", "theme", "county"]


@dataclass(frozen=True, slots=True)
class Partner:
    """Another job, whose picture shows the same place before or after."""

    job: Word
    side: Literal["before", "after"]


class EditChanges(TypedDict):
    """The fields that an editor gives for a request that may be there already."""

    cuts: Sequence[Stretch]
    reel: Sequence[Stretch]
    channels: Sequence[str]
    editor: str


@dataclass(frozen=True, slots=True)
class EditRequest:
    """An editor's request for changes to a publication, kept with what it made.

    Empty `cuts` or `reel`: as chosen from the analysis. Times are seconds of the master. `editor`: a name as the editor
    gave it. `partner`: the other job of a before/after pair. `captions`: words of captions by name, where they differ
    from the submission's.
    """

    cuts: Annotated[tuple[Stretch, ...], MaxLen(_MOST)] = ()
    reel: Annotated[tuple[Stretch, ...], MaxLen(_MOST)] = ()
    channels: Annotated[tuple[Word, ...], MaxLen(20)] = ()
    editor: Annotated[str, MaxLen(60)] = ""
    partner: Partner | None = None
    captions: Annotated[tuple[tuple[CaptionWord, Annotated[str, MaxLen(200)]], ...], MaxLen(20)] = ()

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing is requested."""
        return not (self.cuts or self.reel or self.channels or self.partner)

    def with_(self, given: EditChanges) -> EditRequest:
        """Return the request with what is given now; an empty value keeps the earlier one, and channels add up."""
        return replace(
            self,
            cuts=tuple(given["cuts"]) or self.cuts,
            reel=tuple(given["reel"]) or self.reel,
            channels=tuple(dict.fromkeys((*self.channels, *given["channels"]))),
            editor=given["editor"] or self.editor,
        )


EDIT_REQUEST: TypeAdapter[EditRequest] = TypeAdapter(EditRequest)


def checked(decision: EditRequest) -> EditRequest:
    """Return the request, checked by a round trip through JSON. Raises WrongUse where it can't be kept."""
    try:
        return EDIT_REQUEST.validate_json(EDIT_REQUEST.dump_json(decision))
    except (ValidationError, PydanticSerializationError) as error:
        text = f"片段最多 {_MOST} 段，姓名最多 60 字，且须是正常文字。"
        raise WrongUse(f"not a decision: {str(error)[:300]}", code="decision-invalid", text=text) from None


def parse_time(text: str) -> Fraction:
    """Return the seconds written as `83.5`, `167/2`, `1:23.5` or `0:01:23.5`. Raises WrongUse for anything else."""
    text = text.strip()
    if found := _CLOCK.fullmatch(text):
        hours, minutes, seconds = found.groups()
        return int(hours or 0) * 3600 + int(minutes) * 60 + Fraction(seconds)
    if _SECONDS.fullmatch(text):
        return Fraction(text)
    raise WrongUse(f"not a time: {text[:40]!r}", text=f"时间“{text[:40]}”无法识别，请写成 00:01:23.500 或秒数。")


def parse_stretch(text: str) -> Stretch:
    """Return the two times, in seconds, of a stretch written as `IN-OUT`. Raises WrongUse for anything else."""
    start, dash, end = text.partition("-")
    if not dash:
        raise WrongUse(f"not IN-OUT: {text[:80]!r}", text=f"“{text[:80]}”不是 入点-出点，例如 00:01:05-00:01:20。")
    return parse_time(start), parse_time(end)


def parse_listed(value: Any) -> tuple[Stretch, ...]:
    """Return the cuts of a JSON file: a list of `{"start", "end"}`, or the output of `footage cuts --json`.

    Raises WrongUse for anything else.
    """
    listed = value.get("cuts") if isinstance(value, dict) else value
    if not isinstance(listed, list):
        raise WrongUse("JSON: no list of cuts", text="JSON 文件中没有片段列表（cuts）。")
    found = []
    for item in listed:
        if not isinstance(item, dict) or "start" not in item or "end" not in item:
            raise WrongUse("JSON: a cut without start or end", text="JSON 文件中有片段缺少 start 或 end。")
        found.append((parse_time(str(item["start"])), parse_time(str(item["end"]))))
    return tuple(found)


def on_frames(stretches: Sequence[Stretch], rate: Fraction, duration: Fraction, editor: str) -> tuple[Cut, ...]:
    """Return the stretches as cuts of a master, on whole frames. `rate`: frames per second; `duration`: seconds.

    Raises WrongUse where one ends before it begins, is too short, or reaches beyond the film.
    """
    return tuple(_cut(start, end, rate, duration, editor) for start, end in stretches)


def held_in_memory(cuts: Sequence[Cut], reel: Sequence[Cut]) -> None:
    """Raise WrongUse where a clip, or the reel, is too long to be held in memory while it is cut."""
    longest = max((cut.end - cut.start for cut in cuts), default=Fraction(0))
    joined = sum((cut.end - cut.start for cut in reel), Fraction(0))
    if longest > _LONGEST_CLIP or joined > _LONGEST_REEL:
        text = f"一段片段最长 {_LONGEST_CLIP // 60} 分钟，集锦合计最长 {_LONGEST_REEL // 60} 分钟；更长请直接下载成片。"
        raise WrongUse(f"{float(longest):.0f} s, {float(joined):.0f} s", code="cut-too-long", text=text)


def _cut(start: Fraction, end: Fraction, rate: Fraction, duration: Fraction, editor: str) -> Cut:
    if end <= start:
        text = f"片段的出点 {float(end):.3f} 秒不在入点 {float(start):.3f} 秒之后。"
        raise WrongUse(f"a cut that ends before it begins: {start}-{end}", code="cut-backwards", text=text)
    first, last = (round(time * rate) / rate for time in (start, end))
    if not (first >= 0 and last <= duration + 1 / (2 * rate)):
        text = f"片段 {float(start):.3f}–{float(end):.3f} 秒超出成片（长 {float(duration):.3f} 秒）。"
        raise WrongUse(f"a cut beyond the film: {start}-{end}", code="cut-outside", text=text)
    last = min(last, duration)
    if last - first < _SHORTEST:
        text = f"片段 {float(start):.3f}–{float(end):.3f} 秒太短，至少 {_SHORTEST} 秒。"
        raise WrongUse(f"a cut too short: {start}-{end}", code="cut-too-short", text=text)
    return Cut(first, last, 0.0, (f"编辑选定（{editor}）" if editor else "编辑选定",))
