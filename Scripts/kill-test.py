# SPDX-License-Identifier: Apache-2.0
"""See kill-test.sh. Runs in a throw-away mount and network namespace."""

import atexit
import collections
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time

plugins = sys.argv[1]
kinds = sys.argv[2:]
folder = "/run/kill-test"
configurations = [
    {
        "cniVersion": "1.1.0", "name": "killed", "type": "bridge", "bridge": "br0",
        "isDefaultGateway": True, "ipMasq": True, "macspoofchk": True,
        "ipam": {"type": "host-local", "dataDir": folder + "/leases",
                 "ranges": [[{"subnet": "10.90.0.0/24"}], [{"subnet": "fd00:90::/64"}]]},
    },
    {
        "cniVersion": "1.1.0", "name": "overlay", "type": "vxlan", "bridge": "br1", "macspoofchk": True,
        "subnetFile": folder + "/subnet.env", "dataDir": folder + "/leases",
    },
    {
        "cniVersion": "1.1.0", "name": "delegated", "type": "flannel",
        "subnetFile": folder + "/subnet.env", "dataDir": folder + "/flannel",
        "delegate": {"bridge": "br2", "isDefaultGateway": True, "macspoofchk": True},
        "ipam": {"dataDir": folder + "/leases"},
    },
    {
        "cniVersion": "1.1.0", "name": "pods", "type": "vpc-eni", "agentSocket": folder + "/agent.sock",
        "releasedFolder": folder + "/released",
    },
    {
        "cniVersion": "1.1.0", "name": "lonely", "type": "vpc-eni", "mode": "exclusive",
        "agentSocket": folder + "/agent.sock", "releasedFolder": folder + "/released",
    },
]
configurations += [
    {
        "cniVersion": "1.1.0", "name": kind, "type": kind, **keys,
        "ipam": {"type": "host-local", "dataDir": folder + "/leases",
                 "ranges": [[{"subnet": f"10.93.{number}.0/24"}], [{"subnet": f"fd00:93:{number}::/64"}]]},
    }
    for number, (kind, keys) in enumerate([
        ("ptp", {"ipMasq": True}),
        ("macvlan", {"master": "ens6"}),
        ("host-device", {"device": "ens7"}),
        ("tap", {"owner": 1000}),
    ])
]
configurations.append({
    "cniVersion": "1.1.0", "name": "leased", "type": "bridge", "bridge": "br3",
    "ipam": {"type": "dhcp", "daemonSocketPath": folder + "/dhcp.sock"},
})
# What comes after another plugin in a chain: the interface is of another network, which a GC of this one leaves alone.
interface = {
    "cniVersion": "1.1.0", "name": "wired", "type": "bridge", "bridge": "br9", "isDefaultGateway": True,
    "ipam": {"type": "host-local", "dataDir": folder + "/leases",
             "ranges": [[{"subnet": "10.94.0.0/24"}], [{"subnet": "fd00:94::/64"}]]},
}
chained = [
    {"cniVersion": "1.1.0", "name": "chained", "type": kind, **keys}
    for kind, keys in [
        ("portmap", {"runtimeConfig": {"portMappings": [{"hostPort": 8080, "containerPort": 80}]}}),
        ("firewall", {"ingressPolicy": "isolated"}),
        ("tuning", {"mac": "02:00:00:00:00:77", "mtu": 1400, "promisc": True, "allmulti": True, "txQLen": 77,
                    "sysctl": {"net.ipv4.conf.IFNAME.arp_filter": "1"}}),
        ("bandwidth", {"ingressRate": 16000000, "ingressBurst": 1600000, "egressRate": 8000000, "egressBurst": 800000}),
        ("sbr", {}),
        ("vrf", {"vrfname": "blue"}),
    ]
]
subnet_file = """FLANNEL_NETWORK=10.91.0.0/16
FLANNEL_SUBNET=10.91.1.1/24
FLANNEL_IPV6_NETWORK=fd00:91::/48
FLANNEL_IPV6_SUBNET=fd00:91:0:1::1/64
FLANNEL_MTU=1450
FLANNEL_IPMASQ=false
"""


