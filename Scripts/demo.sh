#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# usage: demo.sh PLUGINS
#
# Two containers on a bridge and a world outside, in a throw-away network namespace that plays the host. Every line
# that says "ok" was tested; the first thing that is not as it should be ends the demo with status 1.
set -euo pipefail
here=$(realpath "$(dirname "$0")")

. "$here/demo-stage.sh"
[[ ${2:-} == inside ]] || enter_stage "$here/demo.sh" "$(realpath "$1")" inside

plugins=$1
. "$here/demo-picture.sh"
export PATH=$PATH:/usr/sbin:/sbin

. "$here/demo-output.sh"
. "$here/demo-visitors.sh"

# --- The stage -----------------------------------------------------------------------------------------------------

mount -t tmpfs tmpfs /run
work=$(mktemp -d /tmp/swift-cni-demo.XXXXXX)
mount -t tmpfs tmpfs "$work"  # results and snapshots; goes away with the mount namespace
mkdir -p /run/netns /run/leases
for name in blue green; do ip netns add $name; done
make_outside

network='{
  "cniVersion": "1.1.0", "name": "demo", "type": "bridge",
  "bridge": "demo0", "isDefaultGateway": true, "ipMasq": true,
  "ipam": { "type": "host-local", "dataDir": "/run/leases",
            "ranges": [[{ "subnet": "10.88.0.0/24" }], [{ "subnet": "fd00:88::/64" }]] }
}'

# plugin VERB CONTAINER: the configuration is on stdin, the answer goes to $work/answer, the time to $took.
plugin() {
    local start=$EPOCHREALTIME status=0 end
    CNI_COMMAND=$1 CNI_CONTAINERID=$2 CNI_NETNS=/run/netns/$2 CNI_IFNAME=eth0 CNI_PATH=$plugins \
        "$plugins/bridge" >"$work/answer" || status=$?
    end=$EPOCHREALTIME
    took=$(awk -v a="$start" -v b="$end" 'BEGIN { printf "%.1f ms", (b - a) * 1000 }')
    return $status
}
with_result() { jq --slurpfile result "$work/$1.result" '. + { prevResult: $result[0] }' <<<"$network"; }
error() { jq -r '"code \(.code): \(.msg)\(if .details then "\n" + .details else "" end)"' "$work/answer" 2>/dev/null \
    || cat "$work/answer"; }

# Everything that the plugins could leave behind, in all three namespaces, without counters and timers.
snapshot() {
    local folder=$work/$1 namespace run
    mkdir "$folder"
    for namespace in host blue green outside; do
        run="nsenter --net=/run/netns/$namespace"
        [[ $namespace == host ]] && run=
        $run ip -o -d link >"$folder/$namespace: links"
        $run ip -o address >"$folder/$namespace: addresses"
        { $run ip -4 route show table all; $run ip -6 route show table all; } >"$work/routes"
        # The kernel adds an anycast route for each of a router's own networks (RFC 4291 section 2.6.1): they come
        # with the forwarding switch and are shown with it.
        grep -v '^anycast ' "$work/routes" >"$folder/$namespace: routes" || true
        grep '^anycast ' "$work/routes" | sed "s/^/$namespace: /; s/ table local.*//" >>"$folder/anycast" || true
        { $run ip -4 rule; $run ip -6 rule; } >"$folder/$namespace: rules"
        $run nft --stateless list ruleset | grep -v 'elements = {' >"$folder/$namespace: nft ruleset" || true
    done
    find /run/leases -type f -name '[0-9a-f]*[.:]*[0-9a-f]' ! -name 'last*' | sort >"$folder/leases"
    find /run -path /run/netns -prune -o -type f -print | sort >"$folder/files"
    { echo "net.ipv4.ip_forward = $(</proc/sys/net/ipv4/ip_forward)"
      echo "net.ipv6.conf.all.forwarding = $(</proc/sys/net/ipv6/conf/all/forwarding)"; } >"$folder/switches"
}

# --- The play ------------------------------------------------------------------------------------------------------

printf '%sswift-cni: two containers, one bridge, and the world outside%s\n' "$bold" "$off"
note "Everything happens in a network namespace made for it; your own network is not touched."
snapshot before

title "ADD: the bridge plugin attaches the containers, host-local hands out the addresses"
for name in blue green; do
    plugin ADD $name <<<"$network" || fail "ADD $name: $(error)"
    cp "$work/answer" "$work/$name.result"
    jq -e '(.ips | length) == 2 and (.interfaces | length) == 3' "$work/answer" >/dev/null || fail "$(<"$work/answer")"
    ok "$(printf '%-5s in %s' $name "$took")"
    jq -r '(.ips[] | "       \(.address)  gateway \(.gateway)"),
        "       interfaces \([.interfaces[].name] | join(", "))"' "$work/answer"
done

title "What there is now (drawn from what ip -j says)"
picture demo0 uplink blue green outside

