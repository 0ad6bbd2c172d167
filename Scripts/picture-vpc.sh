#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# usage: picture-vpc.sh BIN PICTURE
#
# Has `cni draw` draw a node of the VPC in a box, with pods on two ENIs and one with an ENI of its own: into PICTURE.txt and
# PICTURE.svg. BIN has the static `cni`, plugins, vpc-agent and vpc-simulator. Everything is in namespaces made for it.
set -euo pipefail
here=$(realpath "$(dirname "$0")")
if [[ ${3:-} != inside ]]; then
    flags=-mnp
    [[ $(id -u) -eq 0 ]] || flags=-rmnp
    exec unshare $flags --fork --kill-child --mount-proc --propagation private \
        "$here/picture-vpc.sh" "$(realpath "$1")" "$(realpath "$2")" inside
fi

bin=$1 picture=$2
export PATH=$PATH:/usr/sbin:/sbin
. "$here/demo-visitors.sh"
. "$here/vpc-box.sh"
for node in 1 2; do new_node $node; done
for side in internet office; do start_side $side; done
start_box "$here/demo-vpc.json"
wait_for_address 1
jq -n --arg group "$(id_of group/database)" '{ "*": {securityGroups: [$group]} }' >"$work/exclusive"
in_node 1 tee /run/exclusive.json <"$work/exclusive" >/dev/null
export AWS_EC2_ENDPOINT=http://10.0.1.5 CLUSTER_NAME=demo WARM_IP_TARGET=1 MINIMUM_IP_TARGET=5
start_agent 1 --exclusive-enis /run/exclusive.json
wait_ready 1
# One after the other, so that the first three have addresses of the first ENI.
for pod in "1 red" "1 green" "1 blue" "1 cyan" "1 pink" "1 database exclusive"; do
    add_pods "$pod" || { error "${pod#* }" >&2; exit 1; }
done
# The kernel tells of new carriers once a second (net/core/link_watch.c).
sleep 2
export LC_ALL=C.UTF-8
COLUMNS=110 in_node 1 "$bin/cni" draw >"$picture.txt"
in_node 1 "$bin/cni" draw --svg "$picture.svg"
