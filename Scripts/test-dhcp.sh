#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# usage: test-dhcp.sh PLUGINS
#
# The bridge plugin with IPAM plugins that need the interface: the reference's dhcp, which is another program, and then ours,
# each with its daemon. Leases come from dnsmasq and from ISC's dhcpd. In network and mount namespaces of its own.
set -euo pipefail
if [[ -z ${INSIDE:-} ]]; then INSIDE=1 exec unshare --mount --net --propagation private -- bash "$(realpath "$0")" "$(realpath "$1")"; fi
bin=$1
reference=/usr/lib/cni
fail() { echo "test-dhcp: $*" >&2; cat /run/*.log >&2 || true; exit 1; }
mount -t tmpfs tmpfs /run
mkdir -p /run/netns /run/plugins
ln -s "$bin/bridge" /run/plugins/bridge
ln -s "$reference/dhcp" /run/plugins/dhcp
ip link set lo up
ip netns add pod
ip netns add server

# The server is a host of its own on the bridge.
ip link add br0 type bridge
ip link set br0 up
ip link add port0 type veth peer name eth0 netns server
ip link set port0 master br0 up
ip -n server link set lo up
ip -n server address add 10.95.0.1/24 dev eth0
ip -n server link set eth0 up
ip netns exec server dnsmasq --keep-in-foreground --conf-file=/dev/null --port=0 --interface=eth0 --bind-interfaces \
    --dhcp-range=10.95.0.50,10.95.0.60,1h --dhcp-option=option:router,10.95.0.1 --dhcp-leasefile=/run/leases \
    --user=root --log-facility=/run/dnsmasq.log --log-dhcp --pid-file=/run/dnsmasq.pid &
"$reference/dhcp" daemon >/run/daemon.log 2>&1 &
daemon=$!
trap 'kill $daemon 2>/dev/null || true; kill "$(cat /run/dnsmasq.pid)" 2>/dev/null || true' EXIT
for _ in {1..50}; do [[ -S /run/cni/dhcp.sock ]] && break; sleep 0.1; done

network='{"cniVersion":"1.0.0","name":"leased","type":"bridge","bridge":"br0","ipam":{"type":"dhcp"}}'
call() {
    CNI_COMMAND=$1 CNI_CONTAINERID=pod CNI_NETNS=/run/netns/pod CNI_IFNAME=eth0 CNI_PATH=/run/plugins \
        timeout 60 /run/plugins/bridge
}
before=$(ip -o link | grep -v ': br0:')
result=$(call ADD <<<"$network") || fail "ADD: $result"
grep -q '"address": "10.95.0.5[0-9]/24"' <<<"$result" || grep -q '"address": "10.95.0.60/24"' <<<"$result" \
    || fail "no address of the server's: $result"
ip -n pod route show default | grep -q 'via 10.95.0.1' || fail "no default route: $(ip -n pod route)"
ip netns exec pod ping -c 1 -W 2 10.95.0.1 >/dev/null || fail "the server does not answer"
output=$(call DEL <<<"${network%\}},\"prevResult\":$result}") || fail "DEL: $output"
[[ $before == "$(ip -o link | grep -v ': br0:')" ]] || fail "left: $(ip -o link)"
grep -q DHCPRELEASE /run/dnsmasq.log || fail "the lease was not given back"
kill $daemon
# Without the daemon there is no lease, and nothing is left.
if output=$(call ADD <<<"$network"); then fail "an ADD without the daemon: $output"; fi
[[ $before == "$(ip -o link | grep -v ': br0:')" ]] || fail "a refused ADD left: $(ip -o link)"
[[ -z $(ip -n pod -o link show eth0 2>/dev/null) ]] || fail "a refused ADD left eth0"
echo "test-dhcp: the reference's dhcp: a lease over the new interface; no daemon, and nothing is left"
kill "$(cat /run/dnsmasq.pid)" 2>/dev/null || true
exec bash "$(dirname "$0")/test-dhcp-daemon.sh" "$bin"
