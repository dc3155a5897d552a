"""Draw proofs of captions before a film is made: one picture per template and channel."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TypedDict

from pipelines.domain.errors import ToolFailed, WrongUse
from pipelines.domain.model import Caption
from pipelines.domain.planning.derivation import channel_of
from pipelines.domain.profiles import ChannelProfile
from pipelines.sandbox import children
from pipelines.sandbox.limits import Scratch
from pipelines.sandbox.messages import CAPTIONS
from pipelines.scheduling.context import WorkContext
from pipelines.tools.captions.fonts import font_file


class Proof(TypedDict):
    """One picture that was written. `whole`: none of its words had to be left out."""

    channel: str
    template: str
    path: str
    whole: bool


def proofs(
    context: WorkContext, words: Mapping[str, str], channels: Sequence[str], folder: Path, over: Path | None
) -> Iterator[Proof]:
    """Write one picture per channel and template; yield the `channel`, `template`, `path` and `whole` of each.

    `words`: those of the captions, by name. `channels`: all of the campaign where it is empty. `over`: a picture to
    draw over. `whole`: all words fitted. Raises WrongUse for an unknown channel, an `over` that can't be read, or a
    folder that can't be written.
    """
    for name in channels or context.campaign.channels:
        channel = channel_of(context.campaign, name)
        with tempfile.TemporaryDirectory(prefix="footage-") as temporary:
            scratch = Scratch(Path(temporary), context.confined)
            for caption in _drawn(context, channel, words, scratch, over):
                template = channel.captions[int(caption.picture.removesuffix(".png").rpartition("-")[2]) - 1]
                path = folder / f"{name}-{template}.png"
                _copied(scratch / caption.picture, path)
                yield Proof(channel=name, template=template, path=str(path), whole=caption.whole)


def proof(
    context: WorkContext, words: Mapping[str, str], channel: str, template: int, folder: Path, over: Path | None
) -> bytes | None:
    """Return one caption of a channel as a picture (PNG); None where it has no words to show.

    `template` counts the channel's from 0. Raises WrongUse for a channel, or a template, that there is not.
    """
    profile = channel_of(context.campaign, channel)
    if not 0 <= template < len(profile.captions):
        raise WrongUse(f"no caption {template} of {channel}", text="没有这个字幕模板。")
    one = profile.model_copy(update={"captions": profile.captions[template : template + 1]})
    scratch = Scratch(folder, context.confined)
    drawn = _drawn(context, one, words, scratch, over)
    return (scratch / drawn[0].picture).read_bytes() if drawn else None


def _drawn(
    context: WorkContext, channel: ChannelProfile, words: Mapping[str, str], scratch: Scratch, over: Path | None
) -> tuple[Caption, ...]:
    templates = [context.campaign.captions[name] for name in channel.captions]
    with ExitStack() as files:
        opened = [files.enter_context(path.open("rb")).fileno() for path in (font_file(), over) if path]
        request = {
            "font": opened[0],
            "templates": [template.model_dump() for template in templates],
            "words": dict(words),
            "frame": [channel.width, channel.height],
            "safe": channel.safe.model_dump(),
            "name": "proof",
            "proof": True,
            "over": opened[1] if over else None,
        }
        try:
            return children.call("caption", request, CAPTIONS, scratch=scratch, inherit=opened)
        except ToolFailed:
            if over is None:
                raise
            raise WrongUse("--over: not a picture", text="--over 不是能读的图片。") from None


def _copied(made: Path, path: Path) -> None:
    try:
        shutil.copyfile(made, path)
    except OSError as error:
        raise WrongUse(f"--out: {error}", text=f"无法写入：{path}") from error
