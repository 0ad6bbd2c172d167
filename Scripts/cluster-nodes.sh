# SPDX-License-Identifier: Apache-2.0
#
# Nodes of a cluster in namespaces, each with files and processes of its own, and its agent. Sourced, inside of namespaces
# that end with whoever sources it; $agent is the agent's executable.

mount -t tmpfs tmpfs /run
mkdir -p /run/netns
work=$(mktemp -d /run/cluster.XXXXXX)
declare -A node_pid agent_pid

# new_node NUMBER: a node that has only a loopback interface.
new_node() {
    local number=$1
    unshare -mnpu --fork --kill-child --mount-proc --propagation private bash -c \
        "hostname node$number && mount -t tmpfs tmpfs /run && mkdir -p /run/netns && exec sleep infinity" &
    # The namespaces are those of unshare's child.
    until node_pid[$number]=$(pgrep -P $! sleep); do sleep 0.01; done
    ip netns attach "node$number" "${node_pid[$number]}"
    in_node "$number" ip link set lo up
}

# in_node NUMBER COMMAND...
in_node() {
    local number=$1
    shift
    nsenter -t "${node_pid[$number]}" -m -n -p -u "$@"
}

# start_agent NUMBER OPTION...
start_agent() {
    local number=$1
    shift
    nsenter -t "${node_pid[$number]}" -m -n -p -u bash -c 'exec "$@" 2>>/run/agent.log' agent "$agent" run "$@" &
    agent_pid[$number]=$!
}

# stop_agent NUMBER [SIGNAL]: to nsenter's child, which is the agent.
stop_agent() {
    pkill "-${2:-TERM}" -P "${agent_pid[$1]}" || true
    wait "${agent_pid[$1]}" 2>/dev/null || true
}

# status NUMBER PAGE
status() { in_node "$1" curl -s --max-time 5 "http://127.0.0.1:8081/$2"; }

wait_ready() {
    local deadline=$((SECONDS + 90))
    until [[ $(status "$1" readyz) == ok* ]]; do
        ((SECONDS < deadline)) || {
            echo "node$1: $(status "$1" readyz)" >&2
            in_node "$1" cat /run/agent.log >&2
            return 1
        }
        sleep 0.1
    done
}
