"""The parsers that are ours, each as a function of bytes that may raise nothing but what it promises to raise."""

from __future__ import annotations

import io
import json
import tomllib
from collections.abc import Callable, Iterable
from contextlib import suppress
from fractions import Fraction
from importlib.resources import files

from dramatiq import DecodeError, Message
from pydantic import ValidationError

from fuzz.examples import EXAMPLES
from fuzz.structure import changed
from pipelines.domain import campaign as campaigns
from pipelines.domain.acceptance import accept
from pipelines.domain.announcements import Announcement
from pipelines.domain.errors import CampaignInvalid, UnknownJob
from pipelines.domain.model import ImageFacts, Refusal, Submission, TextFacts, VideoFacts
from pipelines.domain.planning.photo import plan_photo
from pipelines.domain.planning.video import plan_video
from pipelines.jobs.naming import job_id_of
from pipelines.sandbox.messages import FACTS
from pipelines.tools.bitstream.boxes import bytes_missing, faststart, sample_entry
from pipelines.tools.bitstream.extent import is_cut
from pipelines.tools.bitstream.locks import lock_of
from pipelines.tools.ffmpeg.output import ProgressReader, parse_decoded, parse_loudness
from pipelines.tools.probing import cues, looks_like_picture
from pipelines.tools.sound import ConditionMeter
from pipelines.tools.video.side_data import clean_aperture, is_dolby_alone, parse_side_data

_TABLES = tomllib.loads((files("pipelines.domain") / "campaigns" / "jiexi-2020.toml").read_text(encoding="utf-8"))
_CAMPAIGN = campaigns.build(_TABLES, "jiexi-2020")
_SAID = Submission("现场.mp4", _CAMPAIGN.campaign.default_programme)


def campaign(data: bytes) -> None:
    """A campaign file somebody wrote; or, after a control character, the bundled one with values changed."""
    with suppress(CampaignInvalid):
        if _is_structured(data):
            campaigns.build(changed(_TABLES, data[1:]), "fuzz.toml")
        else:
            campaigns.parse(data.decode("utf-8", "replace"), "fuzz.toml")


def _is_structured(data: bytes) -> bool:
    return bool(data) and data[0] < 32 and data[0] not in b"\t\n\r"


def _json(data: bytes, examples: Callable[[], Iterable[bytes]]) -> bytes:
    """The bytes themselves, or, where they begin with a control character, a right example with values changed."""
    if not _is_structured(data):
        return data
    documents = [json.loads(example) for example in examples()]
    return json.dumps(changed(documents[data[0] % len(documents)], data[1:])).encode()


def message(data: bytes) -> None:
    """A message of the queue: whatever it holds, it names a job or it doesn't."""
    with suppress(DecodeError):
        for value in Message.decode(_json(data, EXAMPLES["message"])).args:
            with suppress(UnknownJob):
                job_id_of(value)


def body(data: bytes) -> None:
    """The body of an announcement."""
    with suppress(ValidationError):
        said = Announcement.model_validate_json(_json(data, EXAMPLES["body"]))
        said.model_dump_json().encode()


def facts(data: bytes) -> None:
    """What a child, maybe no longer ours, says of a file; and every plan that could follow from it."""
    try:
        found = FACTS.validate_json(_json(data, EXAMPLES["facts"]))
    except (ValidationError, ArithmeticError):
        return
    for item in found:
        if isinstance(item, VideoFacts | ImageFacts):
            _plan(item)


def _plan(item: VideoFacts | ImageFacts) -> None:
    assert not isinstance(item, Refusal | TextFacts)
    findings = accept(item, _CAMPAIGN, _SAID)
    if any(finding.severity == "reject" for finding in findings):
        return
    programme = _CAMPAIGN.programmes[_SAID.programme]
    if isinstance(item, VideoFacts):
        plan_video(item, _CAMPAIGN.video_profile(_SAID.programme), programme, (("fuzz", "1"),))
    else:
        plan_photo(item, _CAMPAIGN.photo_profile(_SAID.programme), (("fuzz", "1"),))


def text(data: bytes) -> None:
    """What ffmpeg prints, WebVTT, and what containers say of themselves: read by hand, from a process that may lie."""
    said = data.decode("utf-8", "replace")
    cues(data)
    looks_like_picture(data[:64])
    faststart(io.BytesIO(data))
    sample_entry(io.BytesIO(data), (640, 360))
    lock_of(io.BytesIO(data))
    bytes_missing(io.BytesIO(data))
    is_cut(io.BytesIO(data))
    for told in parse_side_data(said).values():
        clean_aperture(told, (640, 360))
        is_dolby_alone(told)
    meter = ConditionMeter()
    meter(data)
    assert meter.condition is None or abs(meter.condition.correlation) <= 1
    parse_decoded(said)
    assert all(value == value for value in parse_loudness(said))
    reader = ProgressReader("render", Fraction(10), _within)
    for start in range(0, len(data), 7):
        reader(data[start : start + 7])


def _within(_stage: str, done: float, speed: float) -> None:
    assert 0 <= done <= 1
    assert speed >= 0


TARGETS: dict[str, Callable[[bytes], None]] = {
    "campaign": campaign,
    "message": message,
    "body": body,
    "facts": facts,
    "text": text,
}
