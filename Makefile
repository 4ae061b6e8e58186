SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
# An environment is named by the lock it was made from: made once, and again when the lock changes.
hash = $(firstword $(shell sha256sum $(1)))
SITE := .venv/site-$(call hash,requirements.txt)
TOOLS := .venv/tools-$(call hash,requirements-dev.txt)
RIVALS := .venv/rivals-$(call hash,requirements-bench.txt)
MARKUP := .venv/markup-$(call hash,scripts/markup/package-lock.json)
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes

.PHONY: help setup run test test-postgres fuzz scan lint bench load lock chromium postgres markup wapiti wrk

help:
	@echo "make run    set up what is missing and serve the guide on http://127.0.0.1:$(PORT)/"
	@echo "make test   set up what is missing and run every test, browser included"
	@echo "make test-postgres    the tests that meet the database, on a PostgreSQL server started for them"
	@echo "make load   200 visitors for a minute while a release is published, on SQLite and on PostgreSQL"
	@echo "make fuzz   strangers on the whole site, and its API as it describes itself: 50,000 requests"
	@echo "make scan   wapiti on a site of its own, as a stranger and as somebody of the workshop"
	@echo "make setup, make lint, make bench, make lock"

setup: $(SITE) local.env staticfiles/staticfiles.json
	@$(BIN)/python manage.py prepare fixtures/guide.json

run: setup
	@echo "The guide is on http://127.0.0.1:$(PORT)/ and its workshop on http://127.0.0.1:$(PORT)/admin/"
	@echo "Make the first account with: $(BIN)/python manage.py createsuperuser"
	@exec $(BIN)/gunicorn --worker-class gthread --workers 2 --threads 4 --bind 127.0.0.1:$(PORT) \
		--log-level warning cramps.wsgi

test: setup $(TOOLS) chromium markup
	@$(BIN)/python -m pytest --numprocesses auto --maxprocesses 8 $(ARGS)

# The tests of the rules meet no database and are left out; of the browser's, which are slow, those in which rows change are in.
ON_ROWS := tests/test_*.py tests/admin tests/browser/test_editing.py tests/browser/test_publishing.py
test-postgres: setup $(TOOLS) chromium postgres
	@scripts/with-postgres $(BIN)/python -m pytest --numprocesses auto --maxprocesses 8 $(ON_ROWS) $(ARGS)

# FUZZ_REQUESTS says how many; under scripts/with-postgres it asks a site on PostgreSQL.
fuzz: setup $(TOOLS)
	@FUZZ_REQUESTS=$${FUZZ_REQUESTS:-50000} $(BIN)/python -m pytest tests/fuzz --show-capture=no $(ARGS)

# SCAN_SECONDS says how long each of its modules may take at most.
scan: setup $(TOOLS) wapiti
	@$(BIN)/python -m tests.scanning

lint: setup $(TOOLS)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/djlint --lint --quiet templates
	$(BIN)/codespell
	$(BIN)/python manage.py check
	$(BIN)/python manage.py makemigrations --check --dry-run

bench: setup $(RIVALS) wrk
	@$(BIN)/python -m bench $(ARGS)

load: setup $(RIVALS) postgres
	@$(BIN)/python -m bench.load
	@scripts/with-postgres $(BIN)/python -m bench.load

# Locks hold hashes and no addresses. uv makes them, in an environment that is thrown away.
lock:
	folder=$$(mktemp -d); trap 'rm -rf "$$folder"' EXIT; \
	$(PYTHON) -m venv "$$folder" && "$$folder/bin/pip" install --quiet uv; \
	compile="$$folder/bin/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header -q $(ARGS)"; \
	$$compile --group postgres -o requirements.txt; \
	$$compile --group dev --group postgres -c requirements.txt -o requirements-dev.txt; \
	$$compile --group bench -c requirements-dev.txt -o requirements-bench.txt

# A package of Debian's, where the first words do not find what it brings: as root it is installed, else it is named.
define debian
@if ! { $(1); } >/dev/null 2>&1; then \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(2); \
	else \
		echo "Debian's $(2) is not there and only root may install it: $(3)."; \
	fi; \
fi
endef

chromium:
	$(call debian,test -x /usr/bin/chromium,chromium,the browser tests will say so)

# The Nu HTML checker: Java runs it, npm fetches it. Where either is missing, its test says so.
markup:
	@if [ ! -d "$(MARKUP)" ] && command -v npm >/dev/null; then \
		mkdir -p "$(MARKUP).new" && cp scripts/markup/*.json "$(MARKUP).new/" \
		&& npm ci --prefix "$(MARKUP).new" --no-audit --no-fund --loglevel=error >/dev/null \
		&& mv "$(MARKUP).new" "$(MARKUP)"; \
	fi

postgres:
	$(call debian,ls /usr/lib/postgresql/*/bin/initdb,postgresql,scripts/with-postgres will say so)

wrk:
	$(call debian,command -v wrk,wrk,the bench will say so)

wapiti:
	$(call debian,command -v wapiti,wapiti,the scan will say so)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "The guide needs Python 3.11 or newer.")'
	@$(PYTHON) -m venv .venv

$(SITE): | $(BIN)/python
	@echo "Installing the site's packages"
	@$(INSTALL) -r requirements.txt
	@touch $@

$(TOOLS): $(SITE)
	@echo "Installing the tools for tests"
	@$(INSTALL) -r requirements-dev.txt
	@touch $@

$(RIVALS): $(SITE)
	@echo "Installing what the bench compares with"
	@$(INSTALL) -r requirements-bench.txt
	@touch $@

# For this machine alone: settings read it only where the environment names neither SECRET_KEY nor DEBUG.
local.env: | $(SITE)
	@umask 077; { \
		echo "SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(50))')"; \
		echo "ALLOWED_HOSTS=127.0.0.1,localhost,[::1]"; \
		echo "PLAIN_HTTP=true"; \
		echo "GUIDE_SELF_PUBLISH=true"; \
	} > $@.new && mv $@.new $@

staticfiles/staticfiles.json: $(SITE) $(shell find static -type f 2>/dev/null) | local.env
	@$(BIN)/python manage.py collectstatic --noinput --verbosity 0
	@touch $@
