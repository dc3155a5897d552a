"""Parse a campaign's rules strictly, check their references, and hold them as frozen data.

No size, date or programme name is written here: they are in the TOML file. Every error names the file and the key.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationError, field_validator, model_validator

from pipelines.domain.captions import CaptionTemplate
from pipelines.domain.deadlines import Deadline, Exemption, Extension, Holiday, Span
from pipelines.domain.errors import CampaignInvalid
from pipelines.domain.profiles import ChannelProfile, Id, PhotoProfile, Rule, Text, VideoProfile


class Identity(Rule):
    """The table `[campaign]`: names and theme; `timezone` is the zone that its dates are counted in."""

    id: Id
    name: Text
    county: Text
    theme: Text
    timezone: Text
    default_programme: Id

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(f"unknown time zone {value!r}") from error
        return value


class Window(Span):
    """A named span of days, which programmes, activities and deadlines refer to."""

    name: Text


Profile = Annotated[VideoProfile | PhotoProfile, Field(discriminator="kind")]


class ClipRule(Rule):
    """The number of highlight clips, and their length in seconds."""

    count: Annotated[int, Field(ge=1, le=20)]
    min_seconds: Annotated[int, Field(ge=1)]
    max_seconds: int

    @model_validator(mode="after")
    def _in_order(self) -> ClipRule:
        if self.max_seconds < self.min_seconds:
            raise ValueError("max_seconds is less than min_seconds")
        return self


class ReelRule(Rule):
    """The greatest length of a reel, and the approximate length of each of its pieces, in seconds."""

    seconds: Annotated[int, Field(ge=5, le=600)]
    piece_seconds: Annotated[int, Field(ge=2, le=60)]

    @model_validator(mode="after")
    def _holds_two(self) -> ReelRule:
        if self.seconds < 2 * self.piece_seconds:
            raise ValueError("a reel holds at least two pieces")
        return self


class Weights(Rule):
    """The weights of a highlight's qualities (:mod:`pipelines.domain.selection.ranking`); 0 ignores a quality."""

    sharpness: Annotated[float, Field(ge=0)]
    motion: Annotated[float, Field(ge=0)]
    loudness: Annotated[float, Field(ge=0)]
    talking: Annotated[float, Field(ge=0)] = 0.0
    people: Annotated[float, Field(ge=0)] = 0.0
    detail: Annotated[float, Field(ge=0)] = 0.0


class Programme(Rule):
    """One programme of a campaign: its windows, its profiles by id, and how highlights are selected."""

    name: Text
    windows: Annotated[tuple[Id, ...], Field(min_length=1)]
    video: Id
    photo: Id
    clips: ClipRule
    weights: Weights
    reel: ReelRule | None = None


class Activity(Rule):
    """One activity of a campaign, within a window or on a date."""

    name: Text
    window: Id
    on: date | None = Field(default=None, alias="date")


class HazardRules(Rule):
    """The table `[hazards]`: the names of the levels of hazards, the least serious first."""

    levels: Annotated[tuple[Text, ...], Field(min_length=1)] = ("一般隐患", "重大隐患")


class Campaign(Rule):
    """One campaign file. Ids are the keys of its tables."""

    campaign: Identity
    windows: Annotated[Mapping[Id, Window], Field(min_length=1)]
    profiles: Annotated[Mapping[Id, Profile], Field(min_length=1)]
    programmes: Annotated[Mapping[Id, Programme], Field(min_length=1)]
    activities: Annotated[Mapping[Id, Activity], Field(min_length=1)]
    deadlines: Annotated[tuple[Deadline, ...], Field(min_length=1)]
    units: Annotated[Mapping[Id, Text], Field(min_length=1)]
    aliases: Mapping[Text, Id] = Field(default_factory=dict)
    extensions: tuple[Extension, ...] = ()
    holidays: tuple[Holiday, ...] = ()
    exemptions: tuple[Exemption, ...] = ()
    hazards: HazardRules = HazardRules()
    captions: Mapping[Id, CaptionTemplate] = Field(default_factory=dict)
    channels: Mapping[Id, ChannelProfile] = Field(default_factory=dict)

    def unit_named(self, said: str) -> str:
        """Return the name of the unit that was meant by its id, name or alias; any other text as it is."""
        said = said.strip()
        return self.units.get(self.aliases.get(said, said), said)

    def unit_id(self, said: str) -> str:
        """Return the id of the unit that was meant by its id, name or alias; empty where there is none."""
        name = self.unit_named(said)
        return next((code for code, known in self.units.items() if known == name), "")

    def activity_id(self, said: str) -> str:
        """Return the id of the activity that was meant by its id or name; any other text as it is."""
        return next((code for code, activity in self.activities.items() if activity.name == said), said)

    @property
    def zone(self) -> ZoneInfo:
        """Return the zone that the campaign's days are counted in."""
        return ZoneInfo(self.campaign.timezone)

    def programme_named(self, key: str) -> str:
        """Return the name of a programme by its id; the id where the campaign has it no longer."""
        programme = self.programmes.get(key)
        return programme.name if programme else key

    def activity_named(self, key: str) -> str:
        """Return the name of an activity by its id; any other text as it is."""
        activity = self.activities.get(key)
        return activity.name if activity else key

    def video_profile(self, programme: str) -> VideoProfile:
        """Return the programme's video profile; `build` has checked that there is one."""
        profile = self.profiles[self.programmes[programme].video]
        assert isinstance(profile, VideoProfile)  # noqa: S101 - held by _references
        return profile

    def photo_profile(self, programme: str) -> PhotoProfile:
        """Return the programme's photo profile; `build` has checked that there is one."""
        profile = self.profiles[self.programmes[programme].photo]
        assert isinstance(profile, PhotoProfile)  # noqa: S101 - held by _references
        return profile


