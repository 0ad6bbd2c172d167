# SPDX-License-Identifier: Apache-2.0
#
# containerd's CRI after a power cut: its pods, their leases and results are on the disk, and no namespace, link or rule is left
# of them. Sourced by host.sh.
. "$here/containerd-conf.sh"
. "$here/pods.sh"

title "containerd, CRI: after a power cut"
write_network pods 97
snapshot "$work/boot/nothing"
sed -i -E '/^(lease|result) /d' "$work/boot/nothing"
check "leases of before are on the disk: nobody has called DEL" is 4 "$(leases | wc -l)"
check "containerd starts" start_containerd
check "web is there, and not ready" is 1 "$(state web)"
old=$(pod web)
ports='[{"container_port":80,"host_port":18081}]'
check "run web anew, with the same port, while the old one is not removed" run_pod web "$ports"
check "  start its container" serve_in web
check "  it answers" says web fetch "http://$(address web)/"
needs=portmap check "  its port answers" says web outside curl -s --max-time 3 http://192.0.2.1:18081/
check "stop the old web: its namespace is no more" cri StopPodSandbox "{\"pod_sandbox_id\":\"$old\"}"
check "remove the old web" cri RemovePodSandbox "{\"pod_sandbox_id\":\"$old\"}"
check "stop the old peer" stop_pod peer
check "remove the old peer" remove_pod peer
check "  the new web goes on" says web fetch "http://$(address web)/"
needs=portmap check "  its port answers" says web outside curl -sg --max-time 3 http://[2001:db8::1]:18081/
check "  only its leases are left" says 2 eval 'leases | wc -l'
check "stop the new web" stop_pod web
check "remove the new web" remove_pod web
check "  no lease" says "" leases
check "  no entry in the cache" says "" results
check "GC of the network" collect /etc/cni/net.d
snapshot "$work/boot/after"
check "nothing is left, of before the power cut or since" same "$work/boot/nothing" "$work/boot/after"
