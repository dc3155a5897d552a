"""Read single frames of a finished master with PyAV: the frame at a time, or a key frame by decoding it alone."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any

import av
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace
from PIL import Image

_EARLIER = (0, 1, 10, 100_000)  # seconds before the wanted time


class Frames:
    """A master opened for reading frames; a context manager. Times are seconds of the master."""

    def __init__(self, path: Path) -> None:
        container = av.open(str(path))
        assert isinstance(container, InputContainer)  # noqa: S101 - opened for reading
        self.container = container
        self.stream = container.streams.video[0]
        self.stream.codec_context.thread_count = 1
        self.base = Fraction(self.stream.time_base or 1)
        self.rate = Fraction(self.stream.average_rate or 1)

    def __enter__(self) -> Frames:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.container.close()

    def at(self, time: Fraction) -> Image.Image:
        """Return the frame shown at `time`, to a tick; past the end, the last one.

        It is decoded from the key frame before it. Raises EOFError where there is no frame.
        """
        shown: VideoFrame | None = None
        for packet in self.packets(round(time / self.base)):
            self._pass_over(before=packet.pts is not None and packet.pts * self.base < time - 2 / self.rate)
            for frame in packet.decode():
                if frame.pts is None:
                    continue
                late = frame.pts * self.base - time
                if shown is None or late <= self.base:
                    shown = frame
                if late >= -self.base:
                    self.stream.codec_context.flush_buffers()
                    return as_image(shown)
        if shown is None:
            raise EOFError(f"no frame at {float(time):.3f} s")
        return as_image(shown)

    def key(self, time: Fraction) -> Image.Image:
        """Return the key frame at `time`; only this one frame is decoded."""
        packets = self.packets(round(time / self.base))
        packet = next(p for p in packets if p.is_keyframe and p.pts is not None and self._is_there(p.pts, time))
        # Flushed at once: else the decoder waits for the frames after it before it gives this one out.
        frames = packet.decode() + self.stream.codec_context.decode(None)
        self.stream.codec_context.flush_buffers()
        return as_image(frames[0])

    def between(self, start: int, end: int, *, references: bool = False) -> Iterator[VideoFrame]:
        """Yield the frames shown from `start` until before `end`, in ticks.

        With `references`, only those that other frames refer to.
        """
        if start >= end:
            return
        for packet in self.packets(start):
            self._pass_over(before=references or (packet.pts is not None and packet.pts < start))
            for frame in packet.decode():
                if frame.pts is not None and frame.pts >= end:
                    self.stream.codec_context.flush_buffers()
                    return
                if frame.pts is not None and frame.pts >= start:
                    yield frame

    def packets(self, start: int) -> Iterator[Packet[Any]]:
        """Yield packets from a key frame that is shown at `start` ticks or before, nearly the last one."""
        # Seeking goes by decoding times: where those are rounded, it may miss a key frame by one.
        for earlier in _EARLIER:
            self.container.seek(start - round(earlier / self.base), stream=self.stream, backward=True)
            packets = self.container.demux(self.stream)
            first = next(packets)
            if first.pts is not None and first.pts <= start:
                break
        yield first
        yield from packets

    def _pass_over(self, *, before: bool) -> None:
        """Let the decoder skip non-reference frames while `before`, on the way to the wanted frame."""
        self.stream.codec_context.skip_frame = "NONREF" if before else "DEFAULT"

    def _is_there(self, tick: int, time: Fraction) -> bool:
        return tick * self.base >= time - 1 / (2 * self.rate)


def as_image(frame: VideoFrame) -> Image.Image:
    """Convert BT.709 limited range to RGB, stated explicitly: the converter's own guess is BT.601."""
    rgb = frame.reformat(
        format="rgb24",
        src_colorspace=Colorspace.ITU709,
        dst_colorspace=Colorspace.ITU709,
        src_color_range=ColorRange.MPEG,
        dst_color_range=ColorRange.JPEG,
    )
    image: Image.Image = rgb.to_image()  # type: ignore[no-untyped-call]
    return image
