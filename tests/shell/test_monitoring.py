"""What Prometheus, Grafana and a health check see of a machine that `footage up` runs, and of one that is ill."""

from __future__ import annotations

import asyncio
import json
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import yaml
from PIL import Image
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from desk.app import make_app
from desk.ops.metrics import GAUGES, PREFIX
from pipelines.scheduling.context import WorkContext
from pipelines.scheduling.lanes import LANES, NoWaker
from pipelines.scheduling.measures import COUNTERS, HISTOGRAMS
from pipelines.service import STATES, Service
from tests.up import Machine
from worker.app import open_context
from worker.settings import Settings

MONITORING = Path(__file__).parents[2] / "docs" / "monitoring"
PARTS = ("_bucket", "_sum", "_count")
DECLARED = {PREFIX + name for name in (*COUNTERS, *GAUGES, *HISTOGRAMS)}
NAME, UNIT = "演练-monitored.jpg", "东园镇"


@pytest.fixture(scope="module")
def sent(machine: Machine, tmp_path_factory: pytest.TempPathFactory) -> dict:
    path = tmp_path_factory.mktemp("monitored") / NAME
    Image.new("RGB", (2400, 1600), "teal").save(path)
    return machine.send(path, unit=UNIT)


@pytest.fixture(scope="module")
def told(machine: Machine, sent: dict) -> dict[str, Metric]:
    """Every family by its declared name, once the photo is counted: that comes just after its publication."""
    deadline = time.monotonic() + 10
    while not value((found := scraped(machine))["footage_jobs_ended_total"], state="published", lane="photo"):
        assert time.monotonic() < deadline, "a published job was not counted"
        time.sleep(0.2)
    return found


def scraped(machine: Machine) -> dict[str, Metric]:
    answer = machine.api.get("/metrics")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain; version=")
    families = text_string_to_metric_families(answer.text)
    return {family.name + ("_total" if family.type == "counter" else ""): family for family in families}


def value(family: Metric, **labels: str) -> float:
    """Of all samples with these labels together."""
    return sum(sample.value for sample in family.samples if labels.items() <= sample.labels.items())


def test_what_is_told_is_what_is_declared_with_its_labels_and_a_sentence(told):
    assert told.keys() == DECLARED
    assert all(family.documentation for family in told.values())
    for name, (labels, _) in (*COUNTERS.items(), *GAUGES.items()):
        assert all(sample.labels.keys() == set(labels) for sample in told[PREFIX + name].samples), name


def test_a_published_photo_is_counted(told, sent):
    assert sent["state"] == "published"
    assert value(told["footage_jobs"], state="published", lane="photo") >= 1
    assert value(told["footage_jobs_ended_total"], state="published", lane="photo") >= 1
    assert value(told["footage_stage_seconds_total"], lane="photo", stage="verify") > 0
    assert value(told["footage_cpu_seconds_total"], lane="photo") > 0
    assert {sample.labels["state"] for sample in told["footage_jobs"].samples} == set(STATES)
    assert not [s for s in told["footage_oldest_seconds"].samples if s.labels["state"] == "published"]


def test_who_is_at_work_and_what_this_machine_has_is_told(told):
    lanes = {sample.labels["lanes"]: sample.value for sample in told["footage_workers"].samples}
    assert lanes["photo"] == lanes["urgent"] == 1
    assert lanes["video,bulk"] >= 1
    assert {s.labels["lane"]: s.value >= 1 for s in told["footage_lane_workers"].samples} == dict.fromkeys(LANES, True)
    assert {sample.labels["lane"] for sample in told["footage_queue_messages"].samples} == set(LANES)
    assert {sample.labels["kind"] for sample in told["footage_reserved_bytes"].samples} == {"disk", "memory"}
    assert (value(told["footage_sweeper"]), value(told["footage_webhook_sender"])) == (1, 0)
    assert value(told["footage_scratch_free_bytes"]) > 1 << 20
    for name in ("footage_scratch_bytes", "footage_reserved_cores", "footage_callbacks_waiting"):
        assert value(told[name]) >= 0
        assert len(told[name].samples) == 1


