#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# usage: demo-migration.sh PLUGINS
#
# Containers that Debian's plugins of the CNI project have attached, then these plugins in their place, and back; then the
# files of a node of flannel's. Pings go on all the time. Every line that says "ok" was tested; the first thing that is not
# as it should be ends the demo with status 1.
set -euo pipefail
here=$(realpath "$(dirname "$0")")
. "$here/demo-stage.sh"
[[ ${2:-} == inside ]] || enter_stage "$here/demo-migration.sh" "$(realpath "$1")" inside

plugins=$1 debian=/usr/lib/cni
export PATH=$PATH:/usr/sbin:/sbin
. "$here/demo-output.sh"
. "$here/demo-visitors.sh"

# --- The stage -----------------------------------------------------------------------------------------------------

mount -t tmpfs tmpfs /run
mkdir -p /run/netns /run/bin /run/net.d /run/pings
for name in blue green red old1 old2 new; do ip netns add $name; ip -n $name link set lo up; done
make_outside
export NETCONFPATH=/run/net.d CNI_PATH=/run/bin

cat >/run/net.d/pods.conflist <<'LIST'
{ "cniVersion": "1.0.0", "name": "pods", "plugins": [{
    "type": "bridge", "bridge": "cni0", "isDefaultGateway": true, "ipMasq": true,
    "ipam": { "type": "host-local", "dataDir": "/run/leases", "ranges": [[{ "subnet": "10.88.0.0/24" }]] } }] }
LIST

# use FOLDER PLUGIN...: puts these executables where the runtime looks for plugins, each in one step.
use() {
    for name in "${@:2}"; do
        cp "$1/$name" "/run/bin/.$name" && mv "/run/bin/.$name" "/run/bin/$name"
    done
}
# cni WORDS...: the tool on this node's cache, which is in libcni's format.
cni() { "$plugins/cni" "$@" --cache-dir /run/cache; }
# call VERB NETWORK NAME: the verb for a container; it has to succeed at once.
call() {
    cni "$1" "$2" "/run/netns/$3" --container-id "$3" >/run/answer 2>&1 || fail "$1 $3: $(</run/answer)"
}
attach() {
    call add "$1" "$2"
    ok "$(printf '%-5s has %s' "$2" "$(jq -r '.ips[0].address' /run/answer)")"
}
leases() { find "/run/leases/$1" -name '10.*' -printf '%f\n' | sort -V | paste -sd ' '; }
expect_leases() { [[ $(leases "$1") == "$2" ]] || fail "leases of $1: $(leases "$1"), not $2"; ok "leases: ${2:-none}"; }
chains() { iptables -t nat -S | grep "id: .*\"$1" || true; }

# Pings from a container, twenty a second, until the end: what is lost is counted.
begin_pings() { nsenter --net=/run/netns/"$1" ping -q -n -i 0.05 "$3" >"/run/pings/$1 to $2" 2>&1 & pings+=($!); }
end_pings() {
    kill -INT "${pings[@]}"
    wait "${pings[@]}" || true
    pings=()
    for file in /run/pings/*; do
        read -r sent received < <(sed -nE 's/^([0-9]+) packets transmitted, ([0-9]+) received.*/\1 \2/p' "$file") \
            || fail "$(<"$file")"
        [[ $sent -gt 0 && $sent == "$received" ]] || fail "${file##*/}: $received of $sent pings were answered"
        ok "${file##*/}: $received of $sent pings were answered"
        rm "$file"
    done
}
pings=()

# --- The play ------------------------------------------------------------------------------------------------------

printf '%sswift-cni: a node changes its plugins while its containers run, and changes them back%s\n' "$bold" "$off"
note "Everything happens in a network namespace made for it; your own network is not touched."

title "Two containers, attached by Debian's package containernetworking-plugins"
use $debian bridge host-local
note "Its version is $(dpkg-query -W -f '${Version}' containernetworking-plugins 2>/dev/null || echo unknown); $(iptables --version)."
for name in blue green; do attach pods $name; done
note "They are masqueraded by iptables, a chain for each:"
iptables -t nat -S POSTROUTING | sed -n 's/^-A/       -A/p'
begin_pings blue green 10.88.0.3
begin_pings blue outside 192.0.2.2
begin_pings green outside 192.0.2.2
note "From now on they ping each other and the world outside, twenty times a second."

title "The executables are replaced by ours: nothing else changes, neither configuration nor files"
use "$plugins" bridge host-local
for name in blue green; do call check pods $name; ok "CHECK by ours: $name is as it should be"; done
attach pods red
expect_leases pods "10.88.0.2 10.88.0.3 10.88.0.4"
note "red is masqueraded by nf_tables, an element for each container:"
nft list map inet cni_masquerade pods4 | sed -n 's/.*elements = {/       elements = {/p'
begin_pings red outside 192.0.2.2

