#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# usage: demo-overlay.sh BIN AGENT
#
# Three nodes on a switch, each with an agent and two containers, their leases in a real etcd; everything in
# namespaces made for it. Every line that says "ok" was tested.
set -euo pipefail
here=$(realpath "$(dirname "$0")")

if [[ ${3:-} != inside ]]; then
    bin=$(realpath "$1") agent=$(realpath "$2")
    . "$here/demo-stage.sh"
    enter_stage --processes "$here/demo-overlay.sh" "$bin" "$agent" inside
fi

bin=$1 agent=$2
export PATH=$PATH:/usr/sbin:/sbin
. "$here/demo-output.sh"
. "$here/demo-visitors.sh"
. "$here/overlay-cluster.sh"

network='{ "cniVersion": "1.1.0", "name": "pods", "type": "vxlan", "dataDir": "/run/leases" }'
# in_container NODE CONTAINER COMMAND...
in_container() { local node=$1 name=$2; shift 2; in_node "$node" nsenter --net=/run/netns/"$name" "$@"; }

# plugin VERB NODE CONTAINER: the configuration is on stdin, the answer goes to $work/answer.
plugin() {
    in_node "$2" env CNI_COMMAND="$1" CNI_CONTAINERID="$3" CNI_NETNS=/run/netns/"$3" CNI_IFNAME=eth0 \
        CNI_PATH="$bin" "$bin/vxlan" >"$work/answer"
}
error() { jq -r '"code \(.code): \(.msg)"' "$work/answer" 2>/dev/null || cat "$work/answer"; }
containers=(red blue)
address() { in_container "$1" "$2" ip -j "-$3" address show dev eth0 scope global | jq -r '.[0].addr_info[0].local'; }

# What the overlay could leave behind on a node.
snapshot() {
    in_node "$1" bash -c '
        ip -br link | sed "s/@.*//" | cut -d " " -f 1; ip -o address | cut -d " " -f 2-7
        ip -4 route; ip -6 route | grep -v "^fe80\|^anycast\|^multicast"
        nft --stateless list ruleset; find /run -path /run/netns -prune -o -type f -print'
}

printf '%sswift-cni: an overlay of three nodes%s\n' "$bold" "$off"
note "Everything happens in namespaces made for it; your own network is not touched."

title "Three nodes on a switch, and etcd with the cluster's configuration"
start_switch
for node in 1 2 3; do start_node $node; done
start_outside
start_etcd
configuration='{ "Network": "10.5.0.0/16", "EnableIPv6": true, "IPv6Network": "fd00:5::/48",
  "Backend": { "Type": "vxlan" } }'
etcdctl put /coreos.com/network/config "$configuration" >/dev/null
note "etcdctl put /coreos.com/network/config '$(jq -c . <<<"$configuration")'"
for node in 1 2 3; do snapshot $node >"$work/before$node"; done

title "The plugin, before there is an agent"
plugin ADD 1 early <<<"$network" && fail "an ADD without an agent succeeds"
in_node 1 ip netns add early
plugin ADD 1 early <<<"$network" && fail "an ADD without an agent succeeds"
[[ $(jq .code "$work/answer") == 11 ]] || fail "not code 11: $(error)"
ok "ADD: $(error)"
in_node 1 ip netns delete early

title "An agent on each node gets it a lease"
for node in 1 2 3; do start_agent $node --store etcd --etcd-endpoints http://192.0.2.254:2379 --lease-ttl 60; done
for node in 1 2 3; do
    wait_ready $node
    ok "node$node is ready"
done
etcdctl get --prefix /coreos.com/network/subnets/ | sed 's/^/       /'

title "Two containers on each node"
for node in 1 2 3; do
    for name in "${containers[@]}"; do
        in_node $node ip netns add $name
        plugin ADD $node $name <<<"$network" || fail "ADD $name on node$node: $(error)"
        ok "$(printf 'node%d %-5s %s' $node $name "$(jq -r '[.ips[].address] | join("  ")' "$work/answer")")"
        record_visitors in_container $node $name
    done
done

title "Every container reaches every other one, and is seen with its own address"
ping_once() { "$@" 2>&1 || fail "$*"; }
count=0
all=()
for node in 1 2 3; do for name in "${containers[@]}"; do all+=("$node $name"); done; done
for from in "${all[@]}"; do
    for to in "${all[@]}"; do
        [[ $from == "$to" ]] && continue
        for family in 4 6; do
            # shellcheck disable=SC2086
            ping_once in_container $from ping -n -q -c 1 -W 5 "$(address $to $family)" >/dev/null
            count=$((count + 1))
        done
    done
