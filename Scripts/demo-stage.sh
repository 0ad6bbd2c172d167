# SPDX-License-Identifier: Apache-2.0
#
# Where demos take place: a network namespace and a mount namespace of their own. Sourced.

# enter_stage [--processes] COMMAND...: becomes COMMAND in there, as root, or as root of a user namespace. With a process
# namespace of its own, whatever COMMAND starts ends with it.
enter_stage() {
    local flags=(-mn)
    if [[ $1 == --processes ]]; then
        shift
        flags=(-mnp --fork --kill-child --mount-proc)
    fi
    if [[ $(id -u) -ne 0 ]]; then
        flags+=(-r)
        unshare "${flags[@]}" true 2>/dev/null || {
            echo "The demo needs root, or user namespaces for ordinary users (see unshare(1) and, on Ubuntu, sysctl" \
                "kernel.apparmor_restrict_unprivileged_userns)." >&2
            exit 1
        }
        echo "You are not root: the demo runs in a user namespace of its own."
    fi
    exec unshare "${flags[@]}" --propagation private "$@"
}

# make_outside: the world outside, one link away, without a route back to the containers; it writes down who pings it.
make_outside() {
    ip netns add outside
    ip link set lo up
    ip link add uplink type veth peer name eth0 netns outside
    for switch in accept_dad=0 accept_ra=0; do
        echo ${switch#*=} >/proc/sys/net/ipv6/conf/uplink/${switch%=*}
    done
    ip link set uplink addrgenmode none up
    ip -n outside link set eth0 addrgenmode none up
    ip -n outside link set lo up
    ip address add 192.0.2.1/24 dev uplink
    ip address add 2001:db8::1/64 dev uplink nodad
    ip -n outside address add 192.0.2.2/24 dev eth0
    ip -n outside address add 2001:db8::2/64 dev eth0 nodad
    record_visitors nsenter --net=/run/netns/outside
}
