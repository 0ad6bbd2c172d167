#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# usage: test-runtimes.sh CNI-PLUGINS CNI [PART...]
#
# podman, buildah and containerd run containers on these plugins and on no others. As root, on Debian 12, whose podman still
# has the CNI backend. PART is podman, buildah, ctr or cri; without one it is all of them.
#
# Each part has a host of its own: namespaces, below a cgroup that is ours, and
# a disk in memory. The machine's network, /run, /var/lib, /etc and other cgroups are not touched. When a host's first
# process ends, all others of it do, as by a power cut; what comes up after that on the same disk is a reboot.
set -euo pipefail
here=$(realpath "$(dirname "$0")")
plugins=$(realpath "$1") cni=$(realpath "$2")
export plugins cni
shift 2
[[ $# -gt 0 ]] || set -- podman buildah ctr cri
[[ $(id -u) -eq 0 ]] || { echo "test-runtimes: runtimes need root here" >&2; exit 1; }
export PATH=$PATH:/usr/sbin:/sbin

. "$here/runtimes/cgroups.sh"
export work disk
work=$(mktemp -d /tmp/swift-cni-runtimes.XXXXXX)
disk=$work/disk
begin_cgroups "swift-cni-runtimes.$$"
end() {
    local status=$?
    if [[ -n ${stage:-} ]]; then
        kill -KILL "$stage"
        wait "$stage" 2>/dev/null || true
    fi
    end_cgroups
    rm -rf "$work"
    exit $status
}
trap end EXIT
trap 'exit 130' INT TERM

# The rest is in namespaces with the disk and with all processes, which go with it.
unshare --mount --pid --fork --kill-child --propagation private \
    bash -euo pipefail "$here/runtimes/stage.sh" "$@" &
stage=$!
status=0
wait "$stage" || status=$?
stage=
exit $status
