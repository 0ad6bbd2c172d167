#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# usage: test-dhcp-daemon.sh PLUGINS
#
# The second part of test-dhcp.sh, in namespaces with the bridge `br0` and a host `server` on it: our dhcp plugin and daemon
# with dnsmasq and with ISC's dhcpd, and a daemon that is killed at any moment.
set -euo pipefail
bin=$1
rm -rf /run/cni /run/leases /run/*.log
title=test-dhcp
. "$(dirname "$0")/dhcp-daemon.sh"
network() { # network [KEYS OF IPAM]
    echo '{"cniVersion":"1.1.0","name":"lease","type":"bridge","bridge":"br0","ipam":{"type":"dhcp"'"${1:-}"'}}'
}
call() { # call VERB CONTAINER <CONFIGURATION
    CNI_COMMAND=$1 CNI_CONTAINERID=$2 CNI_NETNS=/run/netns/$2 CNI_IFNAME=eth0 CNI_PATH=$bin \
        CNI_ARGS="IgnoreUnknown=1;K8S_POD_NAME=$2" timeout 60 "$bin/bridge"
}
works() { network | call "$1" "$2"; }
has() { ip -n "$1" -4 -o address show dev eth0 | grep -q " $2/"; }

start_dnsmasq() { # start_dnsmasq FIRST,LAST [OPTION]...
    rm -f /run/dnsmasq.leases
    : >/run/server.log
    ip netns exec server dnsmasq --keep-in-foreground --conf-file=/dev/null --port=0 --no-ping --interface=eth0 \
        --bind-interfaces --dhcp-range="$1",2m --dhcp-option=option:router,10.95.0.1 \
        --dhcp-option=option:dns-server,10.95.0.1,10.95.0.2 --domain=example.net --dhcp-option=option:T1,3 \
        --dhcp-leasefile=/run/dnsmasq.leases --user=root --log-facility=/run/server.log --log-dhcp \
        --pid-file=/run/dnsmasq.pid "${@:2}" &
    server=$!
    until_true 20 dnsmasq started "DHCP, IP range"
}
start_dhcpd() { # start_dhcpd FIRST LAST
    cat >/run/dhcpd.conf <<END
authoritative;
ping-check false;
default-lease-time 6;
max-lease-time 6;
min-lease-time 2;
option rfc3442 code 121 = array of unsigned integer 8;
subnet 10.95.0.0 netmask 255.255.255.0 {
    range $1 $2;
    option routers 10.95.0.1;
    option domain-name-servers 10.95.0.1;
    option domain-name "example.net";
    option domain-search "a.example.net", "example.net";
    option rfc3442 24, 192, 0, 2, 10, 95, 0, 2, 0, 10, 95, 0, 1;
}
END
    touch /run/dhcpd.leases
    : >/run/server.log
    ip netns exec server dhcpd -f -d -4 -cf /run/dhcpd.conf -lf /run/dhcpd.leases -pf /run/dhcpd.pid eth0 \
        >>/run/server.log 2>&1 &
    server=$!
    until_true 20 dhcpd started "Server starting service"
}

for name in lease other gone; do ip netns add $name; done
before=$(ip -o link | grep -v ': br0:')

# dnsmasq: what is asked for and given, renewal, a daemon that is killed, release.
start_dnsmasq 10.95.0.50,10.95.0.150
start_daemon -pidfile /run/daemon.pid
[[ $(cat /run/daemon.pid) == "$daemon" ]] || fail "the pid file has $(cat /run/daemon.pid)"
[[ $(stat -c %a /run/cni/dhcp.sock) == 600 ]] || fail "the socket is $(stat -c %a /run/cni/dhcp.sock)"
keys=',"priority":50,"provide":[{"option":"host-name","fromArg":"K8S_POD_NAME"},{"option":"60","value":"swift"}]'
result=$(network "$keys" | call ADD lease) || fail "ADD: $result"
address=$(jq -r '.ips[0].address' <<<"$result")
[[ $address == 10.95.0.*/24 ]] || fail "no address of the server's: $result"
has lease "${address%/*}" || fail "the interface does not have $address"
[[ $(jq -c .dns <<<"$result") == '{"domain":"example.net","nameservers":["10.95.0.1","10.95.0.2"]}' ]] || fail "DNS: $result"
ip -n lease route show default | grep -q 'via 10.95.0.1 dev eth0 .*metric 50' || fail "$(ip -n lease route)"
ip netns exec lease ping -c 1 -W 2 10.95.0.1 >/dev/null || fail "the server does not answer"
grep -q "client provides name: lease" /run/server.log || fail "the host's name is not known to the server"
grep -q "vendor class: swift" /run/server.log || fail "the vendor class is not known to the server"
until_true 20 "a renewal" more "DHCPREQUEST" "$(count DHCPREQUEST)"
network "$keys" | with_result "$result" | call CHECK lease || fail "CHECK"
kill_daemon
start_daemon
until_true 20 "a renewal of the next daemon" more "DHCPREQUEST" "$(count DHCPREQUEST)"
network "$keys" | with_result "$result" | call CHECK lease || fail "CHECK after a restart"
network "$keys" | with_result "$result" | call DEL lease || fail "DEL"
until_true 10 "the release" more DHCPRELEASE 0
[[ -z $(ls "$leases") ]] || fail "leases are left: $(ls "$leases")"

