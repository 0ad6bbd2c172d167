#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# usage: unshare -mn consumer-run.sh FOLDER
#
# ADD, a ping, CHECK and DEL of the README's plugin, in the network namespace that this is started in.
set -euo pipefail
bin=$1
fail() { echo "consumer: $*" >&2; exit 1; }
mount -t tmpfs tmpfs /run
mkdir /run/netns
ip link set lo up
ip netns add pod
before=$(ip -o link; ip -o address; ip route show table all)

network='{"cniVersion":"1.1.0","name":"pairs","type":"point-to-point","mtu":1400,"ipam":{"type":"static","addresses":[
    {"address":"10.77.0.2/24","gateway":"10.77.0.1"},{"address":"fd77::2/64","gateway":"fd77::1"}]}}'
call() {
    CNI_COMMAND=$1 CNI_CONTAINERID=pod-0123456789 CNI_NETNS=/run/netns/pod CNI_IFNAME=eth0 CNI_PATH=$bin \
        "$bin/point-to-point"
}
result=$(call ADD <<<"$network") || fail "ADD: $result"
for address in 10.77.0.2 fd77::2; do
    ping -c 1 -W 2 "$address" >/dev/null || fail "no answer from $address"
done
with_result="${network%\}},\"prevResult\":$result}"
output=$(call CHECK <<<"$with_result") || fail "CHECK: $output"
ip -n pod link set eth0 mtu 1300
output=$(call CHECK <<<"$with_result") || fail "CHECK minds an MTU that a later plugin may have set: $output"
ip -n pod address delete 10.77.0.2/24 dev eth0
if output=$(call CHECK <<<"$with_result"); then fail "CHECK does not miss an address"; fi
output=$(call DEL <<<"$with_result") || fail "DEL: $output"
output=$(call DEL <<<"$network") || fail "a second DEL: $output"
after=$(ip -o link; ip -o address; ip route show table all)
[[ $before == "$after" ]] || fail "DEL leaves something: $(diff <(echo "$before") <(echo "$after"))"
echo "consumer: ADD, ping over IPv4 and IPv6, CHECK, DEL: as they should be"
