#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# usage: bench-vpc.sh FOLDER-OF-EXECUTABLES [ROUNDS [PART...]]
#
# Measures vpc-agent in a throw-away network namespace, against vpc-simulator. Parts: idle, density, bursts.
set -euo pipefail
cd "$(dirname "$0")/.."

bin=$(realpath "$1")
rounds=${2:-${ROUNDS:-3}}
flags=-mnp
[[ $(id -u) -eq 0 ]] || flags=-rmnp
export PATH=$PATH:/usr/sbin:/sbin
exec unshare $flags --fork --kill-child --mount-proc --propagation private bash -euc '
    mount -t tmpfs tmpfs /run
    exec python3 Benchmarks/vpc.py "$@"' bench "$bin" "$rounds" "${@:3}"