title "The containers reach each other"
address() { ip -n "$1" -j "-$2" address show dev eth0 scope global | jq -r '.[0].addr_info[0].local'; }
pings() {
    local from=$1 to=$2 address=$3 answer
    answer=$(nsenter --net=/run/netns/"$from" ping -n -c 2 -i 0.2 -W 2 "$address" 2>&1) \
        || fail "$from -> $to ($address): $answer"
    ok "$(printf '%-5s -> %-8s %-14s %s' "$from" "$to" "$address" \
        "$(sed -nE 's|.*= [0-9.]+/([0-9.]+)/.*|\1 ms|p' <<<"$answer")")"
}
for family in 4 6; do
    pings blue green "$(address green $family)"
    pings green blue "$(address blue $family)"
done

title "They reach the world outside, which knows no way back to them: the host masquerades"
for family in 4 6; do
    pod=$(address blue $family)
    route=$(ip -n outside "-$family" route get "$pod" 2>&1) && fail "outside has a route to $pod: $route"
    note "outside, asked for a route to $pod: ${route#RTNETLINK answers: }"
done
for name in blue green; do
    pings $name outside 192.0.2.2
    pings $name outside 2001:db8::2
done
visitors=$(visitors nsenter --net=/run/netns/outside | paste -sd , | sed 's/,/, /g')
[[ $visitors == "192.0.2.1, 2001:db8::1" ]] || fail "outside was pinged from $visitors, not only from the host"
ok "outside was pinged from $visitors: the host's own addresses, and no others"
note "How: an element for each address of a container in a verdict map, no rule for each. From nft list ruleset:"
nft -j list table inet cni_masquerade | jq -r '
    .nftables[].map // empty | .elem[]? | .[0] as $key | .[1].jump.target as $chain
    | "       \($key | if type == "object" then .elem.val else . end) : jump \($chain)    \"\($key | if type == "object" then .elem.comment else "" end)\""'

title "CHECK compares what is there with what should be"
for name in blue green; do
    plugin CHECK $name < <(with_result $name) || fail "CHECK $name: $(error)"
    ok "$(printf '%-5s is as described, in %s' $name "$took")"
done
ip -n blue route delete default
plugin CHECK blue < <(with_result blue) && fail "CHECK does not miss a default route"
note "Somebody deletes blue's default route. CHECK says:"
error | sed 's/^/       /'
error | grep -q 'missing: .*route default via 10.88.0.1' || fail "CHECK does not name the route"
ok "that is what is wrong"
ip -n blue route add default via 10.88.0.1 dev eth0

title "DEL: with the result of ADD for blue; without it, by the marks in the kernel, for green"
plugin DEL blue < <(with_result blue) || fail "DEL blue: $(error)"
ok "blue  in $took"
pings green outside 192.0.2.2
plugin DEL green <<<"$network" || fail "DEL green: $(error)"
ok "green in $took"
plugin DEL green <<<"$network" || fail "a second DEL green: $(error)"
ok "green again: nothing left to do is no error"

title "GC: no attachment is valid any more, so what they shared goes, too"
[[ -d /sys/class/net ]] && ip -o link show demo0 >/dev/null || fail "the bridge went with the last container"
jq '. + { "cni.dev/valid-attachments": [] }' <<<"$network" >"$work/collect"
CNI_COMMAND=GC CNI_PATH=$plugins "$plugins/bridge" <"$work/collect" >"$work/answer" || fail "GC: $(error)"
ok "the bridge, its addresses and the nft tables"

title "Before and after: what is left"
snapshot after
for file in "$work"/before/*; do
    aspect=${file##*/}
    case $aspect in files | switches | anycast) continue ;; esac
    diff "$file" "$work/after/$aspect" >"$work/difference" \
        || fail "$aspect differ:"$'\n'"$(<"$work/difference")"
done
ok "links, addresses, routes, rules and nft rulesets of all four namespaces: as before"
ok "leases: none"
left=$(comm -13 "$work/before/files" "$work/after/files")
unexpected=$(grep -vE '^/run/leases/(demo/(lock|last_reserved_ip\.[01])|(demo/)?\.attachments/([^/]+/)*stamp)$' \
    <<<"$left" || true)
[[ -z $unexpected ]] || fail "unexpected files: $unexpected"
note "What stays, on purpose:"
while read -r file; do
    [[ -n $file ]] || continue
    case $file in
        */lock) why="the lock that host-local takes; removing it would make two of it" ;;
        */last_reserved_ip.*) why="so that an address is not handed out again at once" ;;
        *) why="says that the index of leases is up to date" ;;
    esac
    printf '       %-42s %s\n' "$file" "$why"
done <<<"$left"
while read -r line; do
    printf '       %-42s %s\n' "$line" "others on the host may rely on it by now"
done < <(comm -13 "$work/before/switches" "$work/after/switches")
while read -r line; do
    printf '       %-42s %s\n' "$line" "the kernel's own, for as long as it forwards IPv6"
done < <(comm -13 <(sort "$work/before/anycast") <(sort "$work/after/anycast"))

umount "$work" && rmdir "$work"
printf '\n%sEverything was as claimed.%s\n' "$green" "$off"
