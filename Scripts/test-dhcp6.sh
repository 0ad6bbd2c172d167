#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# usage: test-dhcp6.sh PLUGINS
#
# The dhcp plugin and its daemon over IPv6, alone and beside IPv4, with dnsmasq and with ISC's dhcpd. In network and mount namespaces
# of its own.
set -euo pipefail
if [[ -z ${INSIDE:-} ]]; then INSIDE=1 exec unshare --mount --net --propagation private -- bash "$(realpath "$0")" "$(realpath "$1")"; fi
bin=$1
title=test-dhcp6
. "$(dirname "$0")/dhcp-daemon.sh"
mount -t tmpfs tmpfs /run
mkdir -p /run/netns
ip link set lo up
for name in lease other server; do ip netns add $name; done
ip link add br0 type bridge
ip link set br0 up
ip link add port0 type veth peer name eth0 netns server
ip link set port0 master br0 up
ip -n server link set lo up
ip -n server address add 10.95.0.1/24 dev eth0
ip -n server address add fd00:95::1/64 dev eth0 nodad
ip -n server link set eth0 up

network() { # network FAMILIES [KEYS OF IPAM]
    echo '{"cniVersion":"1.1.0","name":"lease","type":"bridge","bridge":"br0","ipam":{"type":"dhcp","family":['"$1"']'"${2:-}"'}}'
}
call() { # call VERB CONTAINER <CONFIGURATION
    CNI_COMMAND=$1 CNI_CONTAINERID=$2 CNI_NETNS=/run/netns/$2 CNI_IFNAME=eth0 CNI_PATH=$bin timeout 60 "$bin/bridge"
}
has() { ip -n "$1" -6 -o address show dev eth0 to "$2/128" | grep -q .; }
works() { network '"6"' | call "$1" "$2"; }
start_dnsmasq() {
    rm -f /run/dnsmasq.leases
    : >/run/server.log
    ip netns exec server dnsmasq --keep-in-foreground --conf-file=/dev/null --port=0 --no-ping --interface=eth0 --bind-interfaces \
        --dhcp-range=fd00:95::100,fd00:95::1ff,64,2m --dhcp-range=10.95.0.50,10.95.0.150,2m \
        --dhcp-option=option:dns-server,10.95.0.1 --domain=example.net --dhcp-option=option6:dns-server,[fd00:95::1],[fd00:95::2] \
        --dhcp-option=option6:domain-search,a.example.net,example.net --dhcp-leasefile=/run/dnsmasq.leases --user=root \
        --log-facility=/run/server.log --log-dhcp --pid-file=/run/dnsmasq.pid &
    server=$!
    until_true 20 dnsmasq started "DHCPv6, IP range"
}
start_dhcpd() { # start_dhcpd FIRST LAST
    cat >/run/dhcpd.conf <<END
authoritative;
default-lease-time 6;
preferred-lifetime 6;
option dhcp-renewal-time 2;
option dhcp-rebinding-time 4;
subnet6 fd00:95::/64 {
    range6 $1 $2;
    option dhcp6.name-servers fd00:95::1;
    option dhcp6.domain-search "a.example.net", "example.net";
}
END
    touch /run/dhcpd.leases
    : >/run/server.log
    ip netns exec server dhcpd -f -d -6 -cf /run/dhcpd.conf -lf /run/dhcpd.leases -pf /run/dhcpd.pid eth0 >>/run/server.log 2>&1 &
    server=$!
    until_true 20 dhcpd started "Server starting service"
}
before=$(ip -o link | grep -v ': br0:')

# dnsmasq: an address of each family, routes of the configuration, a daemon that is killed, release.
start_dnsmasq
start_daemon
keys=',"routes":[{"dst":"fd00:95::/64"},{"dst":"::/0","gw":"fd00:95::1"}]'
begin=$(date +%s%N)
result=$(network '"4","6"' "$keys" | call ADD lease) || fail "ADD: $result"
took=$((($(date +%s%N) - begin) / 1000000))
address=$(jq -r '.ips[1].address' <<<"$result")
[[ $address == fd00:95::1*/128 && $(jq -r '.ips[0].address' <<<"$result") == 10.95.0.*/24 ]] || fail "addresses: $result"
has lease "${address%/*}" || fail "the interface does not have $address: $(ip -n lease -6 address show dev eth0) $result"
[[ $(jq -c .dns <<<"$result") == '{"domain":"example.net","nameservers":["10.95.0.1","fd00:95::1","fd00:95::2"],"search":["a.example.net","example.net"]}' ]] \
    || fail "DNS: $result"
ip -n lease -6 route show default | grep -q 'via fd00:95::1 dev eth0' || fail "$(ip -n lease -6 route)"
ip netns exec lease ping -6 -c 1 -W 2 fd00:95::1 >/dev/null || fail "the server does not answer"
network '"4","6"' "$keys" | with_result "$result" | call CHECK lease || fail "CHECK"
[[ $(ls "$leases" | wc -l) == 2 ]] || fail "leases: $(ls "$leases")"
kill_daemon
start_daemon
network '"4","6"' "$keys" | with_result "$result" | call CHECK lease || fail "CHECK after a restart"
network '"4","6"' "$keys" | with_result "$result" | call DEL lease || fail "DEL"
until_true 10 "the releases" more DHCPRELEASE 1
[[ -z $(ls "$leases") ]] || fail "leases are left: $(ls "$leases")"

