#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# usage: demo-vpc.sh BIN [PICTURE]
#
# A VPC in a box: two nodes with an agent each, pods on their ENIs, the internet, and an office behind a VPN; everything in
# namespaces made for it. Every line that says "ok" was tested. PICTURE is a file for the simulator's page, by Chromium.
set -euo pipefail
here=$(realpath "$(dirname "$0")")

if [[ ${3:-} != inside ]]; then
    bin=$(realpath "$1")
    [[ -r /dev/net/tun && -w /dev/net/tun ]] || {
        echo "The demo needs /dev/net/tun, which you may not open: ENIs are TAP devices. (Debian's udev has it open to all.)" >&2
        exit 1
    }
    . "$here/demo-stage.sh"
    enter_stage --processes "$here/demo-vpc.sh" "$bin" "${2:-}" inside
fi

bin=$1 picture=$2
export PATH=$PATH:/usr/sbin:/sbin
. "$here/demo-output.sh"
. "$here/demo-visitors.sh"
. "$here/vpc-box.sh"

# Three pods find room on a node's first ENI, two get addresses of a second one's subnet.
shared=("1 red" "1 green" "1 blue" "1 cyan" "1 pink" "2 oak" "2 elm" "2 ash" "2 fir" "2 yew")
own=("1 database exclusive" "2 client exclusive")
pinged() { "$@" >"$work/ping" 2>&1 || fail "$*: $(<"$work/ping")"; }
ping_from() { pinged in_pod "$1" "$2" ping -n -q -c 1 -W 10 "$3"; }
# What a node could have left over.
snapshot() {
    in_node "$1" bash -c '
        ip -br link | sed "s/@.*//" | cut -d " " -f 1; ip -o address | cut -d " " -f 2-7
        ip -4 route show table all; ip -4 rule; ip -6 rule
        nft --stateless list ruleset; find /run -path /run/netns -prune -o -type f -print'
}

printf '%sswift-cni: a VPC with two nodes, in a box%s\n' "$bold" "$off"
note "Everything happens in namespaces made for it; your own network is not touched."

title "A VPC in a box: EC2's API, instance metadata, and a network of real packets"
for node in 1 2; do new_node $node; done
for side in internet office; do start_side $side; done
start_box "$here/demo-vpc.json"
state '.subnets[] | "\(.tags.Name) \(.cidr) \(.zone)"' | while read -r line; do note "$line"; done
for node in 1 2; do
    wait_for_address $node
    ok "$(printf 'node%d is %s, a t3.small: 3 ENIs of 4 addresses' $node "$(in_node $node ip -4 -o address show dev eth0 | awk '{ print $4 }')")"
    snapshot $node >"$work/before$node"
done

title "An agent on each node, with the credentials of its instance"
jq -n --arg database "$(id_of group/database)" --arg clients "$(id_of group/clients)" '{
    "demo/database": {securityGroups: [$database]}, "demo/client": {securityGroups: [$clients]} }' >"$work/exclusive"
export AWS_EC2_ENDPOINT=http://10.0.1.5 CLUSTER_NAME=demo WARM_IP_TARGET=1 MINIMUM_IP_TARGET=5
for node in 1 2; do in_node $node tee /run/exclusive.json <"$work/exclusive" >/dev/null; done
AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS=192.168.50.0/24 start_agent 1 --exclusive-enis /run/exclusive.json
AWS_VPC_K8S_CNI_EXTERNALSNAT=true start_agent 2 --exclusive-enis /run/exclusive.json
for node in 1 2; do
    wait_ready $node || fail "node$node is not ready"
    ok "node$node is ready"
done
note "AWS_EC2_ENDPOINT=http://10.0.1.5: an interface endpoint in the VPC. Metadata: 169.254.169.254, by the asking ENI."
note "node2: AWS_VPC_K8S_CNI_EXTERNALSNAT=true, behind a NAT gateway"

