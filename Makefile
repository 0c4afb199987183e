# Every target makes what it needs in .venv, on a machine that has only Python 3.11 or newer, make and git.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CORPORA := $(or $(ACCT_CORPORA),../shared/corpora)

.PHONY: demo test check bench bench-matching conformance fuzz faults format clean
SECONDS ?= 60
ENTRIES ?= 100

demo: $(VENV)/base
	@$(BIN)/python examples/demo.py

test: $(VENV)/dev
	$(BIN)/python -m pytest

check: $(VENV)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest tests/test_house.py

# make bench BENCH='--sizes 1k,10k,100k,1m --write' measures all and writes docs/performance.md; BENCH=--quick is short
bench: $(VENV)/dev
	@$(MAKE) --no-print-directory $(VENV)/oracle || echo "beancount cannot be installed: it is left out" >&2
	$(BIN)/python benchmarks/bench.py --oracle $(VENV)/oracle/bin/python $(BENCH)

bench-matching: $(VENV)/dev
	$(BIN)/python benchmarks/bench_matching.py

conformance: $(VENV)/dev $(VENV)/oracle
	$(BIN)/python benchmarks/conformance_beancount.py $(VENV)/oracle/bin/python $(CORPORA)
	$(BIN)/python benchmarks/conformance_convert.py $(VENV)/oracle/bin/python $(CORPORA)
	$(BIN)/python benchmarks/conformance_banks.py $(CORPORA)

fuzz: $(VENV)/dev
	$(BIN)/python benchmarks/fuzz.py --seconds $(SECONDS) --corpora $(CORPORA)

faults: $(VENV)/dev $(VENV)/oracle
	$(BIN)/python benchmarks/faults.py
	$(BIN)/python benchmarks/contention.py --entries $(ENTRIES)
	$(BIN)/python benchmarks/contention.py --entries $(ENTRIES) --indexed

format: $(VENV)/dev
	$(BIN)/ruff check --fix-only --exit-zero .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) build src/*.egg-info

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "acct needs Python 3.11 or newer: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/base: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/dev: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@ $(VENV)/base

# beancount is asked as a process of its own, from an environment of its own.
$(VENV)/oracle: | $(VENV)/bin/python
	$(PYTHON) -m venv $@
	$@/bin/python -m pip install --quiet --disable-pip-version-check beancount==3.2.3 beanquery