class Agent(threading.Thread):
    """An agent that gives each attachment of vpc-eni addresses of a secondary ENI, or that ENI, and knows who has some."""

    def __init__(self):
        super().__init__(daemon=True)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(folder + "/agent.sock")
        self.listener.listen()
        self.given = set()

    def run(self):
        while True:
            connection, _ = self.listener.accept()
            try:
                # The answer goes out when the stream is closed.
                with connection, connection.makefile("rwb") as stream:
                    line = stream.readline()
                    stream.write(json.dumps(self.answer(json.loads(line))).encode() + b"\n")
            except (ValueError, OSError):
                pass  # the plugin was killed: half a line, or nobody there for the answer

    def answer(self, request):
        owner = (request["network"], request.get("containerID"), request.get("interface"))
        if request["verb"] == "delete":
            self.given.discard(owner)
        if request["verb"] == "gc":
            self.given = {other for other in self.given if other[0] != request["network"]}
        if request["verb"] != "add":
            return {"version": 1}
        self.given.add(owner)
        eni = {"mac": "02:00:00:00:00:02", "link": "ens6", "deviceIndex": 1, "table": 2}
        addresses = [
            {"address": "10.92.0.9", "eni": {**eni, "subnet": "10.92.0.0/24", "gateway": "10.92.0.1",
                                             "primaryAddress": "10.92.0.4"}},
            {"address": "fd00:92::9", "eni": {**eni, "subnet": "fd00:92::/64", "gateway": "fe80::1",
                                              "primaryAddress": "fd00:92::4"}},
        ]
        return {"version": 1, "attachment": {"mode": request["mode"], "mtu": 1500, "addresses": addresses}}


class Server(threading.Thread):
    """A DHCP server on a bridge, which gives everybody one address."""

    def __init__(self, bridge):
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, bridge.encode())
        self.socket.bind(("", 67))

    def run(self):
        kinds = {1: 2, 3: 5}  # discover and request: offer and acknowledgement
        own, cookie = bytes([10, 94, 0, 1]), bytes([99, 130, 83, 99])
        while True:
            message = self.socket.recv(2000)
            kind = kinds.get(message[242])  # the first option of our client's is the kind
            if kind is None:
                continue
            options = bytes([53, 1, kind, 54, 4, *own, 51, 4, 0, 0, 14, 16, 1, 4, 255, 255, 255, 0, 3, 4, *own, 255])
            answer = (bytes([2, 1, 6, 0]) + message[4:8] + bytes([0, 0, 128, 0, 0, 0, 0, 0, 10, 94, 0, 9]) + own
                      + bytes(4) + message[28:44] + bytes(192) + cookie + options)
            self.socket.sendto(answer, ("255.255.255.255", 68))


def plugin(configuration, command, extra=None, before=()):
    environment = dict(os.environ, CNI_COMMAND=command, CNI_CONTAINERID="victim", CNI_IFNAME="eth0",
                       CNI_NETNS="/run/netns/victim", CNI_PATH=plugins)
    return subprocess.run([*before, f"{plugins}/{configuration['type']}"], env=environment, capture_output=True,
                          input=json.dumps({**configuration, **(extra or {})}).encode())


COLLECT_ALL = {"cni.dev/valid-attachments": []}


