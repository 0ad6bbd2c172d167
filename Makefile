# SPDX-License-Identifier: Apache-2.0
#
# `make help` lists the targets.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c

# Warnings are errors in every build from here; Package.swift asks.
export SWIFT_CNI_STRICT := 1

PREFIX ?= /opt/cni/bin
BINDIR ?= /usr/local/bin
DESTDIR ?=

SCRATCH := .build-static
SOURCES := Package.swift Sources Examples NodeAgent Tests
# The release executable: no shared libraries, no sections that nothing uses, no symbols. A plugin runs each piece of
# code once, from cold caches: small code (-Osize) and few pages (lld, identical code folded, what an attachment runs in
# one place) are worth a quarter of an ADD; generic types made by their accessors and not by their names, 3 %, and made by
# the compiler where it can, 1 %.
UNSTRIPPED := -c release --static-swift-stdlib -Xswiftc -static-executable -Xswiftc -Osize -Xswiftc -use-ld=lld \
	-Xswiftc -Xfrontend -Xswiftc -function-sections \
	-Xswiftc -Xfrontend -Xswiftc -disable-concrete-type-metadata-mangled-name-accessors \
	-Xswiftc -Xfrontend -Xswiftc -prespecialize-generic-metadata \
	-Xlinker --gc-sections -Xlinker --icf=all -Xlinker --no-rosegment
STATIC := $(UNSTRIPPED) -Xlinker -s \
	-Xlinker --symbol-ordering-file=$(CURDIR)/Scripts/function-order.txt -Xlinker --no-warn-symbol-ordering
# The command-line tool is a package of its own, with dependencies of its own.
TOOL := Sources/cni
TOOL_SCRATCH := .build-tool
# So is the overlay's node agent. It runs for long: the C library is the node's own, which resolves names as the node does.
AGENT := Examples/VXLAN/Agent
AGENT_SCRATCH := .build-agent
# Most of what an idle agent has in memory is pages of its executable. Swift's static libraries have it export every symbol,
# so that the linker may remove nothing: without, and with small code, a fifth of the pages is gone.
AGENT_FLAGS := -c release --static-swift-stdlib -Xswiftc -use-ld=lld -Xswiftc -Osize \
	-Xswiftc -Xfrontend -Xswiftc -function-sections -Xcc -Os -Xcc -ffunction-sections -Xcc -fdata-sections \
	-Xlinker --no-export-dynamic -Xlinker --gc-sections -Xlinker --icf=all -Xlinker -s
# SwiftPM takes the plan in a scratch for its own though another package wrote it, and then knows no target of this one.
FORGET_PLAN := rm -f $(AGENT_SCRATCH)/release.yaml
# What agents have in common, and a scratch for the tests of it and of the agents: their dependencies are built once.
NODE_AGENT := NodeAgent
VPC := Examples/VPC
AGENT_TESTS_SCRATCH := .build-agent-tests

.PHONY: help packages build order tool agent demo-migration demo-overlay demo-bgp demo-vpc test-vpc-agent bench-overlay bench-vpc man test test-kernels test-nightly test-dhcp test-runtimes lint fmt demo bench bench-chain install install-agent vxlan-agent vpc-agent vpc-simulator image test-image consumer kill-test tool-stress pictures linkage clean
.DEFAULT_GOAL := help

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

packages: ## Install the Debian or Ubuntu packages that building needs (as root; otherwise name them)
	@Scripts/packages.sh build

build: packages ## Build the static plugins into .build-static/bin
	@swift build --product cni-plugins $(STATIC) --scratch-path $(SCRATCH) 2>&1 | Scripts/quiet-static-link.sh
	@$(SCRATCH)/release/cni-plugins --install $(SCRATCH)/bin

order: packages ## Measure anew which functions an attachment runs, for the order of the static plugins' code (as root)
	@Scripts/packages.sh order
	@swift build --product cni-plugins $(UNSTRIPPED) -Xlinker --strip-debug --scratch-path .build-order 2>&1 \
		| Scripts/quiet-static-link.sh
	@Scripts/function-order.sh .build-order/release/cni-plugins > .build-order/function-order.txt
	@mv .build-order/function-order.txt Scripts/function-order.txt

tool: packages ## Build the static command-line tool into .build-static/bin
	@swift build --package-path $(TOOL) --product cni $(STATIC) --scratch-path $(TOOL_SCRATCH) 2>&1 \
		| Scripts/quiet-static-link.sh
	@install -D -m 0755 $(TOOL_SCRATCH)/release/cni $(SCRATCH)/bin/cni

agent: packages ## Build the overlay's node agent into .build-static/bin
	@$(FORGET_PLAN)
	@swift build --package-path $(AGENT) --product vxlan-agent $(AGENT_FLAGS) --scratch-path $(AGENT_SCRATCH) 2>&1 | Scripts/quiet-static-link.sh
	@install -D -m 0755 $(AGENT_SCRATCH)/release/vxlan-agent $(SCRATCH)/bin/vxlan-agent

