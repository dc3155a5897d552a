"""Colours are converted, never dropped; held against numbers that other people published."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageCms

from pipelines.tools.bitstream import cicp, icc
from pipelines.tools.photo.colour import CODED, SRGB_BYTES, space_of, to_srgb

# Display P3 → sRGB by the matrices of CSS Color 4 (D65, sRGB's curve); Adobe RGB by Adobe's own (gamma 2.19921875).
KNOWN = {
    "p3": [((200, 100, 50), (215, 93, 31)), ((128, 128, 128), (128, 128, 128)), ((100, 150, 200), (84, 152, 205))],
    "adobe": [((200, 100, 50), (227, 100, 42)), ((128, 128, 128), (127, 127, 127))],
    "bt2020": [((128, 128, 128), (128, 128, 128)), ((255, 255, 255), (255, 255, 255))],
}


NOTHING = Image.Exif()


def patch(colour: tuple[int, int, int], profile: bytes | None = None, **info: object) -> Image.Image:
    image = Image.new("RGB", (4, 4), colour)
    image.info |= {"icc_profile": profile, **info} if profile else info
    return image


@pytest.mark.parametrize(("space", "before", "after"), [(s, b, a) for s, pairs in KNOWN.items() for b, a in pairs])
def test_a_named_space_has_the_colours_it_has_elsewhere(space, before, after):
    made = to_srgb(patch(before), icc.profile(space)).getpixel((0, 0))

    assert np.abs(np.subtract(made, after)).max() <= 2


@pytest.mark.parametrize("space", KNOWN)
def test_our_profiles_are_whole_by_littlecms(space):
    profile = ImageCms.ImageCmsProfile(io.BytesIO(icc.profile(space)))

    assert ImageCms.getProfileDescription(profile).strip() == f"nanyue-footage {space}"
    assert profile.profile.xcolor_space == "RGB "
    assert [round(value, 2) for value in profile.profile.media_white_point[0]] == [0.96, 1.0, 0.82]


def test_srgb_by_whatever_name_is_srgb_and_needs_no_conversion():
    assert space_of(patch((1, 2, 3)), NOTHING) is None
    assert space_of(patch((1, 2, 3), SRGB_BYTES), NOTHING) is None
    assert space_of(patch((1, 2, 3), icc.profile("p3")), NOTHING) == icc.profile("p3")


@pytest.mark.parametrize(("primaries", "space"), [(1, None), (12, "p3"), (11, "p3"), (9, "bt2020"), (2, None)])
def test_a_picture_that_names_its_primaries_is_read_with_them(primaries, space):
    image = patch((200, 100, 50), **{CODED: cicp.colour(primaries, 13, 6, full_range=True)})

    assert space_of(image, NOTHING) == (icc.profile(space) if space else None)


def test_a_camera_s_adobe_rgb_is_known_by_its_interoperability_index():
    file, exif = io.BytesIO(), Image.Exif()
    exif.get_ifd(0x8769)[0xA005] = {1: "R03"}
    Image.new("RGB", (64, 64), (200, 100, 50)).save(file, "JPEG", quality=95, exif=exif)

    with Image.open(file) as image:
        assert space_of(image, image.getexif()) == icc.profile("adobe")


def test_a_broken_profile_says_nothing_of_the_colours():
    assert space_of(patch((200, 100, 50), b"no profile"), NOTHING) is None
    assert to_srgb(patch((200, 100, 50)), b"no profile").getpixel((0, 0)) == (200, 100, 50)
