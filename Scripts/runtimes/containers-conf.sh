# SPDX-License-Identifier: Apache-2.0
#
# podman and buildah with the CNI backend, on our disk, and the one image of all tests, made of busybox. Sourced.

export CONTAINERS_CONF=$work/boot/containers.conf
mkdir -p "$disk/networks"
cat >"$CONTAINERS_CONF" <<CONF
[containers]
log_driver = "k8s-file"
# podman raises limits to the machine's; that takes a capability that not every root has.
default_ulimits = ["nofile=1024:1024", "nproc=1000:1000"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "runc"
tmp_dir = "/run/podman"
[network]
network_backend = "cni"
cni_plugin_dirs = ["/opt/cni/bin"]
network_config_dir = "$disk/networks"
CONF
storage=(--root "$disk/containers" --runroot /run/containers --storage-driver overlay)
podman() { timeout 60 podman "${storage[@]}" "$@"; }

image=localhost/busybox:1
make_image() {
    local root=$work/boot/image applet
    mkdir -p "$root/bin" "$root/www/cgi-bin" "$root/tmp" "$root/etc"
    cp /bin/busybox "$root/bin/busybox"
    for applet in $(/bin/busybox --list); do [[ $applet == busybox ]] || ln -s busybox "$root/bin/$applet"; done
    # What a visitor's address looks like from within.
    printf '#!/bin/sh\nprintf "Content-type: text/plain\\n\\n%%s\\n" "$(echo "$REMOTE_ADDR" | sed "s/^\\[//; s/^::ffff://; s/]$//")"\n' >"$root/www/cgi-bin/visitor"
    chmod +x "$root/www/cgi-bin/visitor"
    tar -C "$root" -cf "$work/boot/image.tar" .
    podman import --quiet --change 'CMD ["/bin/sleep","100000"]' --change 'ENV PATH=/bin' "$work/boot/image.tar" "$image"
    rm -r "$root" "$work/boot/image.tar"
}
# Takes out of a configuration the plugins that are not there, and says so: the others can be tested all the same.
cut_to_present() {
    local plugin
    for plugin in $(jq -r '.plugins[].type' "$1"); do
        if has "$plugin"; then continue; fi
        note "$(basename "$1") without $plugin, which is not there"
        jq --arg plugin "$plugin" 'del(.plugins[] | select(.type == $plugin))' "$1" >"$1.cut"
        mv "$1.cut" "$1"
    done
}

within() { podman exec "$@"; }
# fetch_within CONTAINER ADDRESS PORT [PATH]: by nc, since Debian's busybox crashes as wget.
fetch_script() { echo "printf 'GET ${3:-/} HTTP/1.0\\r\\n\\r\\n' | nc -w 3 $1 $2 | tail -n 1"; }
fetch_within() { within "$1" sh -c "$(fetch_script "${@:2}")"; }
# GC of podman's default network, which is in no file.
collect_default() {
    mkdir -p "$work/boot/default"
    cat >"$work/boot/default/podman.conflist" <<CONF
{ "cniVersion": "1.1.0", "name": "podman", "plugins": [
  { "type": "bridge", "bridge": "cni-podman0", "isGateway": true, "ipMasq": true, "hairpinMode": true,
    "ipam": { "type": "host-local", "ranges": [[{ "subnet": "10.88.0.0/16" }]], "routes": [{ "dst": "0.0.0.0/0" }] } },
  { "type": "portmap" }, { "type": "firewall" }, { "type": "tuning" } ] }
CONF
    collect "$work/boot/default"
}
