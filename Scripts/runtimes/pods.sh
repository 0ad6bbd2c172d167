# SPDX-License-Identifier: Apache-2.0
#
# Pods by CRI: what the kubelet asks of a runtime for them. Pods are known by their names, and remembered on the disk. Sourced.

mkdir -p "$disk/pods"
cri() { "$here/cri.py" "$socket" "$@"; }
pod() { cat "$disk/pods/$1"; }
network_ready() { cri Status | jq '.status.conditions[] | select(.type == "NetworkReady") | .status'; }

# run_pod NAME [PORTS [ANNOTATIONS [NODE]]]: PORTS and ANNOTATIONS as CRI has them. With NODE it is in the node's network.
run_pod() {
    local mode=0 answer
    [[ ${4:-} != NODE ]] || mode=2
    jq -n --arg name "$1" --argjson ports "${2:-[]}" --argjson annotations "${3:-{\}}" --argjson mode $mode \
        --arg uid "$1-$RANDOM$RANDOM" '{
        metadata: { name: $name, namespace: "test", uid: $uid }, hostname: (if $mode == 0 then $name else "" end), log_directory: "/run/log",
        port_mappings: $ports, annotations: $annotations,
        linux: { security_context: { namespace_options: { network: $mode } } } }' >"$disk/pods/$1.json"
    answer=$(cri RunPodSandbox "{\"config\":$(<"$disk/pods/$1.json")}") || return
    jq -r .pod_sandbox_id <<<"$answer" >"$disk/pods/$1"
}
# serve_in NAME: a container in the pod, that answers with the pod's name over HTTP.
serve_in() {
    local answer container
    answer=$(jq -n --arg pod "$(pod "$1")" --arg name "$1" --arg image "$image" --slurpfile config "$disk/pods/$1.json" '{
        pod_sandbox_id: $pod, sandbox_config: $config[0],
        config: { metadata: { name: "main" }, image: { image: $image }, log_path: "main.log",
                  command: ["sh", "-c", "echo \($name) >/www/index.html; exec httpd -f -p 80 -h /www"] } }' \
        | cri CreateContainer "$(cat)") || return
    container=$(jq -r .container_id <<<"$answer")
    echo "$container" >"$disk/pods/$1.container"
    cri StartContainer "{\"container_id\":\"$container\"}" >/dev/null
}
# in_pod NAME COMMAND...: in its container.
in_pod() {
    cri ExecSync "$(jq -n --arg container "$(<"$disk/pods/$1.container")" '{
        container_id: $container, cmd: $ARGS.positional, timeout: 20 }' --args -- "${@:2}")"
}
fetch_in() { in_pod "$1" sh -c "$(fetch_script "${@:2}")"; }
status() { cri PodSandboxStatus "{\"pod_sandbox_id\":\"$(pod "$1")\"}"; }
# 0 is ready, 1 is not.
state() { status "$1" | jq .status.state; }
addresses() { status "$1" | jq -r '.status.network | [.ip, .additional_ips[].ip] | join(" ")'; }
address() { addresses "$1" | tr ' ' '\n' | grep -F .; }
address6() { addresses "$1" | tr ' ' '\n' | grep -F :; }
stop_pod() { cri StopPodSandbox "{\"pod_sandbox_id\":\"$(pod "$1")\"}" >/dev/null; }
remove_pod() { cri RemovePodSandbox "{\"pod_sandbox_id\":\"$(pod "$1")\"}" >/dev/null; }
# Echoes datagrams in the pod's network: busybox has no server for UDP.
echo_udp_in() {
    local process
    process=$(ctr --namespace k8s.io task list | awk -v pod="$(pod "$1")" '$1 == pod { print $2 }')
    nsenter --net="/proc/$process/ns/net" socat UDP6-RECVFROM:53,ipv6only=0,fork EXEC:cat &
}
