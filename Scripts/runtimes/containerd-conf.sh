# SPDX-License-Identifier: Apache-2.0
#
# containerd on our disk, and its images, which podman makes. Sourced.
. "$here/containers-conf.sh"

socket=/run/containerd/containerd.sock
cat >"$work/boot/containerd.toml" <<CONF
version = 2
root = "$disk/containerd"
state = "/run/containerd"
[grpc]
  address = "$socket"
[plugins."io.containerd.internal.v1.opt"]
  path = "$disk/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "$image"
  stream_server_port = "0"
  disable_apparmor = true
  # A lower score than the parent's takes a capability that not every root has.
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/opt/cni/bin"
    conf_dir = "/etc/cni/net.d"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      BinaryName = "$(command -v runc)"
      SystemdCgroup = false
CONF
ctr() { timeout 60 ctr --address "$socket" "$@"; }

start_containerd() {
    containerd --config "$work/boot/containerd.toml" >>"$work/boot/containerd.log" 2>&1 &
    echo $! >/run/containerd.pid
    patience=60 soon ctr version
}
kill_containerd() { kill -KILL "$(</run/containerd.pid)"; }
import_image() {
    make_image >/dev/null
    podman save --quiet --format docker-archive --output "$work/boot/image.tar" "$image"
    for namespace in default k8s.io; do ctr --namespace $namespace images import "$work/boot/image.tar"; done
}
# write_network NAME SUBNET: a chain as a node has it, of the plugins that are there.
write_network() {
    cat >"/etc/cni/net.d/10-$1.conflist" <<CONF
{ "cniVersion": "1.0.0", "name": "$1", "plugins": [
  { "type": "bridge", "bridge": "br-$1", "isGateway": true, "ipMasq": true, "hairpinMode": true,
    "ipam": { "type": "host-local", "ranges": [[{ "subnet": "10.$2.0.0/24" }], [{ "subnet": "fd00:$2::/64" }]],
              "routes": [{ "dst": "0.0.0.0/0" }, { "dst": "::/0" }] } },
  { "type": "portmap", "capabilities": { "portMappings": true } },
  { "type": "firewall" },
  { "type": "bandwidth", "capabilities": { "bandwidth": true } },
  { "type": "tuning" } ] }
CONF
    cut_to_present "/etc/cni/net.d/10-$1.conflist"
}