title "Back to Debian's: first the containers that ours has attached are handed back"
note "Debian's DEL fails once where it does not find its chain. cni hand-back makes the chains, by the iptables of this node:"
cni hand-back pods | sed 's/^/       /'
[[ $(chains red | wc -l) -eq 3 ]] || fail "red has no chain: $(iptables -t nat -S)"
nft list map inet cni_masquerade pods4 | grep -q 'pods/red/eth0' && fail "ours masquerades red, too"
ok "red is masqueraded by iptables now, and by ours no more"
use $debian bridge host-local
for name in blue green red; do call check pods $name; ok "CHECK by Debian's: $name is as it should be"; done

title "And to ours again, for good; the pings end here"
use "$plugins" bridge host-local
for name in blue green red; do call check pods $name; done
ok "CHECK by ours: blue, green and red are as they should be"
end_pings
visitors=$(visitors nsenter --net=/run/netns/outside | paste -sd ' ')
[[ $visitors == 192.0.2.1 ]] || fail "outside was pinged from $visitors, not only from the host"
ok "outside was pinged from $visitors alone: containers were masqueraded all the time"

title "DEL: each side detaches what the other has attached"
call del pods blue
ok "blue, which Debian's has attached, by ours"
[[ -z $(chains blue) ]] || fail "ours left $(chains blue)"
[[ -n $(chains green) ]] || fail "ours took green's chain, too"
ok "its chain in iptables is gone, and green's is there"
use $debian bridge host-local
call del pods red
ok "red, which ours has attached, by Debian's, at the first attempt"
use "$plugins" bridge host-local
call del pods green
ok "green, by ours"
expect_leases pods ""
chains=$(iptables -t nat -S | grep CNI- || true)
[[ -z $chains ]] || fail "chains are left: $chains"
ok "iptables has no chain of theirs any more"
[[ $(cni list --json | jq '.attachments | length') -eq 0 ]] || fail "$(cni list)"
ok "the runtime's cache is empty"
nft list table inet cni_masquerade | grep -q 'elements = {' && fail "$(nft list table inet cni_masquerade)"
note "What is left, and how to remove it:"
printf '       %-34s %s\n' "table inet cni_masquerade, empty" "nft delete table inet cni_masquerade; or a GC of a 1.1.0 network" \
    "bridge cni0, which Debian's made" "ip link delete cni0"
nft delete table inet cni_masquerade
ip link delete cni0

title "A node of flannel's: its file, its plugin's network cbr0, two pods"
mkdir -p /run/flannel
cat >/run/flannel/subnet.env <<'ENV'
FLANNEL_NETWORK=10.244.0.0/16
FLANNEL_SUBNET=10.244.1.1/24
FLANNEL_MTU=1450
FLANNEL_IPMASQ=true
ENV
sed 's/^/       /' /run/flannel/subnet.env
# What flannel's plugin makes of that for the bridge plugin.
cat >/run/net.d/10-flannel.conflist <<'LIST'
{ "cniVersion": "1.0.0", "name": "cbr0", "plugins": [{
    "type": "bridge", "mtu": 1450, "ipMasq": false, "isGateway": true, "isDefaultGateway": true, "hairpinMode": true,
    "ipam": { "type": "host-local", "dataDir": "/run/leases", "ranges": [[{ "subnet": "10.244.1.0/24" }]],
              "routes": [{ "dst": "10.244.0.0/16" }] } }] }
LIST
use $debian bridge host-local
for name in old1 old2; do attach cbr0 $name; done
begin_pings old1 old2 10.244.1.3
begin_pings old2 gateway 10.244.1.1

title "Ours in its place: the plugin vxlan, on the same file"
use "$plugins" bridge host-local vxlan
rm /run/net.d/10-flannel.conflist
configure() {
    cat >"/run/net.d/10-$1.conflist" <<LIST
{ "cniVersion": "1.0.0", "name": "$1", "plugins": [{ "type": "vxlan", "hairpinMode": true, "dataDir": "/run/leases" }] }
LIST
}
configure overlay
note "With a network of another name addresses would be given out twice. It is refused:"
cni add overlay /run/netns/new --container-id new >/run/answer 2>&1 && fail "$(</run/answer)"
fold -s -w 100 /run/answer | sed 's/^/       /'
grep -q 'keep the name cbr0' /run/answer || fail "the error does not say what to do"
ok "nothing has changed: $(leases cbr0)"
rm /run/net.d/10-overlay.conflist
configure cbr0
attach cbr0 new
expect_leases cbr0 "10.244.1.2 10.244.1.3 10.244.1.4"
nsenter --net=/run/netns/new ping -q -n -c 2 -i 0.2 -W 2 10.244.1.2 >/dev/null || fail "new does not reach old1"
ok "new reaches old1"
end_pings
for name in old1 old2 new; do call del cbr0 $name; ok "DEL by ours: $name"; done
expect_leases cbr0 ""

printf '\n%sEverything was as claimed.%s\n' "$green" "$off"
