# Everything runs in .venv, which the first command makes. Needs Python >= 3.11, make and a package index.
PYTHON ?= python3
# What pip is told to get torch: a version, with options if wanted. Outside of CPU-only indexes plain torch is the
# CUDA build, a few GB; pytorch.org's "Get Started" page tells the options that fetch the CPU build.
TORCH ?=
# Tests run on so many cores.
JOBS ?= 2
BIN := .venv/bin
CHECKED := src tests benchmarks examples
OF_SCHEDULES := tests/schedules tests/driving

.PHONY: demo test test-all lint types format bench-overhead bench-finders bench-report screenshots clean

demo: .venv/installed
	$(BIN)/surefoot find examples/digits.py:task --budget 0.5 --lr 1e-4 --study demo-$$(date +%s)

test: .venv/installed
	$(BIN)/python -m pytest -n $(JOBS) -m "not full"

test-all: .venv/programs .venv/peers/installed
	$(BIN)/python -m pytest -m "full" $(OF_SCHEDULES:%=--ignore=%)
	.venv/peers/bin/python -m pytest -m "full" $(OF_SCHEDULES)

lint: .venv/developing
	$(BIN)/ruff check $(CHECKED)
	$(BIN)/ruff format --check $(CHECKED)

types: .venv/developing
	$(BIN)/pyright --pythonpath $(BIN)/python

format: .venv/developing
	$(BIN)/ruff check --fix $(CHECKED)
	$(BIN)/ruff format $(CHECKED)

bench-overhead: .venv/installed
	$(BIN)/python benchmarks/overhead.py

# Two hours where nothing is kept yet; make bench-finders QUICK=1 takes minutes.
bench-finders: .venv/benching
	$(BIN)/python benchmarks/finders.py run $(if $(QUICK),--quick)
	$(if $(QUICK),,$(BIN)/python benchmarks/finders.py report)

# Needs Chromium (apt-get install chromium), like the next one.
bench-report: .venv/programs
	$(BIN)/python benchmarks/report.py

screenshots: .venv/programs
	$(BIN)/python docs/screenshots.py

.venv/made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo "Surefoot needs Python 3.11 or later, $(PYTHON) is $$($(PYTHON) --version 2>&1). Try: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv .venv
	touch $@

.venv/installed: .venv/made pyproject.toml constraints.txt
	$(if $(TORCH),$(BIN)/python -m pip install --quiet $(TORCH))
	$(BIN)/python -m pip install --quiet $(if $(TORCH),,-c constraints.txt) -e '.[test]'
	touch $@

.venv/programs: .venv/installed
	$(BIN)/python -m pip install --quiet $(if $(TORCH),,-c constraints.txt) -e '.[programs,browser]'
	touch $@

# Apart from all else: some of these bring JAX and torchvision, which change how other programs run, or break them.
.venv/peers/installed: .venv/made pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv/peers
	$(if $(TORCH),.venv/peers/bin/python -m pip install --quiet $(TORCH))
	.venv/peers/bin/python -m pip install --quiet $(if $(TORCH),,-c constraints.txt) -e '.[schedules-peers]'
	touch $@

.venv/developing: .venv/installed
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[dev]'
	touch $@

.venv/benching: .venv/installed
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[bench]'
	touch $@

clean:
	rm -rf .venv