title "Five pods on each node at once, by the plugin vpc-eni"
add_pods "${shared[@]}" || fail "ADD: $(cat "$work"/answer-*)"
for pod in "${shared[@]}"; do
    read -r node name <<<"$pod"
    eni=$(eni_of "$(address "$name")")
    ok "$(printf 'node%d %-6s %-15s of %s' "$node" "$name" "$(address "$name")" "$eni")"
    echo "$node $eni" >>"$work/used"
    # shellcheck disable=SC2086
    record_visitors in_pod $pod
done
for node in 1 2; do
    used=$(grep "^$node " "$work/used" | sort -u | wc -l)
    ((used == 2)) || fail "the pods on node$node are on $used ENIs"
    for cidr in 10.0. 100.64.; do
        grep -q "^$cidr" <<<"$(for pod in "${shared[@]}"; do [[ $pod == "$node "* ]] && address "${pod#* }"; done)" \
            || fail "node$node has no pod in $cidr"
    done
done
ok "on two ENIs of each node, in the VPC's primary CIDR and in its secondary one"

title "Every pod reaches every other one, and is seen with its own address"
count=0
for from in "${shared[@]}"; do
    for to in "${shared[@]}"; do
        [[ $from == "$to" ]] && continue
        # shellcheck disable=SC2086
        ping_from $from "$(address "${to#* }")"
        count=$((count + 1))
    done
done
ok "$count pings, each answered"
for to in "${shared[@]}"; do
    # shellcheck disable=SC2086
    seen=$(visitors in_pod $to | LC_ALL=C sort)
    expected=$(for from in "${shared[@]}"; do [[ $from == "$to" ]] || address "${from#* }"; done | LC_ALL=C sort)
    [[ $seen == "$expected" ]] || fail "$to was pinged by: $seen"
done
ok "none of them was translated: each pod saw just the others' addresses"

title "The internet"
public=$(public_of 10.0.1.10)
# A pod of each node's second ENI.
for pod in "1 pink" "2 yew"; do
    # shellcheck disable=SC2086
    ping_from $pod 192.0.2.80
done
seen=$(visitors on_side internet | LC_ALL=C sort | paste -sd ' ')
[[ $seen == "$(printf '%s\n' "$public" 192.0.2.200 | LC_ALL=C sort | paste -sd ' ')" ]] || fail "it was pinged by: $seen"
line=$(logged custom.log " egress .* 10.0.1.10 192.0.2.80 ") || fail "node1's packets"
ok "node1's pods are seen as $public, the node's public address: the node translated them to 10.0.1.10"
note "$line"
line=$(logged custom.log " egress .* $(address yew) 192.0.2.80 ") || fail "node2's packets"
ok "node2's pods are seen as 192.0.2.200, the NAT gateway's: they came to it as themselves, here $(address yew)"
note "$line"

title "The office behind the VPN sees pods' own addresses"
for pod in "${shared[@]}"; do
    # shellcheck disable=SC2086
    ping_from $pod 192.168.50.10
done
seen=$(visitors on_side office)
[[ $(sort <<<"$seen") == "$(for pod in "${shared[@]}"; do address "${pod#* }"; done | sort)" ]] || fail "it was pinged by: $seen"
pinged on_side office ping -n -q -c 1 -W 10 "$(address cyan)"
ok "it was pinged by all ten of them: $(head -n 3 <<<"$seen" | paste -sd ' ') …"

title "Pods with an ENI and security groups of their own"
add_pods "${own[@]}" || fail "ADD: $(error database) $(error client)"
for pod in "${own[@]}"; do
    read -r node name _ <<<"$pod"
    eni=$(eni_of "$(address "$name")")
    ok "$(printf 'node%d %-8s %-10s has %s, in the group %s' "$node" "$name" "$(address "$name")" "$eni" \
        "$(state '.securityGroups[] | select(.id == $group) | .name' --arg group \
            "$(state '.interfaces[] | select(.id == $eni) | .groups[0]' --arg eni "$eni")")")"
done
in_pod 1 database ip link set lo up
in_pod 1 database "$here/demo-database.py" 5432 2>"$work/database.log" &
deadline=$((SECONDS + 60))
until in_pod 1 database curl -s -o /dev/null http://127.0.0.1:5432/; do
    ((SECONDS < deadline)) || fail "the database does not listen: $(<"$work/database.log")"
    sleep 0.1
done
database=$(address database)
# asks COMMAND...: what the database says, which is the address that it sees.
asks() { "$@" curl -s --connect-timeout 3 "http://$database:5432/"; }
admitted() {
    local seen
    seen=$(asks "${@:2}") || fail "the database refuses $1"
    [[ $seen == "$1" ]] || fail "the database sees $seen for $1"
    ok "$1 is admitted: $why"
}
refused() {
    asks "${@:2}" >/dev/null && fail "the database admits $1"
    line=$(logged custom.log " ingress .* $1 $database 5432 REJECT") || fail "nothing was rejected"
    ok "$1 is refused: $why"
    note "$line"
}
why="the client, in the group that the database's group names"
admitted "$(address client)" in_pod 2 client
why="a pod that is in no such group"
refused "$(address oak)" in_pod 2 oak
why="in the office, by its address"
admitted 192.168.50.10 on_side office
why="another one in the office"
on_second() { on_side office "$@" --interface 192.168.50.11; }
refused 192.168.50.11 on_second

title "Flow logs: what the default format hides"
pink=$(address pink) yew=$(address yew)
eni=$(eni_of "$yew")
hidden=$(logged default.log "^2 [0-9]+ $eni $pink $(primary_of "$eni") ") || fail "the default format"
shown=$(logged custom.log "^$eni ingress $pink $(primary_of "$eni") $pink $yew ") || fail "the custom format"
! grep -E "^2 [0-9]+ $eni [^ ]+ $yew " "$flow_logs/default.log" || fail "the default format shows the pod"
ok "by default, $pink has sent to the ENI's primary address, $(primary_of "$eni")"
note "$hidden"
ok "with pkt-dstaddr it is the pod, $yew"
note "$shown"

title "What is on node1"
in_node 1 "$bin/cni" draw
in_node 1 "$agent" pool
if [[ -n $picture ]]; then
    chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --window-size=1700,1500 \
        --virtual-time-budget=4000 --screenshot="$picture" "$simulator/" >"$work/chromium.log" 2>&1 \
        || fail "chromium: $(<"$work/chromium.log")"
    ok "the simulator's page: $picture"
fi

title "Taking everything away"
for pod in "${shared[@]}" "${own[@]}"; do
    read -r node name mode <<<"$pod"
    plugin DEL "$node" "$name" "$mode" || fail "DEL $name: $(error "$name")"
    in_node "$node" ip netns delete "$name"
done
for node in 1 2; do
    stop_agent $node
    in_node $node "$agent" drain >"$work/drain$node" 2>&1 || fail "drain: $(<"$work/drain$node")"
    snapshot $node >"$work/after$node"
    diff "$work/before$node" "$work/after$node" | grep '^[<>]' >"$work/difference" || true
    unexpected=$(grep -vE '/run/(agent.log|exclusive.json|swift-cni/vpc/(journal(\.lock)?|node.json))$' "$work/difference" || true)
    [[ -z $unexpected ]] || fail "node$node is not as before:"$'\n'"$unexpected"
    [[ $(enis_of $node | wc -l) == 1 ]] || fail "node$node has still: $(enis_of $node | paste -sd ' ')"
    [[ -z $(state '.interfaces[] | select(.attachment.instance == $node) | .addresses[1:][]' --arg node \
        "$(id_of instance/node$node)") ]] || fail "node$node still has addresses"
    ok "node$node is as before, and has its primary ENI only"
done
[[ -z $(state '.interfaces[] | select(.status == "available") | .id') ]] || fail "an ENI is left over"
ok "no ENI is left over"

printf '\n%sEverything was as claimed.%s\n' "$green" "$off"
