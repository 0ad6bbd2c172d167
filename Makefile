# SPDX-License-Identifier: Apache-2.0
#
# `make help` lists the targets.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c

PREFIX ?= /opt/cni/bin
DESTDIR ?=

SCRATCH := .build-static
PLUGINS := bridge host-local loopback static vxlan
SOURCES := Package.swift Sources Examples Tests
# The release executable: no shared libraries, no sections that nothing uses, no symbols. A plugin runs each piece of
# code once, from cold caches: small code (-Osize) and few pages (lld, identical code folded) are worth 15 % of an ADD.
STATIC := -c release --static-swift-stdlib -Xswiftc -static-executable -Xswiftc -Osize -Xswiftc -use-ld=lld \
	-Xlinker --gc-sections -Xlinker --icf=all -Xlinker --no-rosegment -Xlinker -s --scratch-path $(SCRATCH)

.PHONY: help packages build test lint fmt demo bench install consumer kill-test linkage clean
.DEFAULT_GOAL := help

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

packages: ## Install the Debian or Ubuntu packages that building needs (as root; otherwise name them)
	@Scripts/packages.sh build

build: packages ## Build the static plugins into .build-static/bin
	@swift build --product cni-plugins $(STATIC) 2>&1 | Scripts/quiet-static-link.sh
	@Scripts/link-plugins.sh $(SCRATCH)/release/cni-plugins $(SCRATCH)/bin $(PLUGINS)

test: packages ## Run the tests (an ordinary user is root of a user namespace for them)
	@Scripts/packages.sh test
	swift build --build-tests
	@Scripts/in-namespace.sh swift test --skip-build

lint: ## Check the format, and the rules that a formatter cannot know
	swift format lint --strict -r $(SOURCES)
	@Scripts/lint.sh

fmt: ## Format the sources
	swift format format -i -r $(SOURCES)

demo: build ## Attach two containers, ping everywhere, detach, and look for leftovers
	@Scripts/packages.sh demo
	@Scripts/demo.sh $(SCRATCH)/bin

bench: build ## Measure against Debian's Go plugins and against the kernel alone (as root)
	@Scripts/packages.sh bench
	@Scripts/bench.sh $(SCRATCH)/bin

install: build ## Install the plugins below DESTDIR in PREFIX (/opt/cni/bin): one file, five names
	@Scripts/link-plugins.sh $(SCRATCH)/release/cni-plugins $(DESTDIR)$(PREFIX) $(PLUGINS)

consumer: build ## Build the plugin of the README as an outside package, and run it
	@Scripts/consumer.sh $(SCRATCH)/bin

kill-test: build ## Kill a real ADD at every system call, and look for leftovers after DEL or GC
	@Scripts/packages.sh test
	@Scripts/kill-test.sh $(SCRATCH)/bin

linkage: build ## Check that the executable is static, small and without full Foundation
	@Scripts/linkage.sh $(SCRATCH)/release/cni-plugins

clean: ## Remove what was built
	rm -rf .build $(SCRATCH) .build-consumer
