# SPDX-License-Identifier: Apache-2.0
#
# containerd's `ctr run --cni`, which runs the plugins itself. Sourced by host.sh.
. "$here/containerd-conf.sh"

title "ctr $(ctr --version | awk '{ print $3 }'): run --cni"
write_network nodes 96
check "containerd starts" start_containerd
check "images import" import_image
snapshot "$work/boot/before"
run() { ctr run --cni "$@"; }
execute() { ctr task exec --exec-id "x$RANDOM$RANDOM" "$@"; }
check "run, and ping the world outside over IPv4" run --rm "$image" short ping -c 1 -W 2 192.0.2.2
check "  over IPv6" run --rm "$image" short ping -c 1 -W 2 2001:db8::2
check "  it has let go of its addresses" says "" leases
check "run one that stays" run --detach "$image" one sh -c 'echo one >/www/index.html; exec httpd -f -p 80 -h /www'
check "run another" run --detach "$image" two sleep 1000
lease_of() { grep -l "^default-$1" /var/lib/cni/networks/nodes/[0-9f]* | xargs -n 1 basename | grep "$2"; }
check "  it reaches the first over IPv4" says one execute two sh -c "$(fetch_script "$(lease_of one 10.)" 80)"
check "  it reaches the first over IPv6" says one execute two sh -c "$(fetch_script "$(lease_of one :)" 80)"
check "  the host reaches the first" says one fetch "http://$(lease_of one 10.)/"
remove() { ctr task kill --signal SIGKILL one && soon ctr task delete one && ctr container delete one; }
check "remove the first: containerd calls no DEL for what ran detached" remove
check "  its addresses stay leased" is 4 "$(leases | wc -l)"
check "cni gc finds that it is gone" mentions "nodes: 1 removed, 1 kept" "$cni" gc
check "  and frees its addresses" is 2 "$(leases | wc -l)"
check "  the other goes on" execute two ping -c 1 -W 2 192.0.2.2
check "kill the other" ctr task kill --signal SIGKILL two
check "GC of the network" soon eval 'collect /etc/cni/net.d && [[ -z $(leases) ]]'
snapshot "$work/boot/after"
check "the host is as it was" same "$work/boot/before" "$work/boot/after"
