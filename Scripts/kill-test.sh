#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# usage: kill-test.sh PLUGINS [TYPE]...
#
# Kills the real interface plugins (with host-local in them, or dhcp), flannel with bridge in it, vpc-eni beside an agent,
# and the plugins that come after another one in a chain, at every system call of an ADD, by strace's fault injection, and
# has a DEL, and separately a GC, clean up after it: nothing may be left, at any moment. All plugins, or those of the types.
set -euo pipefail
plugins=$(realpath "$1")
if ! command -v strace >/dev/null; then
    echo "kill-test: skipped, needs strace"
    exit 0
fi
exec "$(dirname "$0")/in-namespace.sh" unshare -mn python3 "$(dirname "$0")/kill-test.py" "$plugins" "${@:2}"
