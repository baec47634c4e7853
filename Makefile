# newsdigest: one command each. `make help` lists them.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
DEMO ?= .demo
# Many tests wait for sockets and processes: two workers a core.
WORKERS ?= $(shell echo $$((2 * $$(getconf _NPROCESSORS_ONLN))))

.DEFAULT_GOAL := help
.PHONY: fuzz screenshots help setup dev demo run test unit explore check lock format clean eval

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: $(VENV)/.runtime ## make .venv with the newsdigest command, from the lock
dev: $(VENV)/.dev ## add the tools for tests and checks, from the lock

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "newsdigest needs Python 3.11 or newer; set PYTHON=/path/to/python3.11")'
	@$(PYTHON) -m venv $(VENV) || { echo "python3 has no venv module; on Debian: apt-get install python3-venv" >&2; exit 1; }

# Build tools come from the lock too: an isolated build would fetch unpinned ones.
# A lock is the whole set, so pip has nothing to resolve (--no-deps): pip 23.2, which Python 3.11 brings,
# takes `coverage[toml]` for unpinned as soon as a newer coverage is out. `pip check` sees what is missing.
$(VENV)/.runtime: requirements.lock pyproject.toml | $(BIN)/python
	@echo "installing the locked dependencies into $(VENV) ..."
	@$(PIP) install --no-deps --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m pip check
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	@echo "installing the locked tools for tests into $(VENV) ..."
	@$(PIP) install --no-deps --require-hashes -r requirements-dev.lock
	@$(BIN)/python -m pip check
	@touch $@

demo: setup ## the main job end to end on sample feeds
	@$(BIN)/newsdigest demo --dir $(DEMO) --no-serve

run: setup ## scheduler and newsroom in one process on a fresh demo workspace, its sample feeds served
	@$(BIN)/newsdigest demo --dir $(DEMO)

test: dev ## all tests
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

unit: dev ## the fast tests only
	@$(BIN)/python -m pytest -n $(WORKERS) tests/unit tests/contract tests/test_house.py -m "not slow"

explore: dev ## the properties with new examples, 2,000 each (a failing one is printed, to be made a case)
	@NEWSDIGEST_TEST_PROFILE=explore $(BIN)/python -m pytest -n $(WORKERS) -o timeout=1800 -m "not slow and not browser" \
	  $$(grep -rl --include='test_*.py' 'from hypothesis' tests)

eval: dev ## measure judging on the development sets and worlds under ../shared/data (absent ones are named)
	@$(BIN)/python tools/eval.py

check: dev ## ruff, mypy --strict, import-linter, deptry, lock
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/deptry src
	@$(BIN)/python tools/check_lock.py

screenshots: dev ## pictures of every newsroom screen, light, dark and at 375 px
	@$(BIN)/python tools/screenshots.py

fuzz: dev ## 200,000 mutated documents through the reader (FUZZ=number)
	@$(BIN)/python tools/fuzz_reader.py --documents $(or $(FUZZ),200000)

.PHONY: audit
audit: ## ask PyPI's service whether a locked version has a known vulnerability (needs the internet)
	@$(BIN)/python -m uv tool run pip-audit --require-hashes --disable-pip -r deploy/requirements.lock

lock: dev ## write the lock files anew after a change of pyproject.toml
	@$(BIN)/python tools/lock.py

format: dev ## format and sort imports
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format --quiet .

clean: ## remove what was made here
	rm -rf $(VENV) $(DEMO) .bench-venv dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis

.PHONY: collect-kill-test bench-collecting
collect-kill-test: dev ## kill the collector 500 times; its state must equal an undisturbed run's
	@KILLS=500 $(BIN)/python -m pytest tests/journeys/test_collect_kill.py -o timeout=3600

bench-collecting: dev .bench-venv/.reader ## first and unchanged update of 1,000 feeds against the reader library (FEEDS, ROUNDS)
	@$(BIN)/python -m tests.benchmarks.bench_collecting --peer-python .bench-venv/bin/python --feeds $(or $(FEEDS),1000) --rounds $(or $(ROUNDS),3)

# The peer has a venv of its own: what it needs is no part of our locks.
.bench-venv/.reader:
	@$(PYTHON) -m venv .bench-venv
	@.bench-venv/bin/python -m pip --disable-pip-version-check --quiet install "reader>=3.20" sgmllib3k
	@touch $@

.PHONY: kill-test message-test bench-sending
kill-test: dev ## kill a real sender 1,200 times; nobody may be lost or doubled (about 15 minutes; SLICE=1/10 for a part)
	@$(BIN)/python tools/kill_test.py --kills 1000 --recipients 5000 --connections 4 --slice $(or $(SLICE),1/1)
	@$(BIN)/python tools/kill_test.py --kills 120 --policy resend_once --slice $(or $(SLICE),1/1)
	@$(BIN)/python tools/kill_test.py --kills 80 --term --slice $(or $(SLICE),1/1)

message-test: dev ## 10,000 generated messages, every rule on the wire
	@NEWSDIGEST_TEST_MESSAGES=10000 $(BIN)/python -m pytest tests/unit/mailing/test_messages.py -o timeout=1800

bench-sending: dev ## messages a second against raw sockets and smtplib, same sink, same run
	@$(BIN)/python tests/benchmarks/bench_sending.py

.PHONY: picture bench
picture: dev ## the README's picture, drawn from the demo in headless Chromium
	@$(BIN)/python tools/readme_picture.py

bench: dev ## all benchmarks: ratios against peers and limits in the same run (long; bench-collecting has its own)
	@for name in reading judging grouping rendering newsroom sending; do \
	  echo "== $$name"; $(BIN)/python -m tests.benchmarks.bench_$$name || exit 1; done

.PHONY: start-test writers-test bench-start bench-scale
start-test: dev ## start two schedulers together 200 times, kill the leading one 20 times
	@$(BIN)/python tools/start_test.py --starts 200 --takeovers 20

writers-test: dev ## four writers and backups on one SQLite file for a minute
	@WRITERS_SECONDS=60 $(BIN)/python -m pytest tests/journeys/test_writers.py -o timeout=300

bench-start: dev ## CPU of starting: --help, status and others beside `python -c pass`
	@$(BIN)/python -m tests.benchmarks.bench_start

bench-scale: dev ## a million items, 200,000 readers, 100,000 sources beside small ones
	@$(BIN)/python -m tests.benchmarks.bench_scale
