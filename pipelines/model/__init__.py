"""The values that flow through the house: frozen, printable, comparable. Nouns only; nothing here does anything.

Times are `Fraction` seconds from the first presented frame. Sizes are pixels as displayed: after rotation and
with square pixels. Bytes are named so.
"""

from __future__ import annotations

from pipelines.model.choices import (
    Analysis,
    Caption,
    Cut,
    Edit,
    Look,
    Sample,
)
from pipelines.model.facts import (
    AudioFacts,
    Facts,
    Finding,
    ImageFacts,
    Original,
    OutputFacts,
    Refusal,
    SoundLevel,
    Submission,
    TextFacts,
    VideoFacts,
)
from pipelines.model.plans import (
    Editing,
    Encoding,
    Expectation,
    Op,
    Output,
    PhotoPlan,
    Plan,
    Sampling,
    VideoPlan,
)
from pipelines.model.publication import (
    Artifact,
    Manifest,
)
from pipelines.model.terms import (
    Copied,
    Count,
    Fields,
    Gate,
    Level,
    MediaKind,
    Offset,
    Pixels,
    Private,
    Rate,
    Role,
    Seconds,
    Severity,
    Share,
    Span,
    Word,
)

__all__ = [
    "Analysis",
    "Artifact",
    "AudioFacts",
    "Caption",
    "Copied",
    "Count",
    "Cut",
    "Edit",
    "Editing",
    "Encoding",
    "Expectation",
    "Facts",
    "Fields",
    "Finding",
    "Gate",
    "ImageFacts",
    "Level",
    "Look",
    "Manifest",
    "MediaKind",
    "Offset",
    "Op",
    "Original",
    "Output",
    "OutputFacts",
    "PhotoPlan",
    "Pixels",
    "Plan",
    "Private",
    "Rate",
    "Refusal",
    "Role",
    "Sample",
    "Sampling",
    "Seconds",
    "Severity",
    "Share",
    "SoundLevel",
    "Span",
    "Submission",
    "TextFacts",
    "VideoFacts",
    "VideoPlan",
    "Word",
]
