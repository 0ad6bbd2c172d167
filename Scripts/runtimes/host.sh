# SPDX-License-Identifier: Apache-2.0
#
# usage: host.sh PART, as the first process of a host's namespaces
#
# The host that runtimes see: its own /proc, /sys and cgroups, an empty /run, changes to /etc and /opt that are its own,
# /var/lib on the disk that outlives it, the plugins in /opt/cni/bin and nowhere else, and a link to the world outside.
part=$1
here=$(dirname "$0")
. "$here/checks.sh"
. "$here/cgroups.sh"
. "$here/leftovers.sh"

mount -t proc proc /proc
mount_cgroups
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /dev/shm  # podman's locks
mkdir -p /run/netns /run/lock "$work/boot" "$disk/lib" "$disk/cni"
mount -t tmpfs tmpfs "$work/boot"
mkdir "$work/boot/changes" "$work/boot/overlay"
mount -t overlay overlay -o "lowerdir=/etc,upperdir=$work/boot/changes,workdir=$work/boot/overlay" /etc
mount --bind "$disk/lib" /var/lib
mount -t tmpfs tmpfs /opt
mkdir -p /var/lib/cni /opt/cni/bin /etc/cni
# No folder that runtimes look into has another's plugin.
for folder in /usr/lib/cni /usr/libexec/cni /usr/local/lib/cni; do
    if [[ -d $folder ]]; then mount -t tmpfs tmpfs "$folder"; fi
done
rm -rf /etc/cni/net.d /etc/resolv.conf
mkdir /etc/cni/net.d
echo nameserver 127.0.0.1 >/etc/resolv.conf
"$plugins" --install /opt/cni/bin >/dev/null

# The world outside: one link away, without a route back to containers.
ip link set lo up
ip netns add outside
ip link add uplink type veth peer name eth0 netns outside
ip link set uplink addrgenmode none up
ip -n outside link set eth0 addrgenmode none up
ip -n outside link set lo up
ip address add 192.0.2.1/24 dev uplink
ip address add 2001:db8::1/64 dev uplink nodad
ip -n outside address add 192.0.2.2/24 dev eth0
ip -n outside address add 2001:db8::2/64 dev eth0 nodad
outside() { nsenter --net=/run/netns/outside "$@"; }
fetch() { curl --silent --show-error --globoff --max-time 3 "$1"; }

# Every file in a folder where a runtime looks for plugins is the one that was built.
only_ours() {
    local file
    for file in /opt/cni/bin/* /usr/lib/cni/* /usr/libexec/cni/* /usr/local/lib/cni/*; do
        [[ ! -e $file ]] || cmp "$file" "$plugins" || return
    done
    [[ -x /opt/cni/bin/bridge ]]
}
check "$part: no plugin on this host but those that were built" only_ours

. "$here/$part.sh"
