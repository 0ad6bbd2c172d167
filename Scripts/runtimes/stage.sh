# SPDX-License-Identifier: Apache-2.0
#
# usage: stage.sh PART..., in a mount namespace and a process namespace of its own
#
# The disk, and one host after the other with it.
here=$(dirname "$0")
. "$here/cgroups.sh"
. "$here/checks.sh"
mount -t tmpfs tmpfs "$work"
mkdir "$disk"
: >"$work/tally"

# host PART: a host boots, and does a part of the tests.
host() {
    (
        enter_cgroups || exit
        exec unshare --cgroup bash -euo pipefail -c '. "$0/cgroups.sh"; leave_root
            exec unshare --net --pid --ipc --mount --propagation private --fork --kill-child \
                bash -euo pipefail "$0/host.sh" "$1"' "$here" "$1"
    ) </dev/null || failed "$1: the part runs to its end"
    clear_cgroups
}

for part in "$@"; do
    rm -rf "${disk:?}"/*
    case $part in
        podman) host podman; host podman-reboot ;;
        cri) host cri; host cri-reboot ;;
        *) host "$part" ;;
    esac
done
summary
