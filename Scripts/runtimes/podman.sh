# SPDX-License-Identifier: Apache-2.0
#
# podman: its networks by `podman network create`, with the chain that podman writes. Sourced by host.sh.
. "$here/containers-conf.sh"

if ! backend=$(podman info --format '{{.Host.NetworkBackend}}' 2>/dev/null) || [[ $backend != cni ]]; then
    skip "podman" "this podman has no CNI backend"
    return
fi
make_image >/dev/null
snapshot "$work/boot/before"

# serve NAME OPTION...: a container that answers with its name over HTTP.
serve() {
    local name=$1
    shift
    podman run --detach --name "$name" "$@" "$image" \
        sh -c "echo $name >/www/index.html; echo $name >/www/name; exec httpd -f -p 80 -h /www" >/dev/null
}
# Of a container in a network: address web one IPAddress
address() { podman inspect "$1" --format "{{(index .NetworkSettings.Networks \"$2\").${3:-IPAddress}}}"; }
address6() { address "$1" "$2" GlobalIPv6Address; }
pings() { within "$1" ping -c 1 -W 2 "$2"; }
# Echoes datagrams in the container's network: busybox has no server for UDP.
echo_udp() {
    local process
    process=$(podman inspect "$1" --format '{{.State.Pid}}')
    nsenter --net="/proc/$process/ns/net" socat UDP6-RECVFROM:53,ipv6only=0,fork EXEC:cat &
}
ask_udp() { echo datagram | timeout 3 socat -T 1 - "$1"; }
interfaces() { within "$1" ls /sys/class/net | tr ' ' '\n' | grep -v '^lo$' | paste -sd ' '; }

title "podman $(podman version --format '{{.Client.Version}}'): networks"
create() {
    podman network create "$@" && cut_to_present "$disk/networks/${!#}.conflist"
}
check "network create: dual stack" create --subnet 10.91.0.0/24 --gateway 10.91.0.1 --ipv6 --subnet fd00:91::/64 one
check "network create: with an MTU" create --subnet 10.92.0.0/24 --opt mtu=1400 two
check "network create: internal" create --internal --subnet 10.93.0.0/24 inner
needs="portmap firewall tuning" check "the chain is the one that podman writes" \
    says "bridge portmap firewall tuning" jq -r '[.plugins[].type] | join(" ")' "$disk/networks/one.conflist"
check "podman lists them: it has asked every plugin for its versions" \
    mentions two podman network ls --format '{{.Name}}'

title "podman: containers that reach one another"
if has portmap; then
    publish=(-p 127.0.0.1:18080:80 -p 18081:80 -p 192.0.2.1:18082:80 -p '[2001:db8::1]:18083:80' -p 10053:53/udp)
else
    publish=()
fi
check "run web, with published ports" serve web --network one "${publish[@]}"
check "run peer" serve peer --network one
check "web has addresses of both families" is "10.91.0.2 fd00:91::2" "$(address web one) $(address6 web one)"
check "peer pings web over IPv4" pings peer 10.91.0.2
check "peer pings web over IPv6" pings peer fd00:91::2
check "web pings peer over IPv6" pings web "$(address6 peer one)"
check "peer fetches from web over IPv4" says web fetch_within peer 10.91.0.2 80
check "peer fetches from web over IPv6" says web fetch_within peer fd00:91::2 80
check "web sees peer's own address" says "$(address peer one)" fetch_within peer 10.91.0.2 80 /cgi-bin/visitor
check "peer pings the world outside over IPv4, which knows no way back" pings peer 192.0.2.2
check "peer pings the world outside over IPv6" pings peer 2001:db8::2

title "podman: published ports"
export needs="portmap"
echo_udp web
check "127.0.0.1, given as the host's address: from the host" says web fetch http://127.0.0.1:18080/
check "  not from outside" not outside curl -s --max-time 2 http://192.0.2.1:18080/
check "any address: from the host by 127.0.0.1" says web fetch http://127.0.0.1:18081/
check "any address: from the host by its IPv4 address" says web fetch http://192.0.2.1:18081/
check "any address: from the host by its IPv6 address" says web fetch http://[2001:db8::1]:18081/
check "any address: from outside over IPv4" says web outside curl -s --max-time 3 http://192.0.2.1:18081/
check "any address: from outside over IPv6" says web outside curl -sg --max-time 3 http://[2001:db8::1]:18081/
check "  web sees outside's own address" says 192.0.2.2 outside curl -s --max-time 3 http://192.0.2.1:18081/cgi-bin/visitor
check "an IPv4 address of the host: from outside" says web outside curl -s --max-time 3 http://192.0.2.1:18082/
check "  not by 127.0.0.1" not curl -s --max-time 2 http://127.0.0.1:18082/
check "an IPv6 address of the host: from outside" says web outside curl -sg --max-time 3 http://[2001:db8::1]:18083/
check "  from the host" says web fetch http://[2001:db8::1]:18083/
check "UDP: from the host by 127.0.0.1" says datagram ask_udp UDP4:127.0.0.1:10053
check "UDP: from the host over IPv6" says datagram ask_udp UDP6:[2001:db8::1]:10053
check "UDP: from outside" says datagram eval 'echo datagram | outside timeout 3 socat -T 1 - UDP4:192.0.2.1:10053'
check "peer by the host's IPv4 address" says web fetch_within peer 192.0.2.1 18081
check "peer by the host's IPv6 address" says web fetch_within peer 2001:db8::1 18081
check "peer by the bridge's address" says web fetch_within peer 10.91.0.1 18081
check "web itself by the host's address: hairpin" says web fetch_within web 192.0.2.1 18081
check "web itself by the bridge's IPv6 address: hairpin" says web fetch_within web fd00:91::1 18081
check "peer's request to the world's port 18081 is not taken" not within peer nc -w 2 192.0.2.2 18081
needs=

