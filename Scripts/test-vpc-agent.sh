#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Runs vpc-agent against vpc-simulator in a throw-away network namespace: an address is given, what others change is
# repaired, a restart keeps the address, a drain leaves no ENI; `check`, `hand-back`, the log's level and the API server's
# address do what they say. As root.
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
faults=http://127.0.0.1:4599/_simulator/faults
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

# What IAM allows is asked beside the running agent, and nothing is changed.
"$bin/vpc-agent" check "${files[@]}" >"$work/check.log" 2>&1 || fail 'check ends with 0 where all is allowed'
curl -sf -o /dev/null -X POST -d '{"action":"CreateNetworkInterface","effect":"error","code":"UnauthorizedOperation","message":"no"}' "$faults"
status=0
"$bin/vpc-agent" check "${files[@]}" >"$work/check.log" 2>&1 || status=$?
((status == 1)) || fail "check ends with $status where a permission is missing"
grep -q '^missing: ec2:CreateNetworkInterface$' "$work/check.log" || fail 'check does not name the missing permission'
curl -sf -o /dev/null -X DELETE "$faults"
echo "check: $(tail -n 1 "$work/check.log")"

kill "$agent"
wait "$agent" || fail 'the agent ends with 0'
# The log's level is the reference's variable; an agent in a pod asks the API server of CLUSTER_ENDPOINT, and not the one of
# the service, where nobody is.
grep -q ' info ' "$work/agent.log" || fail 'the log has no line of the level info'
account=/var/run/secrets/kubernetes.io/serviceaccount
mount -t tmpfs tmpfs "$(realpath /var/run)"
mkdir -p "$account"
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/key" -out "$account/ca.crt" -subj /CN=127.0.0.1 \
    -addext subjectAltName=IP:127.0.0.1 2>/dev/null
echo secret-of-the-pod >"$account/token"
echo default >"$account/namespace"
python3 - "$account/ca.crt" "$work/key" "$work/asked" <<'PYTHON' &
import http.server, ssl, sys
class Refusal(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        with open(sys.argv[3], "a") as file:
            file.write(f"{self.command} {self.path} {self.headers['Authorization']}\n")
        self.send_response(404)
        self.send_header("Content-Length", "0")
        self.end_headers()
    do_POST = do_PATCH = do_PUT = do_GET
    def log_message(self, *_):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 6443), Refusal)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
PYTHON
server=$!
: >>"$work/asked"
lines=$(wc -l <"$work/agent.log")
export AWS_VPC_K8S_CNI_LOGLEVEL=error KUBERNETES_SERVICE_HOST=192.0.2.1 KUBERNETES_SERVICE_PORT=443
export CLUSTER_ENDPOINT=https://127.0.0.1:6443 MY_NODE_NAME=node-of-the-test
start
until_true 60 'the API server of CLUSTER_ENDPOINT is asked' grep -q '/nodes/node-of-the-test Bearer secret-of-the-pod' "$work/asked"
until_true 60 'the agent is ready again' ready
unset KUBERNETES_SERVICE_HOST CLUSTER_ENDPOINT AWS_VPC_K8S_CNI_LOGLEVEL
tail -n "+$((lines + 1))" "$work/agent.log" | grep ' info ' && fail 'the log has lines of the level info'
echo "asked: $(head -n 1 "$work/asked")"
kill "$agent"
wait "$agent" || fail 'the agent in a pod ends with 0'
kill "$server"
start
until_true 60 'the agent is ready once more' ready
[[ $(ask "$add") == "$given" ]] || fail 'the address is another one after a restart'
"$bin/vpc-agent" pool
kill "$agent"
wait "$agent"
agent=
# What aws-node would read, from a copy of the state: nothing is left of it for the agent.
cp -a "$work/state" "$work/handed"
AWS_VPC_K8S_CNI_BACKING_STORE=$work/ipam.json "$bin/vpc-agent" hand-back "${files[@]}" --state-folder "$work/handed" \
    >"$work/handback.log" 2>&1 || fail 'hand-back ends with 0'
python3 - "$work/ipam.json" "$given" <<'PYTHON' || fail 'the checkpoint is not the pod'"'"'s'
import json, sys
checkpoint = json.load(open(sys.argv[1]))
address = json.loads(sys.argv[2])["attachment"]["addresses"][0]["address"]
assert checkpoint["version"] == "vpc-cni-ipam/1", checkpoint
assert [(entry["containerID"], entry["ifName"], entry["ipv4"]) for entry in checkpoint["allocations"]] == [
    ("c1", "eth0", address)], checkpoint
PYTHON
[[ ! -e $work/handed/journal ]] || fail 'hand-back leaves a journal'
echo "handed back: $(grep -o '"ipv4":"[0-9.]*"' "$work/ipam.json")"
"$bin/vpc-agent" drain "${files[@]}" > "$work/drain.log" 2>&1 || fail 'the drain ends with 0'
left=$(curl -s http://127.0.0.1:4599/_simulator/state | grep -o '"id":"eni-[0-9a-f]*"' | sort -u | wc -l)
((left == 1)) || fail "$left ENIs are left"
echo "drained: the primary ENI is left"