@pytest.mark.parametrize("name", HISTOGRAMS)
def test_a_histograms_buckets_grow_to_its_count(told, name):
    family = told[PREFIX + name]
    for lane in LANES:
        samples = [sample for sample in family.samples if sample.labels["lane"] == lane]
        buckets = [(s.labels["le"], s.value) for s in samples if s.name.endswith("_bucket")]
        counts = [count for _, count in buckets]
        assert [le for le, _ in buckets] == [*map(str, HISTOGRAMS[name][0]), "+Inf"]
        assert counts == sorted(counts)
        assert [s.value for s in samples if s.name.endswith("_count")] == [counts[-1]]
    assert value(family, lane="photo", le="+Inf") >= 1


def test_no_unit_no_file_and_no_job_is_told(machine, sent):
    text = machine.api.get("/metrics").text

    for secret in (UNIT, NAME, sent["job"], sent["original"]["sha256"], str(machine.footage.home), machine.key):
        assert secret not in text


def test_the_metrics_want_a_key_that_may_read(machine):
    submitting = machine.footage("keys", "add", "门户", "--scope", "submit", "--json").objects[0]["key"]
    reading = machine.footage("keys", "add", "监控", "--scope", "read", "--json").objects[0]["key"]

    statuses = []
    for key in ("", "nonsense", submitting, reading):
        with machine.asking(key) as scraper:
            statuses.append(scraper.get("/metrics").status_code)

    assert statuses == [401, 401, 403, 200]


def test_a_machine_that_runs_is_ready(machine):
    with machine.asking() as checker:
        assert checker.get("/api/health").json() == {"ok": True}
        deadline = time.monotonic() + 30
        while (answer := checker.get("/api/ready")).status_code != 200:
            assert time.monotonic() < deadline, answer.text
            time.sleep(0.5)

    fine = dict.fromkeys(("ledger", "store", "queue", "workers", "sweeper"), "ok")
    assert answer.json() == {"ready": True, "checks": fine}


def test_the_log_is_json_and_tells_the_job(machine, sent):
    files = (machine.footage.home / "log").glob("*.jsonl")
    lines = [json.loads(line) for path in files for line in path.read_text(encoding="utf-8").splitlines()]

    done = [line for line in lines if line.get("job") == sent["job"]]
    assert done
    assert all({"event", "level", "timestamp"} <= line.keys() for line in lines)
    assert not [line for line in lines if NAME in str(line) or UNIT in str(line)]


# --- the files that are handed out ----------------------------------------------------------------------------


def rules() -> list[dict]:
    groups = yaml.safe_load((MONITORING / "alerts.yml").read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def panels() -> list[dict]:
    board = json.loads((MONITORING / "grafana.json").read_text(encoding="utf-8"))
    assert (
        board["templating"]["list"][0] | {"type": "datasource", "name": "datasource"} == board["templating"]["list"][0]
    )
    return board["panels"]


def expressions() -> list[str]:
    return [rule["expr"] for rule in rules()] + [t["expr"] for panel in panels() for t in panel["targets"]]


def metrics_in(text: str) -> Iterator[str]:
    histograms = {PREFIX + name for name in HISTOGRAMS}
    for name in re.findall(r"\bfootage_[a-z_]+", text):
        base = next((name.removesuffix(part) for part in PARTS if name.endswith(part)), name)
        yield base if base in histograms else name


def test_alerts_and_panels_ask_for_nothing_that_nobody_tells():
    asked = {name for expression in expressions() for name in metrics_in(expression)}

    assert asked <= DECLARED
    assert DECLARED - asked == set()  # and nothing is told that nobody looks at


def test_alerts_and_panels_ask_by_labels_that_there_are():
    known = {"le", "job", "instance"} | {
        label for labels, _ in (*COUNTERS.values(), *GAUGES.values()) for label in labels
    }
    for expression in expressions():
        matched = re.findall(r'([a-z]+)(?:=~|!~|!=|=)"', expression)
        grouped = [label for labels in re.findall(r"\bby \(([a-z, ]+)\)", expression) for label in labels.split(", ")]
        assert {*matched, *grouped} <= known, expression


def test_alerts_are_told_in_chinese_and_english():
    for rule in rules():
        summary, description = rule["annotations"]["summary"], rule["annotations"]["description"]
        assert re.search("[\u4e00-\u9fff]", summary), rule["alert"]
        assert description.isascii(), rule["alert"]
    assert len({rule["alert"] for rule in rules()}) == len(rules())


def test_panels_are_named_in_chinese_and_english_and_take_their_data_from_the_chosen_source():
    for panel in panels():
        assert re.search("[\u4e00-\u9fff].*/.*[A-Za-z]", panel["title"])
        assert {target["datasource"]["uid"] for target in panel["targets"]} == {"${datasource}"}
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels()]
    assert len(set(places)) == len(places)