# A container that goes while no daemon runs.
result=$(works ADD gone) || fail "ADD: $result"
kill_daemon
ip netns delete gone
start_daemon
[[ -z $(ls "$leases") ]] || fail "the lease of a container that is gone is left: $(ls "$leases")"

# A daemon that is killed at any moment of an ADD, and a DEL without it or with the next one.
for round in {1..24}; do
    works ADD other >/run/result 2>/dev/null &
    adding=$!
    sleep "0.0$((round % 10))$((RANDOM % 10))"
    kill_daemon
    if wait "$adding"; then outcome=given; else outcome=refused; fi
    ((round % 2)) && start_daemon
    if [[ $outcome == given && -n $daemon ]]; then
        network | with_result "$(cat /run/result)" | call CHECK other || fail "round $round: CHECK of a lease that was given"
    fi
    works DEL other || fail "round $round: DEL"
    [[ -z $(ls "$leases") ]] || fail "round $round: left $(ls "$leases")"
    [[ -z $(ip -n other -o link show eth0 2>/dev/null) ]] || fail "round $round: eth0 is left"
    [[ -n $daemon ]] || start_daemon
done

# Many containers at once.
for number in {1..30}; do ip netns add "many$number"; done
adding=()
for number in {1..30}; do
    works ADD "many$number" >"/run/result$number" &
    adding+=($!)
done
for process in "${adding[@]}"; do wait "$process" || fail "an ADD of many: $(cat /run/result*)"; done
[[ $(for number in {1..30}; do jq -r '.ips[0].address' "/run/result$number"; done | sort -u | wc -l) == 30 ]] \
    || fail "one address twice"
requests=$(count DHCPREQUEST)
until_true 20 "renewals of many" more DHCPREQUEST $((requests + 60))
threads=$(ls "/proc/$daemon/task" | wc -l)
[[ $threads == 1 ]] || fail "the daemon has $threads threads"
network | jq '. + {"cni.dev/valid-attachments": []}' | CNI_COMMAND=GC CNI_PATH=$bin "$bin/bridge" || fail "GC"
[[ -z $(ls "$leases") ]] || fail "GC left $(ls "$leases")"
until_true 10 "the releases of many" more DHCPRELEASE 29
for number in {1..30}; do ip netns delete "many$number"; done
stop_server

# ISC's dhcpd: leases of seconds, classless routes, and the end of a lease.
start_dhcpd 10.95.0.60 10.95.0.60
result=$(works ADD lease) || fail "ADD with dhcpd: $result"
has lease 10.95.0.60 || fail "no address of dhcpd's: $result"
ip -n lease route show 192.0.2.0/24 | grep -q 'via 10.95.0.2' || fail "classless routes: $(ip -n lease route)"
[[ $(jq -c .dns.search <<<"$result") == '["a.example.net","example.net"]' ]] || fail "the search list: $result"
sleep 8
has lease 10.95.0.60 || fail "a lease of 6 s was not renewed"
stop_server
until_true 20 "the end of the lease" lacks lease 10.95.0.60
ip -n lease -o link show eth0 | grep -q 'UP' || fail "the interface was taken down"
if network | with_result "$result" | call CHECK lease >/run/check; then fail "CHECK of a lease that is over"; fi
start_dhcpd 10.95.0.60 10.95.0.60
until_true 90 "the address to come back" has lease 10.95.0.60
ip -n lease route show default | grep -q 'via 10.95.0.1' || fail "no default route: $(ip -n lease route)"
network | with_result "$result" | call DEL lease || fail "DEL"
until_true 10 "the release" more DHCPRELEASE 0
stop_server

