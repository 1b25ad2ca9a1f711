# Two commands on a fresh machine: `make demo` and `make test`. Both set everything up first.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
# Compiled once: a start takes half as long, also where Python may not write what it has compiled.
UV      = $(BIN)/uv pip install --quiet --compile-bytecode --system-certs --python $(BIN)/python --constraints constraints.txt

.PHONY: demo letters-dictionary bench bench-latency bench-start bench-scale bench-others bench-daemons bench-handover soak soak-faults month mutants test check corpus program setup clean

demo: $(VENV)/.runs
	@$(BIN)/mailticket demo

test: check
	$(BIN)/pytest -n 2 --dist loadgroup

# The whole road against the floor of one Python process, with the same mails in the same run.
bench: setup
	@$(BIN)/python -m benchmarks.road $(ARGS)

# From arrival to the CSR's letter at the relay, one mail a second: on a quiet desk, and while 5,000 others wait.
bench-latency: setup
	@$(BIN)/python -m benchmarks.latency $(ARGS)

# How soon a start is ready and the command line answers; memory, idle and at full load, of one service and of twenty.
bench-start: setup
	@$(BIN)/python -m benchmarks.footprint $(ARGS)

# A store of many cases beside an empty one: ingest, lists, search, reports. ARGS="--cases 1000000" takes half an hour.
bench-scale: setup
	@$(BIN)/python -m benchmarks.scale $(ARGS)

# What letters are packed by, made anew of what all of them say: FILE is a new one, for the old ones are still read.
letters-dictionary: setup
	@$(BIN)/python -m benchmarks.dictionary $(FILE)

# The same mailbox given to django-helpdesk, which is installed from PyPI into an environment of its own for it.
bench-others: setup
	@$(BIN)/python -m benchmarks.others $(ARGS)

# One, two and four daemons on one PostgreSQL, and who spends how much processor time on a mail.
bench-daemons: setup
	$(BIN)/python -m benchmarks.daemons

# How soon one of two daemons on one PostgreSQL does what another process leaves for it.
bench-handover: setup
	@$(BIN)/python -m benchmarks.handover $(ARGS)

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The real process killed a thousand times, in every way that we know; ARGS="--kills 5000 --seed 1 --lanes 4".
soak: setup
	@$(BIN)/python -m tests.road.soak $(ARGS)

# Four daemons on one PostgreSQL that are killed and stopped while 2,000 mails are answered; then 10,000 mails through
# one daemon, whose memory and open files are printed. Half an hour each.
soak-daemons: setup
	@$(BIN)/python -m tests.road.many_daemons
	@$(BIN)/python -m tests.road.resources

# Faults that take too long for every change: migrations killed at every statement, stops with a locked database, ...
soak-faults: setup
	@$(BIN)/python -m tests.road.long $(ARGS)

# A month of a desk with 2,000 cases, held to every promise; `make test` plays it with fewer.
# ARGS="--cases 500 --seeds 1 2 3"; ARGS="--mutants" plays it with one mechanism broken after the other.
month: setup
	@$(BIN)/python -m tests.month $(ARGS)

# Deliberately broken builds of the program: each must be caught.
mutants: setup
	@$(BIN)/python -m tests.mutants

# How well the mails of other projects are read; MAILTICKET_CORPUS names their folder.
corpus: setup
	@$(BIN)/python -m tests.corpus

# What runs, without what tests it.
program: $(VENV)/.runs

# Our own modules are compiled too, as they are where they are installed: Python may not be allowed to write that.
setup: $(VENV)/.tests
	@$(BIN)/python -m compileall -q mailticket

# What the program needs. uv reads pyproject.toml's overrides: talon without its 300 MB of learning machinery.
$(VENV)/.runs: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "mailticket needs Python 3.11 or newer as '$(PYTHON)'. Debian: sudo apt install python3 python3-venv;"; \
	  echo "another one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo "Python's venv module is missing. Debian and Ubuntu: sudo apt install python3-venv"; exit 1; }
	@touch .setup-probe 2>/dev/null && rm .setup-probe || { \
	  echo "This folder cannot be written to: $(CURDIR). Use a checkout of your own."; exit 1; }
	@echo "Setting up $(VENV), once ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt uv
	@$(UV) --editable '.[all]'
	@touch $@

$(VENV)/.tests: $(VENV)/.runs
	@$(UV) --editable '.[all,dev]'
	@touch $@

clean:
	rm -rf $(VENV)
