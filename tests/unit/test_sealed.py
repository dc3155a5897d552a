"""What an original says of people and places, as it is kept under seal."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given, strategies as st

from pipelines.domain.sealed import RECORD, Sealed, of_film, of_photo


def test_apples_own_tags_carry_the_zone_and_win_over_the_headers_utc() -> None:
    tags = {
        "creation_time": "2020-06-16T02:11:12.000000Z",
        "com.apple.quicktime.creationdate": "2020-06-16T10:11:12+0800",
        "com.apple.quicktime.make": "Apple",
        "com.apple.quicktime.model": "iPhone 11",
        "com.apple.quicktime.location.ISO6709": "+23.4301+115.8402+031.000/",
        "com.apple.quicktime.author": "李四",
    }

    assert of_film(tags) == Sealed(
        taken="2020-06-16T10:11:12+0800",
        zone="+0800",
        camera="Apple iPhone 11",
        place="+23.4301+115.8402+031.000/",
        owner="李四",
    )


def test_an_android_film_says_utc_and_its_place() -> None:
    tags = {"creation_time": "2020-06-16T02:11:12.000000Z", "location": "+23.4301+115.8402/"}

    sealed = of_film(tags)

    assert (sealed.taken, sealed.zone, sealed.place) == ("2020-06-16T02:11:12.000000Z", "Z", "+23.4301+115.8402/")


def test_a_photos_directories_become_one_record() -> None:
    tags = {
        "DateTimeOriginal": "2020:06:16 10:11:12",
        "OffsetTimeOriginal": "+08:00",
        "Make": "HUAWEI\0",
        "Model": "ELE-AL00",
        "BodySerialNumber": "A123",
    }
    gps = {1: "N", 2: (23.0, 30.0, Fraction(36)), 3: "W", 4: (115, 0, 0)}

    assert of_photo(tags, gps) == Sealed(
        taken="2020:06:16 10:11:12",
        zone="+08:00",
        camera="HUAWEI ELE-AL00",
        serial="A123",
        place="+23.510000-115.000000",
    )


def test_a_file_that_says_nothing_has_an_empty_record() -> None:
    assert of_film({}) == of_photo({}, {}) == Sealed()


values = st.one_of(st.text(max_size=400), st.integers(), st.none(), st.floats(), st.binary(), st.tuples(st.text()))


@given(st.dictionaries(st.sampled_from(["make", "date", "location", "author"]), st.text(max_size=400)))
def test_whatever_a_film_says_is_a_record_within_bounds(tags: dict[str, str]) -> None:
    assert RECORD.validate_json(RECORD.dump_json(of_film(tags))) == of_film(tags)


@given(
    st.dictionaries(st.sampled_from(["Make", "Model", "DateTime", "Artist"]), values),
    st.dictionaries(st.integers(1, 4), st.one_of(values, st.tuples(values, values, values))),
)
def test_whatever_a_photo_says_is_a_record_within_bounds(tags: dict[str, object], gps: dict[int, object]) -> None:
    assert RECORD.validate_json(RECORD.dump_json(of_photo(tags, gps))) == of_photo(tags, gps)