def parse(text: str, source: str) -> Campaign:
    """Parse a campaign file's text. Raises CampaignInvalid naming `source` and the key."""
    try:
        return build(tomllib.loads(text), source)
    except tomllib.TOMLDecodeError as error:
        raise _invalid(source, [f"TOML: {error}"]) from error


def build(tables: Mapping[str, Any], source: str) -> Campaign:
    """Build the campaign from parsed TOML tables. Raises CampaignInvalid naming `source` and the key."""
    try:
        campaign = Campaign.model_validate(_tuples(tables))
    except ValidationError as error:
        raise _invalid(source, [_sentence(e["loc"], e["msg"]) for e in error.errors()]) from error
    wrong = list(_references(campaign))
    if wrong:
        raise _invalid(source, wrong)
    return campaign


def _tuples(value: Any) -> Any:
    """Return the value with TOML's arrays as tuples, which a strict parse requires."""
    if isinstance(value, dict):
        return {key: _tuples(item) for key, item in value.items()}
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def _sentence(location: tuple[int | str, ...], message: str) -> str:
    # pydantic puts the union's tag after the profile's name, but it is no key of the file.
    path = location[:2] + location[3:] if location[0] == "profiles" else location
    return f"{'.'.join(str(part) for part in path)}: {message}"


def _invalid(source: str, complaints: list[str]) -> CampaignInvalid:
    listed = "; ".join(complaints)
    return CampaignInvalid(f"{source}: {listed}", text=f"活动配置文件有误：{source}：{listed}")


def _references(campaign: Campaign) -> Iterator[str]:
    """Yield an error for every id that points to nothing or to a profile of the wrong kind.

    Clips shorter than the profile's GOP are an error too.
    """
    if campaign.campaign.default_programme not in campaign.programmes:
        yield f"campaign.default_programme: no programme {campaign.campaign.default_programme!r}"
    for key, programme in campaign.programmes.items():
        video = campaign.profiles.get(programme.video)
        if isinstance(video, VideoProfile) and video.gop_seconds > programme.clips.min_seconds:
            yield f"programmes.{key}.clips: shorter than gop_seconds of {programme.video!r}, where clips are cut"
        for field, kind in (("video", VideoProfile), ("photo", PhotoProfile)):
            name = getattr(programme, field)
            if not isinstance(campaign.profiles.get(name), kind):
                yield f"programmes.{key}.{field}: no {field} profile {name!r}"
        for name in programme.windows:
            if name not in campaign.windows:
                yield f"programmes.{key}.windows: no window {name!r}"
    for key, channel in campaign.channels.items():
        for name in channel.captions:
            if name not in campaign.captions:
                yield f"channels.{key}.captions: no template {name!r}"
    for name, unit in campaign.aliases.items():
        if unit not in campaign.units:
            yield f"aliases.{name}: no unit {unit!r}"
    yield from _calendar_references(campaign)
    for where, rule in _windowed(campaign):
        if rule.window not in campaign.windows:
            yield f"{where}.window: no window {rule.window!r}"


def _calendar_references(campaign: Campaign) -> Iterator[str]:
    keys = [deadline.key for deadline in campaign.deadlines]
    if twice := next((key for key in keys if keys.count(key) > 1), ""):
        yield f"deadlines: {twice!r} is there twice, give each an id"
    known = {*keys, *(deadline.name for deadline in campaign.deadlines)}
    for index, deadline in enumerate(campaign.deadlines):
        if not [*deadline.planned()]:
            yield f"deadlines.{index}: no day between 'from' and 'to' is one of its due dates"
        if not {*"/?#%\\"}.isdisjoint(deadline.key):
            yield f"deadlines.{index}: a name with / ? # % or \\ needs an id"
    for index, extension in enumerate(campaign.extensions):
        named = [one for one in campaign.deadlines if extension.deadline in {one.key, one.name}]
        if named and extension.due not in {day for one in named for day in one.planned()}:
            yield f"extensions.{index}.due: {extension.due} is no due date of {extension.deadline!r} by the plan"
    for table in ("extensions", "exemptions"):
        for index, rule in enumerate(getattr(campaign, table)):
            if rule.deadline and rule.deadline not in known:
                yield f"{table}.{index}.deadline: no deadline {rule.deadline!r}"
    for index, exemption in enumerate(campaign.exemptions):
        if exemption.unit not in campaign.units:
            yield f"exemptions.{index}.unit: no unit {exemption.unit!r}"


def _windowed(campaign: Campaign) -> Iterator[tuple[str, Activity | Deadline]]:
    yield from ((f"activities.{key}", activity) for key, activity in campaign.activities.items())
    yield from ((f"deadlines.{index}", deadline) for index, deadline in enumerate(campaign.deadlines))
