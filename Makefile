# Everything a person does with this checkout. `make` alone lists it.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# What is downloaded or built outside the checkout lives here.
CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/rapport
# CI works in a fresh clone every time: its build output stays between runs.
ifdef CI
export CARGO_TARGET_DIR := $(CACHE)/target
endif
export RAPPORT_TEST_PYTHON := $(CACHE)/python/bin/python

CUSTOMERS ?= 2000
DATA ?= rapport-data

.PHONY: help demo run test verify fix bench setup setup-python

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

demo: setup ## two years of a made-up company in a running ledger; CUSTOMERS=100000 scales it
	cargo run --release --locked --package rapport -- demo --customers $(CUSTOMERS)

run: setup ## a ledger of your own in ./rapport-data (DATA=… for elsewhere)
	cargo run --release --locked --package rapport -- serve --data $(DATA)

test: setup setup-python ## every test, with the real binary and a client in another language
	cargo test --workspace --locked --no-fail-fast

verify: setup ## what CI runs: formatting, lints, every test; changes nothing
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- --deny warnings
	$(MAKE) test

fix: ## format, and apply what lints can mend
	cargo fmt --all
	cargo clippy --workspace --all-targets --fix --allow-dirty --allow-staged

bench: setup ## every figure of the README again
	cargo run --release --locked --package rapport -- bench all

setup:
	@.ci/setup compiler

setup-python:
	@.ci/setup python $(CACHE)/python
