#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# usage: function-order.sh EXECUTABLE
#
# Prints the functions that an attachment runs, those of the start first and then those of a plain ADD, as lld's
# --symbol-ordering-file takes them: VERSION, ADD and DEL of bridge, of host-local, and of the plugins that podman has after
# bridge, under callgrind in throw-away namespaces. EXECUTABLE has its symbols. As root.
set -euo pipefail

executable=$(realpath "$1")
# Under callgrind the file that runs, which bridge looks for to find host-local in itself, is callgrind's own.
callgrind=$(find /usr/libexec /usr/lib -name "callgrind-$(dpkg --print-architecture)-linux" -print -quit 2>/dev/null)
[[ -n $callgrind ]] || { echo "callgrind's executable is not where Debian has it." >&2; exit 1; }
export PATH=$PATH:/usr/sbin:/sbin

unshare -mn --propagation private bash -euc '
    mount -t tmpfs tmpfs /run
    mkdir /run/netns /run/bin /run/calls
    for name in bridge host-local portmap firewall tuning bandwidth; do ln -s "$1" "/run/bin/$name"; done
    mkdir /run/self && ln -s "$2" /run/self/host-local
    ip netns add first; ip netns add second
    export CNI_PATH=/run/self CNI_IFNAME=eth0

    network() {  # network MASQUERADE
        echo "{\"cniVersion\": \"1.0.0\", \"name\": \"order\", \"type\": \"bridge\", \"isGateway\": true, \"ipMasq\": $1,
            \"ipam\": {\"type\": \"host-local\", \"dataDir\": \"/run/leases\", \"routes\": [{\"dst\": \"0.0.0.0/0\"}],
            \"ranges\": [[{\"subnet\": \"10.91.0.0/16\"}], [{\"subnet\": \"fd91::/64\"}]]}}"
    }
    count=10
    chained() {  # chained PLUGIN
        echo "{\"cniVersion\": \"1.0.0\", \"name\": \"order\", \"type\": \"$1\", \"runtimeConfig\": {
            \"portMappings\": [{\"hostPort\": 8080, \"containerPort\": 80, \"protocol\": \"tcp\"}],
            \"bandwidth\": {\"ingressRate\": 1000000, \"ingressBurst\": 1000000, \"egressRate\": 1000000,
            \"egressBurst\": 1000000}}, \"prevResult\": $(cat /run/result)}"
    }
    call() {  # call PLUGIN COMMAND CONTAINER MASQUERADE|chained
        count=$((count + 1))
        if [[ $4 == chained ]]; then chained "$1"; else network "$4"; fi | CNI_COMMAND=$2 CNI_CONTAINERID=$3 CNI_NETNS=/run/netns/$3 valgrind --quiet --tool=callgrind \
            --demangle=no --callgrind-out-file="/run/calls/$count" "/run/bin/$1" >/run/output 2>/run/notes \
            || { cat /run/output /run/notes >&2; exit 1; }
    }
    call bridge VERSION first false
    for masquerade in false true; do
        call bridge ADD first $masquerade
        call bridge ADD second $masquerade
        call bridge DEL second $masquerade
        call bridge DEL first $masquerade
    done
    call host-local ADD first false
    call host-local DEL first false
    chain=$((count + 2))
    call bridge ADD first true
    cp /run/output /run/result
    for name in portmap firewall tuning bandwidth; do call $name ADD first chained; done
    for name in bandwidth tuning firewall portmap; do call $name DEL first chained; done

    functions() {  # functions PROFILE...
        sed -nE "s/^c?fn=\([0-9]+\) ([_\$a-zA-Z].*)/\1/p" "$@" | sed -E "s/\x27[0-9]+\$//" | LC_ALL=C sort -u
    }
    echo "# The functions that an attachment runs, those of the start first: made by make order."
    # VERSION; the second ADD, for which the bridge is there; the ADDs of a chain; the rest.
    { functions /run/calls/11; functions /run/calls/13; functions $(seq -f /run/calls/%g $chain $((chain + 3)))
        functions /run/calls/*; } | awk "!known[\$0]++"' \
    order "$executable" "$callgrind"
