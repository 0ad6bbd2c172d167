#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# usage: test-vlan.sh TESTS
#
# Runs the tests of bridges that tell VLANs apart from the built TESTS, under Debian's kernel: this machine's may not have
# them. A test that is skipped there is a failure. As root.
set -euo pipefail
cd "$(dirname "$0")/.."

if [[ $(uname -m) != x86_64 ]] || ! grep -qx 'ID=debian' /etc/os-release; then
    echo "VLANs on bridges: skipped, only Debian on amd64 has the kernel that this needs." >&2
    exit 0
fi
output=$(mktemp)
trap 'rm -f "$output"' EXIT
Scripts/in-debian-kernel.sh "$(realpath "$1")" --testing-library swift-testing --filter VLANTests | tee "$output"
if grep -q skipped "$output" || ! grep -q 'Test run with [1-9][0-9]* tests .*passed' "$output"; then
    echo "Not every test has run." >&2
    exit 1
fi