def test_the_page_of_the_documentation_lists_every_metric_and_no_other():
    page = (MONITORING.parent / "monitoring.md").read_text(encoding="utf-8")

    assert set(metrics_in(page)) == DECLARED
    scraping = yaml.safe_load((MONITORING / "prometheus.yml").read_text(encoding="utf-8"))["scrape_configs"][0]
    assert (scraping["job_name"], scraping["metrics_path"]) == ("footage", "/metrics")
    assert scraping["authorization"].keys() == {"type", "credentials_file"}


# --- a desk whose house is ill --------------------------------------------------------------------------------


class Silent:
    """A queue that is away."""

    def wake(self, lane: str) -> None:
        pass

    def pending(self, lane: str) -> int:
        return 1 << 30


@pytest.fixture
def context(tmp_path: Path) -> WorkContext:
    return open_context(Settings(home=tmp_path / "home", sandbox="off"))


@pytest.fixture
def service(context: WorkContext) -> Service:
    return Service(context, NoWaker())


class Desk:
    """A desk in this process, asked without a socket."""

    def __init__(self, service: Service, folder: Path) -> None:
        self._transport = httpx.ASGITransport(make_app(service, folder / "uploads", 1 << 20, 6000))

    def get(self, path: str, key: str = "") -> httpx.Response:
        async def get() -> httpx.Response:
            async with httpx.AsyncClient(transport=self._transport, base_url="http://desk") as client:
                return await client.get(path, headers={"Authorization": f"Bearer {key}"} if key else {})

        return asyncio.run(get())


def test_without_workers_a_sweeper_and_a_queue_a_desk_is_alive_and_not_ready(context, service, tmp_path):
    api = Desk(Service(context, Silent()), tmp_path)

    answer = api.get("/api/ready")

    assert api.get("/api/health").json() == {"ok": True}
    assert answer.status_code == 503
    assert answer.json()["checks"] == {
        "ledger": "ok",
        "store": "ok",
        "queue": "away",
        "workers": "none for urgent, photo, video, bulk",
        "sweeper": "none",
    }
    key = service.keys.issue("监控", ("read",))
    told = api.get("/metrics", key).text
    assert "footage_queue_messages{" not in told
    assert "footage_sweeper 0.0" in told
    assert 'footage_jobs_ended_total{lane="video",state="failed"} 0.0' in told


def test_without_its_ledger_a_desk_says_so_and_nothing_else(service, tmp_path):
    api = Desk(service, tmp_path)
    break_ledger(service, tmp_path / "home")

    answer = api.get("/api/ready")

    assert (answer.status_code, answer.json()) == (503, {"ready": False, "checks": {"ledger": "away"}})
    assert api.get("/api/health").status_code == 200


def break_ledger(service: Service, home: Path) -> None:
    """Nobody opens a folder as a database."""
    service.close()
    for path in home.glob("ledger.sqlite*"):
        path.unlink()
    (home / "ledger.sqlite").mkdir()


class Hanging:
    """A store that never answers, until it is let go."""

    def __init__(self, store) -> None:
        self.go, self.asked, self.url = threading.Event(), 0, store.url

    def stat(self, key: str) -> None:
        self.asked += 1
        self.go.wait(60)


def test_a_store_that_hangs_keeps_nobody_waiting_and_holds_one_thread(context, tmp_path):
    store = Hanging(context.store)
    api = Desk(Service(replace(context, store=store), NoWaker()), tmp_path)

    for _ in range(2):
        began = time.monotonic()
        checks = api.get("/api/ready").json()["checks"]
        assert time.monotonic() - began < 3
        assert (checks["store"], checks["ledger"]) == ("no answer in time", "ok")
    store.go.set()

    assert store.asked == 1
    deadline = time.monotonic() + 5
    while api.get("/api/ready").json()["checks"]["store"] != "ok":
        assert time.monotonic() < deadline
        time.sleep(0.2)