vxlan-agent: agent

# The same flags and scratch for each, so that what agents have in common is built once.
vpc-agent vpc-simulator: packages
	@$(FORGET_PLAN)
	@swift build --package-path $(VPC) --product $@ $(AGENT_FLAGS) --scratch-path $(AGENT_SCRATCH) 2>&1 | Scripts/quiet-static-link.sh
	@install -D -m 0755 $(AGENT_SCRATCH)/release/$@ $(SCRATCH)/bin/$@

vpc-agent: ## Build the VPC's node agent into .build-static/bin
vpc-simulator: ## Build the VPC in a box into .build-static/bin

man: packages ## Write man pages of the tool into .build-static/man1
	@Scripts/manual.sh .build-manual $(SCRATCH)/man1

test: tool ## Run the tests (an ordinary user is root of a user namespace for them)
	@Scripts/packages.sh test
	swift build --build-tests
	@CNI_TOOL=$(CURDIR)/$(SCRATCH)/bin/cni Scripts/run-tests.sh swift test --skip-build
	swift build --package-path $(NODE_AGENT) --scratch-path $(AGENT_TESTS_SCRATCH) --build-tests
	@PROMTOOL=$$(Scripts/promtool.sh .build-promtool) Scripts/run-tests.sh \
		swift test --package-path $(NODE_AGENT) --scratch-path $(AGENT_TESTS_SCRATCH) --skip-build
	swift build --package-path $(AGENT) --scratch-path $(AGENT_TESTS_SCRATCH) --build-tests
	@PROMTOOL=$$(Scripts/promtool.sh .build-promtool) Scripts/run-tests.sh \
		swift test --package-path $(AGENT) --scratch-path $(AGENT_TESTS_SCRATCH) --skip-build --no-parallel
	swift build --package-path $(VPC) --scratch-path $(AGENT_TESTS_SCRATCH) --build-tests
	@PATH=$$(Scripts/python-clients.sh .build-python) PROMTOOL=$$(Scripts/promtool.sh .build-promtool) Scripts/run-tests.sh \
		swift test --package-path $(VPC) --scratch-path $(AGENT_TESTS_SCRATCH) --skip-build

test-kernels: ## Run the tests of VLANs, and of a kernel without IPv6, under Debian's in qemu (as root, Debian on amd64)
	@Scripts/packages.sh vm
	swift build --build-tests
	@Scripts/test-kernels.sh "$$(swift build --show-bin-path)/swift-cniPackageTests.xctest"

test-nightly: ## Run the laws about faults with every operation, also of pods on a branch ENI under Debian's kernel (as root)
	@Scripts/packages.sh test
	@Scripts/packages.sh vm
	swift build --build-tests
	@TEST_EVERY_OPERATION=1 Scripts/run-tests.sh swift test --skip-build --filter 'FaultTests|ChainedLawTests'
	@TEST_EVERY_OPERATION=1 Scripts/test-kernels.sh "$$(swift build --show-bin-path)/swift-cniPackageTests.xctest"

lint: ## Check the format, and the rules that a formatter cannot know
	swift format lint --strict -r $(SOURCES)
	@Scripts/lint.sh

fmt: ## Format the sources
	swift format format -i -r $(SOURCES)

demo: build ## Attach two containers, ping everywhere, detach, and look for leftovers
	@Scripts/packages.sh demo
	@Scripts/demo.sh $(SCRATCH)/bin

demo-migration: build tool ## Containers of Debian's Go plugins, then these, and back, with pings; flannel's files, too (as root)
	@Scripts/packages.sh demo-migration
	@Scripts/demo-migration.sh $(SCRATCH)/bin

demo-overlay: build tool agent ## Three nodes, an agent on each, etcd, and containers that reach each other
	@Scripts/packages.sh demo-overlay
	@Scripts/demo-overlay.sh $(SCRATCH)/bin $(SCRATCH)/bin/vxlan-agent

demo-bgp: build agent ## A router that learns the overlay's networks from a node by BIRD
	@Scripts/packages.sh demo-bgp
	@Scripts/demo-bgp.sh $(SCRATCH)/bin $(SCRATCH)/bin/vxlan-agent

demo-vpc: build tool vpc-agent vpc-simulator ## Two nodes in a VPC in a box, pods on their ENIs, with groups, flow logs, NAT and a VPN
	@Scripts/packages.sh demo-vpc
	@Scripts/demo-vpc.sh $(SCRATCH)/bin

test-vpc-agent: vpc-agent vpc-simulator ## Run vpc-agent against the simulator: repairs, restart, check, hand-back, drain (as root)
	@Scripts/packages.sh demo-vpc
	@Scripts/test-vpc-agent.sh $(SCRATCH)/bin