title "podman: a second network"
check "connect peer to a second network" podman network connect two peer
check "  it has a second interface" says "eth0 eth1" interfaces peer
check "run other in the second network" serve other --network two
check "  peer reaches it there" says other fetch_within peer "$(address other two)" 80
check "  by the MTU of that network" says 1400 within peer cat /sys/class/net/eth1/mtu
check "disconnect peer" podman network disconnect two peer
check "  the interface is gone" says eth0 interfaces peer
check "  its address is free" not test -e /var/lib/cni/networks/two/10.92.0.2
check "  the first network goes on" says web fetch_within peer 10.91.0.2 80
check "connect peer again" podman network connect two peer
check "  peer reaches the second network" says other fetch_within peer "$(address other two)" 80
check "run inside, in an internal network" serve inside --network inner
check "  it has no way out" not pings inside 192.0.2.2
check "run fixed, with addresses of its own choice" serve fixed --network one \
    --ip 10.91.0.77 --ip6 fd00:91::77 --mac-address 02:11:22:33:44:55
check "  it has them" is "10.91.0.77 fd00:91::77 02:11:22:33:44:55" \
    "$(address fixed one) $(address6 fixed one) $(address fixed one MacAddress)"
check "  peer reaches it" says fixed fetch_within peer fd00:91::77 80

title "podman: repair"
nft flush ruleset
needs=portmap check "without any rule, web's port does not answer" not curl -s --max-time 1 http://192.0.2.1:18081/
check "network reload, as after a firewall's restart" podman network reload --all
needs=portmap check "  web's port answers, over IPv4" says web fetch http://192.0.2.1:18081/
needs=portmap check "  web's port answers, over IPv6" says web fetch http://[2001:db8::1]:18081/
check "  peer pings the world outside" pings peer 192.0.2.2
check "  web has kept its addresses" is "10.91.0.2 fd00:91::2" "$(address web one) $(address6 web one)"
nft flush ruleset
check "cni repair instead" "$cni" repair --config-dir "$disk/networks"
needs=portmap check "  web's port answers" says web fetch http://192.0.2.1:18081/
check "  peer pings the world outside" pings peer 192.0.2.2
check "restart web" podman restart --time 0 web
needs=portmap check "  its port answers, over IPv4" says web outside curl -s --max-time 3 http://192.0.2.1:18081/
needs=portmap check "  its port answers, over IPv6" says web outside curl -sg --max-time 3 http://[2001:db8::1]:18081/
check "  peer reaches it" says web fetch_within peer "$(address web one)" 80
check "kill -9 and start peer" eval 'podman kill peer && soon podman start peer'
check "  it has both networks" says "eth0 eth1" interfaces peer

title "podman: its default network, which is in no file"
needs="portmap firewall tuning"
check "run plain, with a port" serve plain -p 18090:80
check "  its port answers" says plain fetch http://192.0.2.1:18090/
check "  it pings the world outside" pings plain 192.0.2.2
needs=

title "podman: many at once"
many() {
    local number process failures=0 processes=()
    for number in {1..8}; do
        podman run --detach --name "many$number" --network one ${publish:+-p $((19000 + number)):80} "$image" >/dev/null &
        processes+=($!)
    done
    for process in "${processes[@]}"; do wait "$process" || failures=$((failures + 1)); done
    return $failures
}
check "run eight at once" many
check "  they have eight addresses" says 8 eval 'for n in {1..8}; do address many$n one; done | sort -u | wc -l'

title "podman: removal"
check "remove one: web" podman rm --force --time 0 web
check "  its addresses are free" not grep -rl . /var/lib/cni/networks/one/10.91.0.2 /var/lib/cni/networks/one/fd00:91::2
needs=portmap check "  its port is free" not curl -s --max-time 1 http://192.0.2.1:18081/
check "  the others go on" says fixed fetch_within peer 10.91.0.77 80
check "run web again, with the same ports" serve web --network one "${publish[@]}"
needs=portmap check "  its port answers" says web fetch http://192.0.2.1:18081/
check "remove all" podman rm --all --force --time 0
check "  no link but the bridges" says "" eval 'links | grep -v ^cni-podman || true'
check "  no set element" says "" elements
check "  no lease" says "" leases
check "  no entry in the cache" says "" results
check "  no attachment's record" says "" records
check "GC of the networks" collect "$disk/networks"
needs="portmap firewall tuning" check "GC of the default network" collect_default
check "network rm" podman network rm one two inner
check "  no link" says "" links
snapshot "$work/boot/after"
check "the host is as it was: links, addresses, routes, rules, nft ruleset" same "$work/boot/before" "$work/boot/after"

title "podman: containers before a reboot"
check "network create" create --subnet 10.94.0.0/24 --ipv6 --subnet fd00:94::/64 kept
check "run web with a port" serve web --network kept ${publish:+-p 18081:80}
check "run peer" serve peer --network kept
