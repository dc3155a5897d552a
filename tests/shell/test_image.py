"""The Dockerfile, held against the code: no test here has a Docker engine to build it with."""

from __future__ import annotations

import re

import pytest
import yaml
from setuptools import find_packages

from tests.shell.test_compose import OURS, PINNED, PROJECT, ROOT, SERVICES


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile, line by line: comments gone, continued lines joined."""
    lines = re.sub(r"^\s*#.*\n", "", (ROOT / "Dockerfile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    joined = re.sub(r"\\\n\s*", "", lines)
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in joined.splitlines() if line)]


def said(word: str) -> list[str]:
    return [rest for here, rest in instructions() if here == word]


def copied() -> set[str]:
    """What comes from the project's folder, not from another stage."""
    return {source for rest in said("COPY") if not rest.startswith("--from=") for source in rest.split()[:-1]}


def test_every_stage_begins_with_the_one_pinned_base() -> None:
    first, *others = (rest.split(" AS ")[0] for rest in said("FROM"))

    assert re.fullmatch(PINNED, first)
    assert first.startswith(f"python:{PROJECT['tool']['mypy']['python_version']}.")
    assert set(others) == {"base"}


def test_what_is_installed_is_what_the_lock_names() -> None:
    installs = [rest for rest in said("RUN") if "pip install" in rest]

    assert installs == [
        "pip install --no-deps --require-hashes -r requirements.lock",
        "pip install --no-deps --no-build-isolation .",
    ]
    assert not [rest for rest in said("RUN") if "apt" in rest]


def test_every_package_and_what_its_build_reads_is_copied() -> None:
    include = PROJECT["tool"]["setuptools"]["packages"]["find"]["include"]
    rooms = {package.partition(".")[0] for package in find_packages(str(ROOT), include=include)}
    project = PROJECT["project"]

    assert copied() == rooms | {
        "web",
        "requirements.lock",
        "pyproject.toml",
        project["readme"],
        *project["license-files"],
    }


def test_nothing_else_is_sent_to_the_build() -> None:
    rules = (ROOT / ".dockerignore").read_text(encoding="utf-8").split("\n")
    rules = [rule for rule in rules if rule and not rule.startswith("#")]

    assert rules[0] == "*"
    assert {rule[1:] for rule in rules if rule.startswith("!")} == copied()


def test_the_image_runs_footage_as_the_user_that_owns_its_home() -> None:
    (user,), (entrypoint,), (home,) = said("USER"), said("ENTRYPOINT"), said("VOLUME")
    run = " ".join(said("RUN"))
    uid, gid = user.split(":")

    assert yaml.safe_load(entrypoint) == list(PROJECT["project"]["scripts"])
    assert f"--gid {gid} " in run
    assert f"--uid {uid} --gid {gid} --home-dir {home} " in run
    assert f"FOOTAGE_HOME={home}" in " ".join(said("ENV"))
    assert {SERVICES[name]["user"] for name in OURS} == {user}


@pytest.mark.parametrize("name", OURS)
def test_the_home_of_every_container_can_be_written(name: str) -> None:
    (home,) = said("VOLUME")
    places = [volume.split(":")[1] for volume in SERVICES[name].get("volumes", [])]

    assert home in [*places, *(place.partition(":")[0] for place in SERVICES[name]["tmpfs"])]


def test_the_label_tells_the_projects_version() -> None:
    assert f'image.version="{PROJECT["project"]["version"]}"' in said("LABEL")[0]
