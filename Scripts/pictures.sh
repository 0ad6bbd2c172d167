#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# usage: pictures.sh BIN [FOLDER]
#
# Makes nodes with 1, 10 and 100 containers by `cni add`, in throw-away namespaces, and has `cni draw` draw each for a
# terminal and in SVG: into Documentation/Pictures, or FOLDER; and a node in a VPC (picture-vpc.sh). BIN has the static
# `cni`, plugins, vpc-agent and vpc-simulator.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=$(realpath "$1")
folder=${2:-Documentation/Pictures}
mkdir -p "$folder"
for count in 1 10 100; do
    Scripts/in-namespace.sh unshare -mnupf --mount-proc --propagation private bash -euo pipefail -c '
        bin=$1 count=$2 picture=$3
        hostname worker-1
        mount -t tmpfs none /run
        mkdir -p /run/netns /run/net.d
        ip link set lo up
        # The rest of the world: where the default route leads.
        ip netns add outside
        ip link add uplink type veth peer name eth0 netns outside
        ip address add 192.0.2.1/24 dev uplink
        ip link set uplink up
        ip -n outside address add 192.0.2.254/24 dev eth0
        ip -n outside link set eth0 up
        ip route add default via 192.0.2.254
        printf "%s" "{\"cniVersion\":\"1.1.0\",\"name\":\"pods\",\"plugins\":[{\"type\":\"bridge\",\"bridge\":\"cni0\",
            \"isGateway\":true,\"ipMasq\":true,\"ipam\":{\"type\":\"host-local\",\"dataDir\":\"/run/leases\",
            \"ranges\":[[{\"subnet\":\"10.88.0.0/16\"}],[{\"subnet\":\"fd00:88::/64\"}]],
            \"routes\":[{\"dst\":\"0.0.0.0/0\"},{\"dst\":\"::/0\"}]}},{\"type\":\"portmap\",
            \"capabilities\":{\"portMappings\":true}}]}" >/run/net.d/pods.conflist
        export CNI_PATH=$bin NETCONFPATH=/run/net.d LC_ALL=C.UTF-8
        for ((number = 1; number <= count; number++)); do
            name=pod-$number
            ((count > 1)) || name=web
            ip netns add "$name"
            # Every third one has published ports, and every sixth two.
            ports="{\"hostPort\":$((8079 + number)),\"containerPort\":80,\"protocol\":\"tcp\"}"
            ((number % 6 != 4)) || ports+=",{\"hostPort\":$((9000 + number)),\"containerPort\":53,\"protocol\":\"udp\"}"
            ((number % 3 == 1)) || ports=
            CAP_ARGS="{\"portMappings\":[$ports]}" \
                "$bin/cni" add pods "/run/netns/$name" --container-id "$name" --cache-dir /run/cache >/dev/null
        done
        if ((count > 1)); then
            ip link add vxlan7 type vxlan id 7 dstport 4789 local 192.0.2.1
            ip link set vxlan7 master cni0 up
        fi
        # The kernel tells of new carriers once a second (net/core/link_watch.c).
        sleep 2
        COLUMNS=$((count == 100 ? 184 : 100)) "$bin/cni" draw >"$picture.txt"
        "$bin/cni" draw --svg "$picture.svg"
    ' pictures "$bin" "$count" "$(realpath "$folder")/$count-pod$( ((count > 1)) && echo s || true)"
done
Scripts/picture-vpc.sh "$bin" "$folder/vpc"
ls -l "$folder"
