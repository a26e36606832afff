# The commands of Pandus. Each sets up what it needs; `make` alone lists them.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help run reset test check soak format lock bench

PYTHON := .venv/bin/python
# Some machines forbid it. Hundreds of tests start a process, which would compile the whole program each time.
unexport PYTHONDONTWRITEBYTECODE
PYTEST := $(PYTHON) -m pytest -q
# Two workers halve the suite; each has its own databases. `make test WORKERS=0` runs in one process.
WORKERS ?= 2

# Named after the content and the folder it was made from: a checkout that only changes dates installs nothing, a moved
# one starts anew. `make run` uses the same environment: one of its own would save seconds once and could drift apart.
MADE_FROM := requirements/dev.txt requirements/install.sh pyproject.toml
READY := .venv/ready-$(shell { cat $(MADE_FROM); echo '$(CURDIR)'; } | sha256sum | cut -c-16)

help:
	@echo "make run      start Pandus with a demo region on http://127.0.0.1:8000"
	@echo "make reset    forget the demo region: delete var/"
	@echo "make test     the whole suite, on SQLite and on PostgreSQL"
	@echo "make check    format, lint, types, import contracts, then the tests"
	@echo "make soak     tablets against the server over a failing link, MINUTES=30 on each database"
	@echo "make format   format the code and mend what lint can mend"
	@echo "make lock     write requirements/*.txt anew (make lock UPGRADE=--upgrade: newest versions)"
	@echo "make bench    say how the benchmarks are run"

$(READY): ; @requirements/install.sh $@

# Any setting of docs/settings.md can stand before the command: `PANDUS_PORT=8080 make run`.
run: export PANDUS_DEMO ?= on
run: export PANDUS_LOG_FORMAT ?= text
run: $(READY)
	@$(PYTHON) -m flask --app wsgi serve

# A server is known by its command and folder, whatever its port; anybody else by a file held open.
reset:
	@for found in $$(grep -lszx serve /proc/[0-9]*/cmdline); do \
	    [ "$$(readlink "$${found%/cmdline}/cwd")" != '$(CURDIR)' ] || running=yes; done; \
	if [ "$$running" ] || ls -l /proc/[0-9]*/fd 2>/dev/null | grep -qF -e '-> $(CURDIR)/var/'; then \
	    echo "pandus: something still uses var/; stop the server with Ctrl-C first." >&2; exit 1; fi
	@rm -rf var

test: $(READY)
	@$(PYTEST) -n $(WORKERS) --dist worksteal

# The tests come last and alone: the last line is their summary. Here the properties are tried with the same examples
# every time, so the same code gets the same answer; `make test` draws new ones.
check: $(READY)
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m mypy -p api -p inspection -p geo -p tests -p bench -p migrations -m wsgi
	@.venv/bin/lint-imports
	@$(PYTEST) -n $(WORKERS) --dist worksteal --hypothesis-profile=ci

# The tests have a short one of these. The seed is printed with the counts: the same one does the same work again.
MINUTES ?= 30
SEED ?= 1
soak: $(READY)
	@failed=0; for database in sqlite postgresql; do \
	    $(PYTHON) -m tests.faults --minutes $(MINUTES) --seed $(SEED) --database $$database || failed=1; \
	done; exit $$failed

format: $(READY)
	@$(PYTHON) -m ruff format .
	@$(PYTHON) -m ruff check --fix .

# Universal: one lock for Python 3.11 and later on every platform, with hashes and without addresses.
COMPILE = $(PYTHON) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-annotate --no-header --no-emit-index-url --no-emit-find-links $(UPGRADE)
lock: $(READY)
	@$(COMPILE) pyproject.toml -o requirements/run.txt
	@$(COMPILE) pyproject.toml --group dev -o requirements/dev.txt
	@$(COMPILE) --group pgserver -o requirements/pgserver.txt

bench: $(READY)
	@echo "Benchmarks are long and never part of 'make test'. What each measures and how it is run stands in the first"
	@echo "lines of its package:"
	@ls -d bench/*/ | sed 's,/$$,/__init__.py,; s,^,  ,'
