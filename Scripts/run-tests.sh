#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Runs a test command, as root or as root of a user namespace, and names what failed once more at the end: hundreds of
# tests in parallel print thousands of lines after the one that matters. What was skipped is counted by skips.sh.
set -euo pipefail

log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
"$(dirname "$0")/in-namespace.sh" "$@" 2>&1 | tee "$log" || status=$?
if [[ $status -ne 0 ]]; then
    echo "==> failed:"
    grep -a -A 3 -E '✘|error:|Fatal error' "$log" | tail -n 100
fi
"$(dirname "$0")/skips.sh" "$log" || { [[ $status -ne 0 ]] || status=1; }
exit "$status"
