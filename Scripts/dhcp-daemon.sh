# SPDX-License-Identifier: Apache-2.0
#
# What the tests of the dhcp plugin's daemon have in common, for them to source: they set $title and $bin, and have `works`.
dhcp=$bin/dhcp
leases=/run/cni/dhcp.sock.leases
daemon='' server=''
end() {
    if [[ -n $daemon ]]; then kill -9 "$daemon" 2>/dev/null || true; fi
    if [[ -n $server ]]; then kill "$server" 2>/dev/null || true; fi
}
trap end EXIT
fail() {
    echo "$title: $*" >&2
    for log in /run/*.log; do echo "--- $log" >&2; tail -60 "$log" >&2; done
    exit 1
}
# until_true SECONDS WHAT COMMAND...
until_true() {
    local end=$((SECONDS + $1)) what=$2
    shift 2
    until "$@" >/dev/null 2>&1; do
        ((SECONDS < end)) || fail "waited in vain for $what"
        sleep 0.1
    done
}
start_daemon() {
    "$dhcp" daemon "$@" 2>>/run/daemon.log &
    daemon=$!
    until_true 20 "the daemon" works STATUS lease
}
kill_daemon() {
    kill -9 "$daemon" 2>/dev/null || true
    wait "$daemon" 2>/dev/null || true
    daemon=''
}
stop_server() {
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
    server=''
}
with_result() { jq --argjson result "$1" '. + {prevResult: $result}'; }
lacks() { ! has "$@"; }
count() { grep -c "$1" /run/server.log || true; }
more() { (($(count "$1") > $2)); }
started() { grep -q "$1" /run/server.log; }
