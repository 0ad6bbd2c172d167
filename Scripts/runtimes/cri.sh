# SPDX-License-Identifier: Apache-2.0
#
# containerd's CRI, as the kubelet uses it. Leaves pods that run, for cri-reboot.sh. Sourced by host.sh.
. "$here/containerd-conf.sh"
. "$here/pods.sh"

title "containerd $(containerd --version | awk '{ print $3 }'), CRI: pods"
check "containerd starts" start_containerd
check "images import" import_image
snapshot "$work/boot/before"
check "without a configuration the network is not ready" says false network_ready
write_network pods 97
check "with one it is" soon says true network_ready
ports='[{"container_port":80,"host_port":18080,"host_ip":"127.0.0.1"},{"container_port":80,"host_port":18081},
        {"container_port":53,"host_port":10053,"protocol":1}]'
check "run web, with ports and bandwidth" run_pod web "$ports" \
    '{"kubernetes.io/ingress-bandwidth":"10M","kubernetes.io/egress-bandwidth":"20M"}'
check "  start its container" serve_in web
check "run peer" run_pod peer
check "  start its container" serve_in peer
check "web has an address of each family" is 2 "$(addresses web | wc -w)"
check "  and its loopback interface" in_pod web ping -c 1 -W 2 127.0.0.1
check "peer pings web over IPv4" in_pod peer ping -c 1 -W 2 "$(address web)"
check "peer pings web over IPv6" in_pod peer ping -c 1 -W 2 "$(address6 web)"
check "peer fetches from web over IPv4" says web fetch_in peer "$(address web)" 80
check "peer fetches from web over IPv6" says web fetch_in peer "$(address6 web)" 80
check "  web sees peer's own address" says "$(address peer)" fetch_in peer "$(address web)" 80 /cgi-bin/visitor
check "the host, as the kubelet, fetches from web over IPv4" says web fetch "http://$(address web)/"
check "the host, as the kubelet, fetches from web over IPv6" says web fetch "http://[$(address6 web)]/"
check "peer pings the world outside over IPv4" in_pod peer ping -c 1 -W 2 192.0.2.2
check "peer pings the world outside over IPv6" in_pod peer ping -c 1 -W 2 2001:db8::2
needs=portmap
check "port with an address, 127.0.0.1: from the host" says web fetch http://127.0.0.1:18080/
check "  not from outside" not outside curl -s --max-time 1 http://192.0.2.1:18080/
check "port without: from the host over IPv4" says web fetch http://192.0.2.1:18081/
check "port without: from the host over IPv6" says web fetch http://[2001:db8::1]:18081/
check "port without: from outside over IPv4" says web outside curl -s --max-time 3 http://192.0.2.1:18081/
check "port without: from outside over IPv6" says web outside curl -sg --max-time 3 http://[2001:db8::1]:18081/
check "peer by the node's address" says web fetch_in peer 192.0.2.1 18081
check "web itself by the node's address: hairpin" says web fetch_in web 192.0.2.1 18081
echo_udp_in web
check "UDP: from outside" says datagram eval 'echo datagram | outside timeout 3 socat -T 1 - UDP4:192.0.2.1:10053'
check "a second pod with the same port is refused, by the name of the first" \
    mentions "$(pod web)" run_pod thief '[{"container_port":80,"host_port":18081}]'
check "  it leaves nothing" says 4 eval 'leases | wc -l'
needs=bandwidth
check "what comes to web has 10 Mbit/s" mentions "rate 10Mbit" tc qdisc show
check "what web sends has 20 Mbit/s" mentions "rate 20Mbit" tc qdisc show
needs=
check "run one in the node's network: no plugin is called" run_pod node '[]' '{}' NODE
check "  there is no third pod on the bridge" is 4 "$(leases | wc -l)"
many() {
    local number process failures=0 processes=()
    for number in {1..12}; do
        run_pod "many$number" "[{\"container_port\":80,\"host_port\":$((19000 + number))}]" &
        processes+=($!)
    done
    for process in "${processes[@]}"; do wait "$process" || failures=$((failures + 1)); done
    return $failures
}
check "run twelve at once" many
check "  they have twelve addresses" says 12 eval 'for n in {1..12}; do address many$n; done | sort -u | wc -l'

title "containerd, CRI: the daemon dies with pods running"
kill_containerd
needs=portmap check "web's port goes on" says web fetch http://192.0.2.1:18081/
check "containerd starts again" start_containerd
check "  web is ready, with its address" is "0 $(address web)" "$(state web) $(address web)"
check "  peer reaches it" says web fetch_in peer "$(address web)" 80
needs=portmap check "  its port answers" says web fetch http://[2001:db8::1]:18081/
check "  run another: it has an address of its own" run_pod late
check "  that is no other's" says 0 eval 'for n in web peer many{1..12}; do address $n; done | grep -cxF "$(address late)" || true'

title "containerd, CRI: removal"
old=$(address peer)
check "stop peer: its network goes" stop_pod peer
check "  its addresses are free" not test -e "/var/lib/cni/networks/pods/$old"
check "stop peer again, as the kubelet does" stop_pod peer
check "remove peer: a DEL without a namespace and a result" remove_pod peer
check "stop and remove the twelve, and the others but web" \
    eval 'for n in many{1..12} late node; do stop_pod $n && remove_pod $n || break; done; [[ $n == node ]]'
check "  web's two leases are left" says 2 eval 'leases | wc -l'
check "  and web's one result" says 1 eval 'results | grep -c eth0'
check "  and web's elements" says "" eval 'elements | grep -v "$(pod web)" || true'
check "  web goes on" says web fetch "http://$(address web)/"
needs=bandwidth check "  by its bandwidth" mentions "rate 10Mbit" tc qdisc show
check "stop web" stop_pod web
needs=portmap check "  its port is free" not curl -s --max-time 1 http://192.0.2.1:18081/
check "remove web" remove_pod web
check "  no link but the bridge" says br-pods links
check "  no set element" says "" elements
check "  no lease" says "" leases
check "  no entry in the cache" says "" results
check "  no attachment's record" says "" records
check "GC of the network" collect /etc/cni/net.d
snapshot "$work/boot/after"
check "the node is as it was" same "$work/boot/before" "$work/boot/after"

title "containerd, CRI: pods before a power cut"
check "run web, with ports" run_pod web "$ports"
check "  start its container" serve_in web
check "run peer" run_pod peer
