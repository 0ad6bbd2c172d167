#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Runs vpc-agent against vpc-simulator in a throw-away network namespace: an address is given, what others change is
# repaired, a restart keeps the address, and a drain leaves no ENI. As root.
#
#     Scripts/test-vpc-agent.sh FOLDER-OF-EXECUTABLES
set -euo pipefail
bin=$(realpath "$1")
if [[ ${2-} != inside ]]; then exec unshare -n -m "$0" "$bin" inside; fi

work=$(mktemp -d)
agent=
simulator=
finish() {
    [[ -z $agent ]] || kill "$agent" 2>/dev/null || true
    [[ -z $simulator ]] || kill "$simulator" 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT
fail() { echo "failed: $1" >&2; cat "$work"/*.log >&2; exit 1; }
# until_true SECONDS WHAT COMMAND...
until_true() {
    local end=$((SECONDS + $1)) what=$2
    shift 2
    until "$@"; do
        ((SECONDS < end)) || fail "$what"
        sleep 0.2
    done
}

ip link set lo up
"$bin/vpc-simulator" --listen 127.0.0.1:4599 --metadata-host 127.0.0.1 --metadata-port 5000 > "$work/simulator.log" 2>&1 &
simulator=$!
until_true 30 'the simulator listens' curl -sf -o /dev/null http://127.0.0.1:4599/_simulator/health
until_true 30 'the metadata service listens' bash -c 'curl -s -o /dev/null http://127.0.0.1:5000/'
mac=$(curl -s http://127.0.0.1:4599/_simulator/state | grep -o '"mac[A-Za-z]*":"[0-9a-f:]*"' | head -1 | cut -d'"' -f4)
ip link add eth0 address "$mac" type veth peer name peer0
ip link set peer0 up
ip link set eth0 up

export AWS_EC2_ENDPOINT=http://127.0.0.1:4599 AWS_EC2_METADATA_SERVICE_ENDPOINT=http://127.0.0.1:5000
export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_REGION=us-east-1
mkdir "$work/namespaces"
files=(--state-folder "$work/state" --socket "$work/agent.sock" --released-folder "$work/released"
    --namespaces "$work/namespaces")
start() { "$bin/vpc-agent" run "${files[@]}" >> "$work/agent.log" 2>&1 & agent=$!; }
ready() { curl -s http://127.0.0.1:8081/readyz | grep -q '^ok'; }
ask() {
    python3 - "$work/agent.sock" "$1" <<'PYTHON'
import socket, sys
connection = socket.socket(socket.AF_UNIX)
connection.settimeout(30)
connection.connect(sys.argv[1])
connection.sendall(sys.argv[2].encode() + b"\n")
print(connection.recv(65536).decode(), end="")
PYTHON
}
add='{"version":1,"verb":"add","network":"vpc","containerID":"c1","interface":"eth0","namespace":"/x","mode":"shared"}'

start
until_true 60 'the agent is ready' ready
given=$(ask "$add")
[[ $given == *'"address":"10.0.'* ]] || fail "an ADD is answered by $given"
echo "given: $(grep -o '"address":"[0-9.]*"' <<< "$given")"

address=$(ip -o -4 addr show dev eth0 | awk '{ print $4 }')
ip addr flush dev eth0
until_true 30 'the address is repaired' bash -c "ip -o -4 addr show dev eth0 | grep -q ' $address '"
ip rule del priority 1024
until_true 30 'the rule is repaired' bash -c 'ip rule | grep -q ^1024:'
repaired=$(curl -s http://127.0.0.1:8081/metrics | awk '/^vpc_agent_drift_repaired_total/ { print $2 }')
((repaired >= 2)) || fail "repairs are counted as $repaired"
echo "repaired: $repaired"

kill "$agent"
wait "$agent" || fail 'the agent ends with 0'
start
until_true 60 'the agent is ready again' ready
[[ $(ask "$add") == "$given" ]] || fail 'the address is another one after a restart'
"$bin/vpc-agent" pool
kill "$agent"
wait "$agent"
agent=
"$bin/vpc-agent" drain "${files[@]}" > "$work/drain.log" 2>&1 || fail 'the drain ends with 0'
left=$(curl -s http://127.0.0.1:4599/_simulator/state | grep -o '"id":"eni-[0-9a-f]*"' | sort -u | wc -l)
((left == 1)) || fail "$left ENIs are left"
echo "drained: the primary ENI is left"