done
ok "$count pings, each answered"
for to in "${all[@]}"; do
    # shellcheck disable=SC2086
    visitors=$(visitors in_container $to | LC_ALL=C sort)
    expected=$(for from in "${all[@]}"; do
        [[ $from == "$to" ]] && continue
        # shellcheck disable=SC2086
        address $from 4; address $from 6
    done | LC_ALL=C sort)
    [[ $visitors == "$expected" ]] || fail "$to was pinged by: $visitors"
done
ok "none of them was translated: each container saw just the others' addresses"

title "The largest packet gets through whole"
mtu=$(in_container 1 red ip -j link show eth0 | jq '.[0].mtu')
ping_once in_container 1 red ping -n -q -c 1 -W 5 -M 'do' -s $((mtu - 28)) "$(address 3 blue 4)" >/dev/null
ok "$mtu bytes from node1 to node3, not fragmented: 1500 less 70 for the headers over IPv6"

title "Nodes reach containers, and containers the world outside"
for family in 4 6; do
    ping_once in_node 1 ping -n -q -c 1 -W 5 "$(address 3 red $family)" >/dev/null
done
ok "node1 -> red on node3"
for node in 1 2 3; do
    ping_once in_container $node red ping -n -q -c 1 -W 5 192.0.2.100 >/dev/null
    ping_once in_container $node red ping -n -q -c 1 -W 5 2001:db8::100 >/dev/null
done
visitors=$(visitors nsenter --net=/run/netns/outside | paste -sd ' ')
[[ $visitors == "192.0.2.1 192.0.2.2 192.0.2.3 2001:db8::1 2001:db8::2 2001:db8::3" ]] \
    || fail "outside was pinged from $visitors"
ok "outside was pinged by the nodes' addresses only: $visitors"

title "What is on node1"
in_node 1 "$bin/cni" draw
for node in 2 3; do
    title "What is on node$node"
    in_node $node "$bin/cni" draw
done
title "The cluster, from the switch"
"$bin/cni" draw

title "Somebody deletes the tunnel device on node2"
in_node 2 ip link delete flannel.1
deadline=$((SECONDS + 5))
until in_node 2 ip route show proto 67 2>/dev/null | grep -q flannel.1; do
    ((SECONDS < deadline)) || fail "it does not come back"
    sleep 0.05
done
ping_once in_container 1 red ping -n -q -c 1 -W 5 "$(address 2 blue 4)" >/dev/null
ok "it is back, with all that was on it"

title "The agent on node3 ends, and etcd with it: the data path stays"
stop_agent 3
stop_etcd
ping_once in_container 3 red ping -n -q -c 1 -W 5 "$(address 1 blue 4)" >/dev/null
ping_once in_container 1 red ping -n -q -c 1 -W 5 "$(address 3 blue 6)" >/dev/null
ok "node1 and node3 still reach each other"

title "Taking everything away"
for node in 1 2 3; do
    [[ $node == 3 ]] || stop_agent $node
    for name in "${containers[@]}"; do
        plugin DEL $node $name <<<"$network" || fail "DEL $name on node$node: $(error)"
        in_node $node ip netns delete $name
    done
    # The bridge belongs to the network and stays for the next container, until a GC without any attachment.
    jq '. + {"cni.dev/valid-attachments": []}' <<<"$network" >"$work/collect"
    in_node $node env CNI_COMMAND=GC CNI_PATH="$bin" "$bin/vxlan" <"$work/collect" >"$work/answer" \
        || fail "GC on node$node: $(error)"
    in_node $node "$agent" cleanup >"$work/cleanup$node"
    snapshot $node >"$work/after$node"
    diff "$work/before$node" "$work/after$node" | grep '^[<>]' >"$work/difference" || true
    unexpected=$(grep -vE '/run/agent.log$|/run/leases/(pods/(lock|last_reserved_ip\.[01])|(pods/)?\.attachments/([^/]+/)*stamp)$' "$work/difference" || true)
    [[ -z $unexpected ]] || fail "node$node is not as before:"$'\n'"$unexpected"
    ok "node$node is as before"
done
sed 's/^/       /' "$work/cleanup1"

printf '\n%sEverything was as claimed.%s\n' "$green" "$off"
