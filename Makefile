# make run: serve the dashboard (the first start installs it and screens the demo studies).
# make test: format, lint, types, unit and page tests, browser journeys.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run test chromium clean

VENV := .venv
PYTHON := $(VENV)/bin/python
PIP := $(PYTHON) -m pip --disable-pip-version-check

# The first Python that is new enough and can make a virtual environment.
NEW_ENOUGH := import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))
BASE_PYTHON ?= $(shell for python in python3.11 python3 python3.12 python3.13; do \
	$$python -c '$(NEW_ENOUGH)' 2>/dev/null && { echo $$python; break; }; done)

# An index that carries PyTorch without CUDA saves several GB; empty takes the default one.
TORCH_INDEX ?=

help:
	@echo "make run    serve the dashboard on http://127.0.0.1:8501"
	@echo "make test   check everything: format, lint, types, tests, browser journeys"
	@echo "make clean  remove the virtual environment (your data stays)"

run: $(VENV)/run.stamp
	-$(PYTHON) -m ichdash demo --first-start
	@exec $(PYTHON) -m ichdash serve

test: $(VENV)/test.stamp chromium
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .
	$(PYTHON) -m mypy
	OMP_NUM_THREADS=1 $(PYTHON) -m pytest -n auto --maxprocesses 4 --dist loadscope
	$(PYTHON) -m pytest -m browser

$(PYTHON):
	@if [ -z "$(BASE_PYTHON)" ]; then \
		echo "No Python 3.11 or newer with the venv module was found. Nothing was installed." \
			"Install python3.11 and python3.11-venv, or name one: make BASE_PYTHON=/path/to/python" >&2; \
		exit 2; \
	fi
	$(BASE_PYTHON) -m venv --clear $(VENV)

$(VENV)/run.stamp: requirements.txt | $(PYTHON)
	@echo "Installing the pinned requirements into $(VENV) (about a minute)"
ifneq ($(TORCH_INDEX),)
	@$(PIP) install --quiet --retries 0 --timeout 15 --no-deps --constraint requirements.txt \
		--extra-index-url $(TORCH_INDEX) torch torchvision
endif
	@$(PIP) install --quiet --requirement requirements.txt
	@touch $@

$(VENV)/test.stamp: requirements-dev.txt $(VENV)/run.stamp
	@echo "Installing what the tests need"
	@$(PIP) install --quiet --requirement requirements-dev.txt
	@touch $@

chromium:
	@command -v chromium >/dev/null || { \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			apt-get update -q && apt-get install -q -y --no-install-recommends chromium; \
		else \
			echo "Chromium is missing and the browser journeys need it at /usr/bin/chromium." \
				"Nothing was tested. Install it (Debian: sudo apt-get install chromium)." >&2; \
			exit 2; \
		fi; }

clean:
	rm -rf $(VENV)
