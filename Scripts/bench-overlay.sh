#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# usage: bench-overlay.sh AGENT [ROUNDS [PEERS]]
#
# Measures the overlay's agent in a throw-away network namespace, with a real etcd.
set -euo pipefail
cd "$(dirname "$0")/.."

agent=$(realpath "$1")
rounds=${2:-${ROUNDS:-7}}
peers=${3:-${PEERS:-5000}}
flags=-mnp
[[ $(id -u) -eq 0 ]] || flags=-rmnp
export PATH=$PATH:/usr/sbin:/sbin
exec unshare $flags --fork --kill-child --mount-proc --propagation private bash -euc '
    mount -t tmpfs tmpfs /run
    exec python3 Benchmarks/overlay.py "$@"' bench "$agent" "$rounds" "$peers"
