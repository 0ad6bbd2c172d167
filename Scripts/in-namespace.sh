#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Runs a command as root; for an ordinary user, as root of a user namespace with a network namespace of its own.
set -euo pipefail

if [[ $(id -u) -eq 0 ]]; then exec "$@"; fi
if ! unshare -rn true 2>/dev/null; then
    echo "Neither root nor able to make user namespaces (see unshare(1), sysctl kernel.unprivileged_userns_clone" \
        "and kernel.apparmor_restrict_unprivileged_userns): tests that need a namespace will be skipped." >&2
    exec "$@"
fi
# With a loopback interface: servers that tests start are there.
exec unshare -rn sh -c 'PATH=$PATH:/usr/sbin:/sbin; ip link set lo up; exec "$@"' in-namespace "$@"
