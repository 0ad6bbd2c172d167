#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# usage: bench.sh PLUGINS [ROUNDS [bench|chain]]
#
# Compiles the two C programs and measures in a throw-away network namespace. Says what was met and what was missed;
# both are success: a measurement is not a test.
set -euo pipefail
cd "$(dirname "$0")/.."

if [[ $(id -u) -ne 0 ]]; then
    echo "Measuring takes root: in a user namespace the Go plugins' iptables has no lock file to write." >&2
    exit 1
fi
plugins=$(realpath "$1")
rounds=${2:-${ROUNDS:-30}}
tools=$plugins/../tools
mkdir -p "$tools"
tools=$(realpath "$tools")
for program in kernel-floor measure; do
    cc -O2 -static -Wall -Werror -o "$tools/$program" "Benchmarks/$program.c"
done
export PATH=$PATH:/usr/sbin:/sbin
unshare -mn --propagation private bash -euc '
    mount -t tmpfs tmpfs /run
    exec python3 -B "Benchmarks/$0.py" "$@"' "${3:-bench}" "$plugins" "$tools" "$rounds"
