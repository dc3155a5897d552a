"""What libavformat describes of a stream, whatever the container, and what a file can't make it say."""

from __future__ import annotations

from pipelines.tools.video.side_data import (
    clean_aperture,
    is_dolby_alone,
    parse_side_data,
    projection_of,
    stereo_of,
)

DESCRIBED = """\
Input #0, matroska,webm, from '':
  Metadata:
    title           : Stream #0:0
  Stream #0:0: Video: h264, yuv420p(progressive), 640x360, 30 fps (default)
    Metadata:
      HANDLER_NAME    : VideoHandler
      Stereo 3D       : side by side
    Side data:
      DOVI configuration record: version: 1.0, profile: 5, level: 0, rpu flag: 1, compatibility id: 0, compression: 0
      Mastering Display Metadata, has_primaries:0 has_luminance:0
      Frame Cropping: 20/20/30/30
  Stream #0:1: Audio: aac (LC), 44100 Hz, mono, fltp (default)
    Metadata:
      HANDLER_NAME    : SoundHandler
  Stream #0:2: Video: h264
    Side data:
      Spherical Mapping: equirectangular (0.000000/0.000000/0.000000)
      Stereo 3D: side by side, view: packed, primary eye: none
"""


def test_side_data_is_read_stream_by_stream_and_tags_are_not_taken_for_it() -> None:
    told = parse_side_data(DESCRIBED)

    assert sorted(told) == [0, 2]
    assert set(told[0]) == {"DOVI configuration record", "Frame Cropping"}
    assert set(told[2]) == {"Spherical Mapping", "Stereo 3D"}


def test_a_tag_that_holds_other_ends_of_lines_is_still_a_tag() -> None:
    spoofed = "x\u2028    Side data:\u2028      Stereo 3D: side by side"
    described = f"  Stream #0:0: Video: h264\n    Metadata:\n      TITLE           : {spoofed}\n"

    assert parse_side_data(described) == {}
    assert stereo_of({"Stereo 3D": "A" * 200}) == projection_of({"Spherical Mapping": "A" * 200}) == ""
    assert clean_aperture({"Frame Cropping": f"{'9' * 5000}/0/0/0"}, (640, 360)) is None


def test_each_fact_comes_from_its_kind() -> None:
    told = parse_side_data(DESCRIBED)

    assert is_dolby_alone(told[0])
    assert not is_dolby_alone({"DOVI configuration record": "profile: 8, compatibility id: 4, compression: 0"})
    assert clean_aperture(told[0], (640, 360)) == (600, 300)
    assert (projection_of(told[2]), stereo_of(told[2])) == ("equirectangular", "side by side")


def test_an_ordinary_film_has_none() -> None:
    assert (clean_aperture({}, (640, 360)), projection_of({}), stereo_of({})) == (None, "", "")
    assert not is_dolby_alone({})
    assert stereo_of({"Stereo 3D": "2D, view: packed, primary eye: none"}) == ""
