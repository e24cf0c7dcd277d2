# What people do with this checkout. `make` alone lists the targets.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# The folder for downloads and builds outside the checkout.
CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/rapport
# CI works in a fresh clone every time: this folder keeps the build output between runs, without what only a next build of
# the same checkout could use.
ifdef CI
export CARGO_TARGET_DIR := $(CACHE)/target
export CARGO_INCREMENTAL := 0
endif
export RAPPORT_TEST_PYTHON := $(CACHE)/python/bin/python
export RAPPORT_TEST_KAFKA := $(CACHE)/kafka
export RAPPORT_TEST_PROMTOOL := $(CACHE)/promtool/promtool

CUSTOMERS ?= 2000
DATA ?= rapport-data
KILLS ?= 500

.PHONY: help demo run test soak verify fix bench setup setup-python setup-kafka setup-postgres setup-promtool setup-tests

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

demo: setup ## show two years of a made-up company in a running ledger; CUSTOMERS=100000 scales it
	cargo run --release --locked --package rapport -- demo --customers $(CUSTOMERS)

run: setup ## start a ledger of your own in ./rapport-data; DATA=… names another folder
	cargo run --release --locked --package rapport -- serve --data $(DATA)

test: setup setup-tests ## run every test, with the real binary, a real Kafka and PostgreSQL, clients in other languages
	cargo test --workspace --locked --no-fail-fast

soak: setup setup-tests ## kill processes, brokers and databases at random for longer; KILLS=500
	cargo test --workspace --locked --no-run
	RAPPORT_TEST_KILLS=$(KILLS) cargo test --workspace --locked --no-fail-fast --test exactly_once --test project -- killed --nocapture

verify: setup ## what CI runs: formatting, lints, links in comments, every test; changes nothing
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- --deny warnings
	RUSTDOCFLAGS=--deny=warnings cargo doc --workspace --no-deps --document-private-items --locked
	$(MAKE) test

fix: ## format, and apply the fixes that lints propose
	cargo fmt --all
	cargo clippy --workspace --all-targets --fix --allow-dirty --allow-staged

bench: setup ## measure the figures of the README again
	cargo run --release --locked --package rapport -- bench all

setup:
	@.ci/setup compiler

setup-tests: setup-python setup-kafka setup-postgres setup-promtool

setup-python:
	@.ci/setup python $(CACHE)/python

setup-kafka:
	@.ci/setup kafka $(RAPPORT_TEST_KAFKA)

setup-postgres:
	@.ci/setup postgres

setup-promtool:
	@.ci/setup promtool $(CACHE)/promtool
