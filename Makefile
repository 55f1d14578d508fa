# SPDX-License-Identifier: MIT
#
# The verbs, over meson and ninja (tools/build). Each installs first what is missing (tools/deps).

SHELL := /bin/bash
.DEFAULT_GOAL := build
.PHONY: build run test check bench fuzz soak docs install clean help deps deps-bench deps-check deps-soak

PREFIX ?= /usr/local
FUZZ_RUNS ?= 1000000
MINUTES ?= 90

build: deps ## build the command: build/bin/supertester
	@tools/build release

run: build ## the main job: todo_app under kills, network and disk faults; report in build/report
	@build/bin/todo_app_proof --report build/report

test: deps ## all tests in the debug, asan and hostile builds, format and tidy
	@tools/test-all debug asan hostile

check: deps-check ## everything: all builds and compilers, long tests, 10,000,000 fuzz runs each, packages
	@tools/check

export HISTORIES PORCUPINE # folders of what some benchmarks need: see bench/finding.toml

bench: deps-bench ## measure beside the peers: build/bench/runtime.json, savina.json, finding.json (ONLY=name)
	@tools/build --benches release
	@mkdir -p build/bench
	@for set in runtime:measures savina:savina finding:finding; do \
	    measures=bench/$${set#*:}.toml; \
	    if [ -z "$(ONLY)" ] || grep -qx 'name = "$(ONLY)"' $$measures; then \
	        found=yes; \
	        bench/run --programs build/release/bench --measures $$measures \
	            --out build/bench/$${set%:*}.json $(if $(ONLY),--only "$(ONLY)") || exit; \
	    fi; \
	done; \
	[ -n "$$found" ] || bench/run --programs build/release/bench --out build/bench/runtime.json \
	    --only "$(ONLY)"

fuzz: deps ## run each fuzz target FUZZ_RUNS times (ONLY=name for one)
	@tools/fuzz $(FUZZ_RUNS) $(ONLY)

soak: deps-soak ## all tests again and again with new seeds under load, for MINUTES (ONLY=text for some)
	@tools/soak $(MINUTES) $(ONLY)

docs: deps ## the reference of the public headers in build/docs; checks the links of all documents
	@tools/docs

install: deps ## install libraries, headers and the command under PREFIX (DESTDIR is respected)
	@PREFIX="$(PREFIX)" tools/build release
	@meson install -C build/release --no-rebuild --quiet $(if $(DESTDIR),--destdir "$(DESTDIR)")

clean: ## remove build/
	@rm -rf build

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

deps:
	@tools/deps

deps-bench:
	@tools/deps bench

deps-check:
	@tools/deps check

deps-soak:
	@tools/deps soak