# dnsmasq again: a renewal that is refused.
start_dnsmasq 10.95.0.60,10.95.0.60
result=$(works ADD lease) || fail "ADD: $result"
stop_server
start_dnsmasq 10.95.0.200,10.95.0.210 --dhcp-authoritative
until_true 20 "a refusal" lacks lease 10.95.0.60
grep -q "DHCPNAK(eth0) 10.95.0.60" /run/server.log || fail "dnsmasq has not refused"
grep -q "the lease of 10.95.0.60 is refused" /run/daemon.log || fail "the daemon does not say that it was refused"
if network | with_result "$result" | call CHECK lease >/run/check; then fail "CHECK of a lease that is refused"; fi
network | with_result "$result" | call DEL lease || fail "DEL"
result=$(works ADD lease) || fail "ADD after a refusal: $result"
works DEL lease || fail "DEL"
stop_server

# An address that another host has: the server hears of it, and the container gets another one.
kill_daemon
start_daemon -probe 300ms
ip netns add owner
ip link add port1 type veth peer name eth0 netns owner
ip link set port1 master br0 up
ip -n owner link set eth0 up
keys=',"provide":[{"option":"dhcp-client-identifier","value":"me"}]'
start_dnsmasq 10.95.0.80,10.95.0.90 --dhcp-host=id:00:6d:65,10.95.0.60
result=$(network "$keys" | call ADD lease) || fail "ADD: $result"
has lease 10.95.0.60 || fail "an address that nobody has was not taken: $result"
works DEL lease || fail "DEL"
ip -n owner address add 10.95.0.60/24 dev eth0
result=$(network "$keys" | call ADD lease) || fail "ADD while another host has the address: $result"
grep -q "DHCPDECLINE(eth0) 10.95.0.60" /run/server.log || fail "dnsmasq has not heard of the other host"
[[ $(jq -r '.ips[0].address' <<<"$result") == 10.95.0.[89]?/24 ]] || fail "no other address: $result"
works DEL lease || fail "DEL"
stop_server
ip -n owner address flush dev eth0
rm -f /run/dhcpd.leases
start_dhcpd 10.95.0.60 10.95.0.61
result=$(works ADD lease) || fail "ADD: $result"
address=$(jq -r '.ips[0].address' <<<"$result")
works DEL lease || fail "DEL"
until_true 10 "the release" more DHCPRELEASE 0
# A client that comes again is given what it had.
ip -n owner address add "$address" dev eth0
result=$(works ADD lease) || fail "ADD while another host has $address: $result"
grep -q "DHCPDECLINE of ${address%/*} " /run/server.log || fail "dhcpd has not heard of the other host"
[[ $(jq -r '.ips[0].address' <<<"$result") == 10.95.0.6[01]/24 ]] || fail "no other address: $result"
lacks lease "${address%/*}" || fail "the container has the other host's address"
works DEL lease || fail "DEL"
stop_server
ip link delete port1
ip netns delete owner

# A socket of systemd's, which anybody may open: only root is answered.
kill_daemon
mkdir -p /run/open
python3 -c '
import os, socket
s = socket.socket(socket.AF_UNIX); s.bind("/run/open/dhcp.sock"); s.listen(); os.chmod("/run/open/dhcp.sock", 0o666)
os.dup2(s.fileno(), 3); os.set_inheritable(3, True)
os.execve("'"$dhcp"'", ["dhcp", "daemon"], {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1"})' 2>>/run/daemon.log &
daemon=$!
question='
import os, socket, sys
os.setuid(int(sys.argv[1])); s = socket.socket(socket.AF_UNIX); s.settimeout(10)
try: s.connect("/run/open/dhcp.sock"); s.sendall(b"{\"version\":1,\"verb\":\"status\"}\n"); print(s.recv(99).decode().strip())
except ConnectionError: print()'
until_true 20 "the socket of systemd's" test -S /run/open/dhcp.sock
[[ $(python3 -c "$question" 0) == '{"version":1}' ]] || fail "root is not answered"
[[ -z $(python3 -c "$question" 65534) ]] || fail "nobody is answered"
[[ -d /run/open/dhcp.sock.leases ]] || fail "leases are not beside the socket"

[[ $before == "$(ip -o link | grep -v ': br0:')" ]] || fail "left: $(ip -o link)"
[[ -z $(ls "$leases") ]] || fail "left: $(ls "$leases")"
kill -0 "$daemon" || fail "the daemon has ended"
echo "test-dhcp: ours with dnsmasq and dhcpd: leases, renewals, restarts, kills, 30 containers at once, ends, refusals and addresses in use"
