#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# usage: demo-bgp.sh BIN AGENT
#
# A node with the overlay's agent and BIRD, and a router with BIRD that learns the containers' networks, in two
# namespaces, with the configurations of the documentation. Every line that says "ok" was tested.
set -euo pipefail
here=$(realpath "$(dirname "$0")")

if [[ ${3:-} != inside ]]; then
    flags=-mnp
    [[ $(id -u) -eq 0 ]] || flags=-rmnp
    exec unshare $flags --fork --kill-child --mount-proc --propagation private \
        "$here/demo-bgp.sh" "$(realpath "$1")" "$(realpath "$2")" inside
fi

bin=$1 agent=$2 documentation=$here/../Documentation/VXLAN
export PATH=$PATH:/usr/sbin:/sbin
. "$here/demo-output.sh"
mount -t tmpfs tmpfs /run
mkdir -p /run/netns

title "A node and a router on one link"
for name in node router; do
    ip netns add $name
    ip -n $name link set lo up
done
ip -n node link add eth0 type veth peer name eth0 netns router
ip -n node link set eth0 up
ip -n router link set eth0 up
ip -n node address add 192.0.2.1/24 dev eth0
ip -n router address add 192.0.2.254/24 dev eth0

title "The agent, with host-gw and one other node in its file"
cat >/run/overlay.json <<'FILE'
{ "config": { "Network": "10.5.0.0/16", "Backend": { "Type": "host-gw" } },
  "subnets": {
    "10.5.1.0-24": { "PublicIP": "192.0.2.1", "BackendType": "host-gw" },
    "10.5.2.0-24": { "PublicIP": "192.0.2.2", "BackendType": "host-gw" } } }
FILE
ip netns exec node "$agent" run --store file --file /run/overlay.json --iface eth0 2>/run/agent.log &
for ((i = 0; i < 100; i++)); do
    ip -n node route show proto 67 | grep -q 10.5.2.0 && break
    sleep 0.1
done
route=$(ip -n node route show proto 67)
[[ $route == "10.5.2.0/24 via 192.0.2.2 dev eth0"* ]] || fail "no route: $(</run/agent.log)"
ok "node: ip route show proto 67"
note "$route"

title "A container on the node"
ip netns add red
CNI_COMMAND=ADD CNI_CONTAINERID=red CNI_NETNS=/run/netns/red CNI_IFNAME=eth0 CNI_PATH=$bin \
    ip netns exec node "$bin/vxlan" >/run/result <<<'{ "cniVersion": "1.1.0", "name": "pods", "type": "vxlan", "dataDir": "/run/leases" }' \
    || fail "$(</run/result)"
ok "$(jq -r '.ips[0].address' /run/result)"

title "BIRD on both, with bird-node.conf and bird-router.conf"
for name in node router; do
    ip netns exec $name bird -f -c "$documentation/bird-$name.conf" -s /run/$name.ctl 2>/run/bird-$name.log &
done
for ((i = 0; i < 300; i++)); do
    [[ $(ip -n router route show proto bird | wc -l) -ge 2 ]] && break
    sleep 0.1
done
routes=$(ip -n router route show proto bird)
grep -q '^10.5.1.0/24 via 192.0.2.1 ' <<<"$routes" || fail "not the node's own: $routes $(</run/bird-node.log)"
grep -q '^10.5.2.0/24 via 192.0.2.2 ' <<<"$routes" || fail "not the other node's: $routes"
ok "router: ip route show proto bird"
sed 's/^/       /' <<<"$routes"
ip netns exec router ping -n -q -c 1 -W 5 "$(jq -r '.ips[0].address | split("/")[0]' /run/result)" >/dev/null \
    || fail "the router does not reach the container"
ok "the router reaches the container, without a tunnel and without masquerading"

title "The other node leaves"
ip netns exec node sed -i '/10.5.2.0-24/d; s/"host-gw" },/"host-gw" } } }/' /run/overlay.json
for ((i = 0; i < 100; i++)); do
    ip -n router route show proto bird | grep -q 10.5.2.0 || break
    sleep 0.1
done
ip -n router route show proto bird | grep -q 10.5.2.0 && fail "the router still has it"
ok "and the router has forgotten it"
printf '\n%sEverything was as claimed.%s\n' "$green" "$off"
