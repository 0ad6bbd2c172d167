# SPDX-License-Identifier: Apache-2.0
#
# podman after a power cut: the same disk, with its containers and with the leases and results of the plugins, on a host that
# has just come up. Sourced by host.sh.
. "$here/containers-conf.sh"
snapshot "$work/boot/nothing"
address() { podman inspect "$1" --format "{{(index .NetworkSettings.Networks \"kept\").$2}}"; }

title "podman: after a power cut"
check "leases and results are on the disk: nobody has called DEL" is "4 2" "$(leases | wc -l) $(results | wc -l)"
# podman's package has systemd remove them at boot: podman relies on that, and calls ADD, not DEL, for what it starts again.
forgotten=$(awk '$1 == "D!" { print $2 }' /usr/lib/tmpfiles.d/podman.conf 2>/dev/null || true)
for folder in $forgotten; do rm -rf "${folder:?}"/*; done
check "podman's package has leases removed at boot" says "" leases
check "start web" podman start web
check "start peer" podman start peer
check "  peer reaches web over IPv4" says web fetch_within peer "$(address web IPAddress)" 80
check "  peer reaches web over IPv6" says web fetch_within peer "$(address web GlobalIPv6Address)" 80
needs=portmap check "  web's port answers from outside" says web outside curl -s --max-time 3 http://192.0.2.1:18081/
check "  they have two leases each" is 4 "$(leases | wc -l)"
check "remove all" podman rm --all --force --time 0
check "  no lease" says "" leases
check "  no entry in the cache" says "" results
check "GC of the network" collect "$disk/networks"
check "network rm" podman network rm kept
sed -i -E '/^(lease|result) /d' "$work/boot/nothing"
snapshot "$work/boot/after"
check "nothing is left, of before the power cut or since" same "$work/boot/nothing" "$work/boot/after"
