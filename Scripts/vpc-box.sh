# SPDX-License-Identifier: Apache-2.0
#
# A VPC in a box with nodes, the internet and an office behind a VPN, in namespaces. Sourced, inside of namespaces that end
# with whoever sources it; $bin is the folder of the executables, $here that of this file.

agent=$bin/vpc-agent
. "$here/cluster-nodes.sh"
simulator=http://127.0.0.1:4599
simulator_pid=''
flow_logs=/run/vpc
mkdir -p "$flow_logs"
# Whoever starts this may have an account of his own.
unset ${!AWS_@} KUBERNETES_SERVICE_HOST

# start_box SETUP-FILE: the namespaces that it names are there by now.
start_box() {
    ip link set lo up
    "$bin/vpc-simulator" --file "$1" >"$work/names" 2>"$work/simulator.log" &
    simulator_pid=$!
    local deadline=$((SECONDS + 90))
    until curl -sf -o /dev/null "$simulator/_simulator/health"; do
        { kill -0 "$simulator_pid" 2>/dev/null && ((SECONDS < deadline)); } || {
            cat "$work/names" "$work/simulator.log" >&2
            return 1
        }
        sleep 0.1
    done
}

# start_side NAME: a namespace for the internet or a network behind the VPN, which writes down who pings it.
start_side() {
    ip netns add "$1"
    ip -n "$1" link set lo up
    record_visitors on_side "$1"
}

on_side() { nsenter --net=/run/netns/"$1" "${@:2}"; }

# The identifier of what the setup calls KIND/NAME.
id_of() { awk -v name="$1" '$1 == name { print $2 }' "$work/names"; }

# state FILTER [JQ-ARGUMENT...]: what the simulator has.
state() { curl -s "$simulator/_simulator/state" | jq -r "${@:2}" "$1"; }

# eni_of ADDRESS: the ENI that has it.
eni_of() { state '.interfaces[] | select(.addresses | index($address)) | .id' --arg address "$1"; }
primary_of() { state '.interfaces[] | select(.id == $eni) | .addresses[0]' --arg eni "$1"; }
public_of() { state '.interfaces[] | select(.addresses | index($address)) | .publicAddresses[0]' --arg address "$1"; }
# enis_of NUMBER: a node's ENIs.
enis_of() { state '.interfaces[] | select(.attachment.instance == $node) | .id' --arg node "$(id_of "instance/node$1")"; }

# wait_for_address NUMBER: what DHCP does on a real node.
wait_for_address() {
    local deadline=$((SECONDS + 90))
    until in_node "$1" ip -4 route show default | grep -q eth0; do
        ((SECONDS < deadline)) || { cat "$work/simulator.log" >&2; return 1; }
        sleep 0.05
    done
}

# add_pods "NODE NAME MODE"...: all at once; the answers are in $work/answer-NAME.
add_pods() {
    local pod node name mode pids=() failed=0
    for pod in "$@"; do
        read -r node name mode <<<"$pod"
        in_node "$node" ip netns add "$name"
        plugin ADD "$node" "$name" "$mode" &
        pids+=($!)
    done
    for pod in "${pids[@]}"; do wait "$pod" || failed=1; done
    return $failed
}

# plugin VERB NODE POD [MODE]
plugin() {
    local annotations='{}'
    [[ ${4:-shared} == shared ]] || annotations="{\"vpc.cni.swift/mode\": \"$4\"}"
    jq -c --argjson a "$annotations" '.runtimeConfig["io.kubernetes.cri.pod-annotations"] = $a' <<'CONFIGURATION' |
        { "cniVersion": "1.1.0", "name": "vpc", "type": "vpc-eni", "allowedModes": ["exclusive"] }
CONFIGURATION
        in_node "$2" env CNI_COMMAND="$1" CNI_CONTAINERID="$3" CNI_NETNS=/run/netns/"$3" CNI_IFNAME=eth0 \
            CNI_ARGS="IgnoreUnknown=1;K8S_POD_NAMESPACE=demo;K8S_POD_NAME=$3" CNI_PATH="$bin" \
            "$bin/vpc-eni" >"$work/answer-$3"
}

error() { jq -r '"code \(.code): \(.msg) \(.details // "")"' "$work/answer-$1" 2>/dev/null || cat "$work/answer-$1"; }
address() { jq -r '.ips[0].address | split("/")[0]' "$work/answer-$1"; }

# in_pod NODE NAME COMMAND...
in_pod() { local node=$1 name=$2; shift 2; in_node "$node" nsenter --net=/run/netns/"$name" "$@"; }

# logged FILE PATTERN: the line of a flow log, when it is there: logs are written every second.
logged() {
    local deadline=$((SECONDS + 60)) line
    until line=$(grep -m 1 -E -- "$2" "$flow_logs/$1"); do
        ((SECONDS < deadline)) || { echo "no line in $1: $2" >&2; return 1; }
        sleep 0.2
    done
    echo "$line"
}
