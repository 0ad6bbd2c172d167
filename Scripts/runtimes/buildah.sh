# SPDX-License-Identifier: Apache-2.0
#
# buildah: commands of a build that use the network. buildah names the network's namespace by a descriptor,
# /proc/PROCESS/fd/NUMBER. Sourced by host.sh.
. "$here/containers-conf.sh"
buildah() { timeout 60 buildah "${storage[@]}" --cgroup-manager cgroupfs "$@"; }

make_image >/dev/null
snapshot "$work/boot/before"
cat >"$work/boot/answer" <<'ANSWER'
#!/bin/sh
read -r request
printf 'HTTP/1.0 200 OK\r\n\r\nthe world sees %s\n' "$SOCAT_PEERADDR"
ANSWER
chmod +x "$work/boot/answer"
outside socat TCP4-LISTEN:80,fork,reuseaddr "EXEC:$work/boot/answer" &

title "buildah $(buildah version --json | jq -r .version)"
check "network create" podman network create --subnet 10.95.0.0/24 --ipv6 --subnet fd00:95::/64 building
cut_to_present "$disk/networks/building.conflist"
check "from" buildah from --name work "$image"
check "run: it fetches from the world outside, as the host" \
    says "the world sees 192.0.2.1" buildah run --isolation oci --network building work sh -c "$(fetch_script 192.0.2.2 80)"
check "run: it pings the world outside over IPv6" \
    buildah run --isolation oci --network building work ping -c 1 -W 2 2001:db8::2
cat >"$work/boot/Containerfile" <<FILE
FROM $image
RUN $(fetch_script 192.0.2.2 80) >/www/fetched
RUN ping -c 1 -W 2 2001:db8::2
FILE
mkdir "$work/boot/context"
check "bud: a build that fetches from the world outside" \
    buildah bud --isolation oci --network building --pull-never -t localhost/built:1 -f "$work/boot/Containerfile" "$work/boot/context"
check "  the image has what it fetched" says "the world sees 192.0.2.1" \
    podman run --pull never --rm --network none localhost/built:1 cat /www/fetched
needs="portmap firewall tuning" check "run: in podman's default network, which is in no file" \
    buildah run --isolation oci work ping -c 1 -W 2 192.0.2.2
check "remove the working container" buildah rm work
check "  no lease" says "" leases
check "  no entry in the cache" says "" results
check "  no set element" says "" elements
check "GC of the network" collect "$disk/networks"
needs="portmap firewall tuning" check "GC of the default network" collect_default
check "network rm" podman network rm building
snapshot "$work/boot/after"
check "the host is as it was" same "$work/boot/before" "$work/boot/after"