bench: build tool ## Measure against Debian's Go plugins and against the kernel alone (as root)
	@Scripts/packages.sh bench
	@Scripts/bench.sh $(SCRATCH)/bin

bench-chain: build tool ## Measure published ports and podman's chain against Debian's Go plugins, and 1,000 pods on a bridge (as root)
	@Scripts/packages.sh bench
	@Scripts/bench.sh $(SCRATCH)/bin "$${ROUNDS:-30}" chain

bench-overlay: agent ## Measure the overlay's agent with 5000 other nodes, against ip and bridge
	@Scripts/packages.sh demo-overlay
	@Scripts/bench-overlay.sh $(SCRATCH)/bin/vxlan-agent

bench-vpc: vpc-agent vpc-simulator ## Measure the VPC's agent: many pods at once against the reference's rules, 1,000 pods, memory (as root)
	@Scripts/packages.sh bench-vpc
	@Scripts/bench-vpc.sh $(SCRATCH)/bin

install: build tool ## Install the plugins in PREFIX (/opt/cni/bin), cni in BINDIR (/usr/local/bin), below DESTDIR
	@$(SCRATCH)/release/cni-plugins --install $(DESTDIR)$(PREFIX)
	@install -D -m 0755 $(SCRATCH)/bin/cni $(DESTDIR)$(BINDIR)/cni
	@echo "$(DESTDIR)$(BINDIR): cni"

install-agent: agent ## Install vxlan-agent in BINDIR (/usr/local/bin), below DESTDIR
	@install -D -m 0755 $(SCRATCH)/bin/vxlan-agent $(DESTDIR)$(BINDIR)/vxlan-agent
	@echo "$(DESTDIR)$(BINDIR): vxlan-agent"

# IMAGES is to be replaced: .invalid is nobody's (RFC 2606), so that no registry's name can be taken for ours.
IMAGES ?= registry.invalid
IMAGE_VERSION ?= 0.1.0
image: build agent vpc-agent ## Write the agents' container images as OCI archives into .build-static/images (without an engine)
	@Scripts/packages.sh image
	@mkdir -p $(SCRATCH)/images
	@for agent in vxlan-agent vpc-agent; do \
		Scripts/image.py --name $(IMAGES)/$$agent:$(IMAGE_VERSION) --output $(SCRATCH)/images/$$agent.oci.tar \
			--entrypoint /usr/local/bin/$$agent --package ca-certificates \
			--file $(SCRATCH)/bin/$$agent=/usr/local/bin/$$agent \
			--file $(SCRATCH)/release/cni-plugins=/usr/local/bin/cni-plugins \
			--time $$(git log -1 --format=%ct) --revision $$(git rev-parse HEAD); \
	done

test-image: image ## Run what is in the images, with nothing else of a system around it (as root)
	@Scripts/packages.sh test-image
	@Scripts/test-image.sh $(SCRATCH)/images

consumer: build ## Build the plugin of the README as an outside package, and run it
	@Scripts/consumer.sh $(SCRATCH)/bin

kill-test: build ## Kill a real ADD at every system call, and look for leftovers after DEL or GC
	@Scripts/packages.sh test
	@Scripts/kill-test.sh $(SCRATCH)/bin

test-dhcp: build ## Run the bridge plugin with dhcp, the reference's and ours, against dnsmasq and ISC's dhcpd (as root)
	@Scripts/packages.sh test-dhcp
	@Scripts/test-dhcp.sh $(SCRATCH)/bin
	@Scripts/test-dhcp6.sh $(SCRATCH)/bin

test-runtimes: build tool ## Run podman, buildah and containerd on these plugins alone (as root, Debian 12)
	@Scripts/packages.sh test-runtimes
	@Scripts/test-runtimes.sh $(SCRATCH)/release/cni-plugins $(SCRATCH)/bin/cni

tool-stress: build tool ## A thousand attachments through cni, and cni killed two hundred times (as root)
	@Scripts/packages.sh test
	@Scripts/tool-stress.sh $(SCRATCH)/bin

pictures: build tool vpc-agent vpc-simulator ## Draw the documentation's networks by cni draw: 1, 10, 100 containers, a VPC
	@Scripts/packages.sh demo-vpc
	@Scripts/pictures.sh $(SCRATCH)/bin

linkage: build tool agent vpc-agent ## Check that plugins and tool are static, small and without full Foundation; and the agents
	@Scripts/linkage.sh $(SCRATCH)/release/cni-plugins $(SCRATCH)/bin/cni $(SCRATCH)/bin/vxlan-agent $(SCRATCH)/bin/vpc-agent

clean: ## Remove what was built
	rm -rf .build .build-order .build-vm $(SCRATCH) $(TOOL_SCRATCH) $(AGENT_SCRATCH) $(AGENT_TESTS_SCRATCH) .build-promtool .build-manual .build-consumer
