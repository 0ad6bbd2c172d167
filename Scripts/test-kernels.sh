#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# usage: [TEST_EVERY_OPERATION=1] test-kernels.sh TESTS
#
# Runs, from the built TESTS, those for which this machine's kernel may not be the right one, under Debian's: bridges that
# tell VLANs apart, pods on VLANs of a trunk, containers on links of every kind, routing domains, and a kernel without
# IPv6. A test that is skipped there is a failure. With TEST_EVERY_OPERATION, only the laws about every operation. As root.
set -euo pipefail
cd "$(dirname "$0")/.."

if [[ $(uname -m) != x86_64 ]] || ! grep -qx 'ID=debian' /etc/os-release; then
    echo "Other kernels: skipped, only Debian on amd64 has the one that this needs." >&2
    exit 0
fi
tests=$(realpath "$1")
output=$(mktemp)
trap 'rm -f "$output"' EXIT

run() {  # run SUITE [KERNEL-PARAMETER]...
    KERNEL_PARAMETERS="${*:2}" Scripts/in-debian-kernel.sh env ${TEST_EVERY_OPERATION+TEST_EVERY_OPERATION=1} \
        ${scenario:+"TEST_SCENARIO=$scenario"} "$tests" --testing-library swift-testing --filter "$1" \
        | tee "$output"
    if grep -q skipped "$output" || ! grep -Eq 'Test run with [1-9][0-9]* tests? .*passed' "$output"; then
        echo "$1: not every test has run." >&2
        exit 1
    fi
}
if [[ -v TEST_EVERY_OPERATION ]]; then
    run 'VPCFaultTests.*branch'
    scenario=vrf run ChainedLawTests
    exit 0
fi
run VLANTests
run VPCBranchTests
run 'IPVLANTests|VLANPluginTests|InterfaceLawTests|DHCPOverIPVLANTests'
# Before Linux 6.2 a link is renamed only while it is down.
run "VPCTrafficTests.*StatefulSet"
run 'LinkKindTests|RefereeTests|TrafficControlTests'
run VRFTests
run WithoutIPv6Tests ipv6.disable=1
