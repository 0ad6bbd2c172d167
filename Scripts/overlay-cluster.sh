# SPDX-License-Identifier: Apache-2.0
#
# A cluster in namespaces: a switch, nodes on it, a world outside, and etcd. Sourced, inside of namespaces that end with
# whoever sources it; $agent is the agent's executable, $here the folder of this file.

. "$here/cluster-nodes.sh"
etcd_pid=''
export ETCDCTL_API=3 ETCDCTL_ENDPOINTS=http://192.0.2.254:2379

# start_switch [MTU]
start_switch() {
    switch_mtu=${1:-1500}
    ip link set lo up
    ip link add switch type bridge
    ip link set switch mtu "$switch_mtu" addrgenmode none up
    ip address add 192.0.2.254/24 dev switch
    ip address add 2001:db8::fe/64 dev switch nodad
}

# start_node NUMBER: the addresses are 192.0.2.NUMBER and 2001:db8::NUMBER.
start_node() {
    local number=$1
    new_node "$number"
    ip link add "port$number" mtu "$switch_mtu" master switch type veth \
        peer name eth0 mtu "$switch_mtu" netns "${node_pid[$number]}"
    ip link set "port$number" addrgenmode none up
    in_node "$number" bash -c "
        ip link set eth0 up
        ip address add 192.0.2.$number/24 dev eth0
        ip address add 2001:db8::$number/64 dev eth0 nodad
        ip route add default via 192.0.2.254
        ip -6 route add default via 2001:db8::fe"
}

# One that knows no way to containers, and writes down who pings it.
start_outside() {
    ip netns add outside
    ip link add outport mtu "$switch_mtu" master switch type veth peer name eth0 mtu "$switch_mtu" netns outside
    ip link set outport addrgenmode none up
    ip -n outside link set lo up
    ip -n outside link set eth0 up
    ip -n outside address add 192.0.2.100/24 dev eth0
    ip -n outside address add 2001:db8::100/64 dev eth0 nodad
    record_visitors nsenter --net=/run/netns/outside
}

# With the data of the last time, if there is some.
start_etcd() {
    etcd --data-dir "$work/etcd" --listen-client-urls http://192.0.2.254:2379,http://127.0.0.1:2379 \
        --advertise-client-urls http://192.0.2.254:2379 --listen-peer-urls http://127.0.0.1:2380 \
        --initial-advertise-peer-urls http://127.0.0.1:2380 --initial-cluster default=http://127.0.0.1:2380 \
        >>"$work/etcd.log" 2>&1 &
    etcd_pid=$!
    local deadline=$((SECONDS + 30))
    until etcdctl endpoint health >/dev/null 2>&1; do
        ((SECONDS < deadline)) || { tail -n 20 "$work/etcd.log" >&2; return 1; }
        sleep 0.1
    done
}

stop_etcd() {
    kill "$etcd_pid"
    wait "$etcd_pid" 2>/dev/null || true
}