def output(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def snapshot():
    leases = subprocess.run(["find", folder, "-type", "f", "!", "-name", "lock", "!", "-name", "stamp",
                             "!", "-name", "last_reserved_ip.*"], capture_output=True, text=True).stdout
    records = subprocess.run(["find", "/run/swift-cni", "-type", "f"], capture_output=True, text=True).stdout
    rules = output("ip", "-4", "rule") + output("ip", "-6", "rule")
    container = output("nsenter", "--net=/run/netns/victim", "sh", "-c",
                       "ip -br address; ip link; ip rule; ip -6 rule; cat /proc/sys/net/ipv4/conf/*/arp_filter;"
                       "for family in -4 -6; do ip $family route show table main;"
                       "ip $family route show table all proto 68; done")
    return "\n".join([output("ip", "-br", "address"), output("tc", "qdisc"), output("nft", "list", "ruleset"), leases,
                      records, rules, f"given {sorted(agent.given)}", container])


def succeed(result, what):
    if result.returncode != 0:
        sys.exit(f"kill-test: {what}: {result.stdout.decode()} {result.stderr.decode()}")


def kill(configuration):
    words = [configuration["type"], *configuration.get("mode", "").split()]
    if configuration.get("ipam", {}).get("type") == "dhcp":
        words.append("with dhcp")
    kind = " ".join(words)
    trace = folder + ".trace"
    # Two are traced: the first makes folders, which are there for those that are killed.
    traces = []
    for before in ([], ["strace", "-o", trace], ["strace", "-o", trace]):
        succeed(plugin(configuration, "ADD", before=before), f"{kind} ADD")
        succeed(plugin(configuration, "DEL"), f"{kind} DEL")
        succeed(plugin(configuration, "GC", COLLECT_ALL), f"{kind} GC")
        if before:
            with open(trace) as file:
                traces.append(collections.Counter(re.findall(r"^(\w+)\(", file.read(), re.MULTILINE)))
    # strace counts the calls of each kind by themselves. A look at a table that changes meanwhile is taken again.
    calls = traces[0] & traces[1]
    rare = (traces[0] | traces[1]) - calls
    if rare.total() > 20:
        print(f"kill-test: calls of one ADD of {kind} in two alone: {dict(rare)}")
    moments = [(name, number) for name in calls for number in range(1, calls[name] + 1)
               if name not in ("execve", "exit_group")]
    before = snapshot()
    # A GC does not know where a container's namespace is: while that lives, only a DEL brings a link home, or removes it.
    is_in_container = configuration.get("mode") == "exclusive" or kind in (
        "macvlan", "host-device", "tap", "tuning", "sbr", "vrf")
    verbs = (("DEL", {}), ("GC", COLLECT_ALL))[:1 if is_in_container else 2]
    for verb, extra in verbs:
        kills = 0
        for name, number in moments:
            strace = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"inject={name}:signal=KILL:when={number}"]
            # A call that depends on chance, such as another brk(2), may not come this time.
            kills += plugin(configuration, "ADD", before=strace).returncode != 0
            moment = f"a kill of {kind} at {name} number {number}"
            succeed(plugin(configuration, verb, extra), f"{verb} after {moment}")
            marks = [line for line in (output("ip", "-d", "link") + output("nft", "list", "ruleset")).splitlines()
                     if f"{configuration['name']}/victim/eth0" in line]
            if marks:
                sys.exit(f"kill-test: of the attachment's, left by {moment} and {verb}:\n{marks}")
            succeed(plugin(configuration, "GC", COLLECT_ALL), f"GC after {verb} after {moment}")
            after = snapshot()
            if after != before:
                sys.exit(f"kill-test: left by {moment} and {verb}:\n{after}\nbefore:\n{before}")
        print(f"kill-test: {kills} kills of {kind}'s ADD at {len(moments)} system calls, then {verb}: "
              "nothing left")
        if kills < len(moments) * 9 // 10:
            sys.exit("kill-test: too few of the calls came")


subprocess.run("mount --make-rprivate / && mount -t tmpfs none /run && mkdir -p /run/netns && ip link set lo up "
               "&& ip netns add victim", shell=True, check=True)
os.makedirs(folder)
with open(folder + "/subnet.env", "w") as file:
    file.write(subnet_file)
agent = Agent()
agent.start()
# An ENI that a pod can have as a whole.
subprocess.run("ip link add ens7 alias spare type veth peer name vpc7 && ip link set vpc7 up && ip link set ens7 up",
               shell=True, check=True)
subprocess.run("ip link add ens6 address 02:00:00:00:00:02 type veth peer name vpc6 && ip link set vpc6 up "
               "&& ip link set ens6 up && ip address add 10.92.0.4/24 dev ens6 && ip address add fd00:92::4/64 dev ens6 nodad",
               shell=True, check=True)
# A port of its own keeps the bridge in one state.
subprocess.run("ip link add br3 type bridge && ip address add 10.94.0.1/24 dev br3 && ip link set br3 up "
               "&& ip link add port3 type veth peer name far3 && ip link set port3 up master br3 && ip link set far3 up",
               shell=True, check=True)
while output("ip", "-br", "link", "show", "br3").split()[1] != "UP":
    time.sleep(0.05)
Server("br3").start()
daemon = subprocess.Popen([plugins + "/dhcp", "daemon", "-socketpath", folder + "/dhcp.sock"],
                          stderr=open(folder + ".dhcp", "w"))
while not os.path.exists(folder + "/dhcp.sock") and daemon.poll() is None:
    time.sleep(0.05)
atexit.register(daemon.kill)
for configuration in configurations:
    if not kinds or configuration["type"] in kinds:
        kill(configuration)
chained = [configuration for configuration in chained if not kinds or configuration["type"] in kinds]
# The first domain of a namespace leaves a rule behind, which is there before.
inside = ["nsenter", "--net=/run/netns/victim", "ip", "link"]
if subprocess.run([*inside, "add", "probe", "type", "vrf", "table", "7"], capture_output=True).returncode == 0:
    output(*inside, "delete", "probe")
elif any(configuration["type"] == "vrf" for configuration in chained):
    chained = [configuration for configuration in chained if configuration["type"] != "vrf"]
    print("kill-test: vrf skipped, this kernel has none")
if chained:
    added = plugin(interface, "ADD")
    succeed(added, "ADD of the interface")
    subprocess.run(["iptables", "-P", "FORWARD", "ACCEPT"], check=True)  # makes the chain
    for configuration in chained:
        kill({**configuration, "prevResult": json.loads(added.stdout)})