# Two containers, one of them without IPv4; a DEL without the daemon.
one=$(works ADD lease) || fail "ADD: $one"
two=$(works ADD other) || fail "ADD: $two"
[[ $(jq -c '[.ips[].address]' <<<"$one") != $(jq -c '[.ips[].address]' <<<"$two") ]] || fail "one address twice: $one $two"
[[ -z $(ip -n lease -4 -o address show dev eth0) ]] || fail "an address of IPv4 that nobody asked for"
kill_daemon
works DEL other || fail "DEL without the daemon"
start_daemon
[[ $(ls "$leases") == lease:lease:eth0:6 ]] || fail "leases: $(ls "$leases")"
network '"6"' | jq '. + {"cni.dev/valid-attachments": []}' | call GC lease || fail "GC"
[[ -z $(ls "$leases") ]] || fail "GC left $(ls "$leases")"

# A daemon that is killed at any moment of an ADD of both families, and a DEL without it or with the next one.
for round in {1..8}; do
    network '"4","6"' | call ADD other >/run/result 2>/dev/null &
    adding=$!
    sleep "$((round % 3)).$((RANDOM % 10))"
    kill_daemon
    wait "$adding" || true
    ((round % 2)) && start_daemon
    network '"4","6"' | call DEL other || fail "round $round: DEL"
    [[ -z $(ls "$leases") ]] || fail "round $round: left $(ls "$leases")"
    [[ -z $(ip -n other -o link show eth0 2>/dev/null) ]] || fail "round $round: eth0 is left"
    [[ -n $daemon ]] || start_daemon
done

# An address that another host has: the server hears of it, and the container gets another one. A client with the same MAC address
# is given what it had.
kill_daemon
start_daemon -probe 300ms
ip netns add owner
ip link add port1 type veth peer name eth0 netns owner
ip link set port1 master br0 up
ip -n owner link set eth0 up
with_mac() { network '"6"' | jq '. + {capabilities: {mac: true}, runtimeConfig: {mac: "02:00:00:00:00:77"}}'; }
result=$(with_mac | call ADD lease) || fail "ADD: $result"
address=$(jq -r '.ips[0].address' <<<"$result")
releases=$(count DHCPRELEASE)
with_mac | call DEL lease || fail "DEL"
until_true 10 "the release" more DHCPRELEASE "$releases"
ip -n owner address add "$address" dev eth0 nodad
result=$(with_mac | call ADD lease) || fail "ADD while another host has $address: $result"
grep -q DHCPDECLINE /run/server.log || fail "dnsmasq has not heard of the other host"
[[ $(jq -r '.ips[0].address' <<<"$result") == fd00:95::1*/128 ]] || fail "no address: $result"
lacks lease "${address%/*}" || fail "the container has the other host's address"
with_mac | call DEL lease || fail "DEL"
ip link delete port1
ip netns delete owner

threads=$(ls "/proc/$daemon/task" | wc -l)
[[ $threads == 1 ]] || fail "the daemon has $threads threads"
stop_server

# ISC's dhcpd: renewals, the end of a lease, a refusal.
start_dhcpd fd00:95::60 fd00:95::60
result=$(works ADD lease) || fail "ADD with dhcpd: $result"
has lease fd00:95::60 || fail "no address of dhcpd's: $result"
[[ $(jq -c .dns.search <<<"$result") == '["a.example.net","example.net"]' ]] || fail "the search list: $result"
until_true 20 "a renewal" more "Renew message" 0
sleep 8
has lease fd00:95::60 || fail "a lease of 6 s was not renewed"
network '"6"' | with_result "$result" | call CHECK lease || fail "CHECK"
stop_server
until_true 20 "the end of the lease" lacks lease fd00:95::60
ip -n lease -o link show eth0 | grep -q 'UP' || fail "the interface was taken down"
if network '"6"' | with_result "$result" | call CHECK lease >/run/check; then fail "CHECK of a lease that is over"; fi
start_dhcpd fd00:95::60 fd00:95::60
until_true 90 "the address to come back" has lease fd00:95::60
network '"6"' | with_result "$result" | call CHECK lease || fail "CHECK of a lease that has come back"
stop_server
rm -f /run/dhcpd.leases
start_dhcpd fd00:95::70 fd00:95::7f
until_true 20 "a refusal" lacks lease fd00:95::60
grep -q "the lease of fd00:95::60 is " /run/daemon.log || fail "the daemon does not say that it was refused"
network '"6"' | with_result "$result" | call DEL lease || fail "DEL"
result=$(works ADD lease) || fail "ADD after a refusal: $result"
works DEL lease || fail "DEL"
until_true 10 "the release" more "Release message" 0
stop_server

[[ $before == "$(ip -o link | grep -v ': br0:')" ]] || fail "left: $(ip -o link)"
[[ -z $(ls "$leases") ]] || fail "left: $(ls "$leases")"
kill -0 "$daemon" || fail "the daemon has ended"
echo "test-dhcp6: ours with dnsmasq and dhcpd: both families (an ADD of $took ms), renewals, restarts, kills, ends, refusals and addresses in use"
