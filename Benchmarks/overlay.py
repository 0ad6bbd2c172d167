# SPDX-License-Identifier: Apache-2.0
"""Measures the overlay's agent with thousands of other nodes, beside ip(8) and bridge(8) with the same entries.

Started by `make bench-overlay` in a network and mount namespace of its own, with a real etcd.
"""

import base64
import http.client
import json
import os
import signal
import socket
import statistics
import struct
import subprocess
import sys
import time

AGENT, ROUNDS, PEERS = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
WORK = "/run/bench"
ETCD = ("127.0.0.1", 2379)
PREFIX = "/coreos.com/network"
SYSTEM_TICKS = os.sysconf("SC_CLK_TCK")


def run(*command, **options):
    return subprocess.run(command, check=True, capture_output=True, text=True, **options).stdout


def gateway(path, body):
    connection = http.client.HTTPConnection(*ETCD, timeout=30)
    connection.request("POST", f"/v3/{path}", json.dumps(body))
    answer = json.loads(connection.getresponse().read())
    connection.close()
    return answer


def text(value):
    return base64.b64encode(value.encode()).decode()


class Peer:
    """Another node: its subnet, its MAC address and its address."""

    def __init__(self, number, generation=0):
        self.subnet = f"10.{16 + number // 256}.{number % 256}.0"
        self.mac = f"02:{generation:02x}:{number >> 24 & 255:02x}:{number >> 16 & 255:02x}:" \
                   f"{number >> 8 & 255:02x}:{number & 255:02x}"
        self.address = f"172.{16 + number // 65536}.{number // 256 % 256}.{number % 256}"

    def put(self):
        value = {"PublicIP": self.address, "PublicIPv6": None, "BackendType": "vxlan",
                 "BackendData": {"VNI": 1, "VtepMAC": self.mac}}
        return {"request_put": {"key": text(f"{PREFIX}/subnets/{self.subnet}-24"), "value": text(json.dumps(value))}}


def write_peers(peers):
    for start in range(0, len(peers), 100):  # etcd takes 128 operations in a transaction
        gateway("kv/txn", {"success": [peer.put() for peer in peers[start:start + 100]]})


def batches(peers):
    with open(f"{WORK}/ip.batch", "w") as file:
        for peer in peers:
            file.write(f"neighbour replace {peer.subnet} lladdr {peer.mac} dev flannel.1 nud permanent\n")
        for peer in peers:
            file.write(f"route replace {peer.subnet}/24 via {peer.subnet} dev flannel.1 onlink proto 67\n")
    with open(f"{WORK}/bridge.batch", "w") as file:
        for peer in peers:
            file.write(f"fdb append {peer.mac} dev flannel.1 dst {peer.address} self permanent\n")


def by_commands():
    """What ip and bridge take for the same entries, in seconds."""
    run("ip", "link", "add", "flannel.1", "address", "02:ff:00:00:00:01", "mtu", "1450", "type", "vxlan", "id", "1",
        "local", "192.0.2.1", "dev", "uplink", "dstport", "8472", "nolearning")
    run("ip", "address", "add", "10.15.0.0/32", "dev", "flannel.1")
    run("ip", "link", "set", "flannel.1", "up")
    start = time.monotonic()
    run("bridge", "-batch", f"{WORK}/bridge.batch")
    run("ip", "-batch", f"{WORK}/ip.batch")
    took = time.monotonic() - start
    run("ip", "link", "delete", "flannel.1")
    return took


class Agent:
    """The agent, started and ready."""

    def __init__(self):
        self.log = open(f"{WORK}/agent.log", "w")
        self.start = time.monotonic()
        self.process = subprocess.Popen(
            [AGENT, "run", "--store", "etcd", "--iface", "uplink", "--record-file", f"{WORK}/agent.json",
             "--subnet-file", f"{WORK}/subnet.env", "--log-level", "warning"], stderr=self.log)
        while not self.is_ready():
            if time.monotonic() - self.start > 120:
                sys.exit(f"the agent is not ready: {self.page('readyz')}\n{open(f'{WORK}/agent.log').read()}")
            time.sleep(0.002)
        self.took = time.monotonic() - self.start

    def page(self, name):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", 8081, timeout=5)
            connection.request("GET", f"/{name}")
            return connection.getresponse().read().decode()
        except OSError:
            return ""

    def is_ready(self):
        return self.page("readyz") == "ok\n"

    def metric(self, name):
        for line in self.page("metrics").splitlines():
            if line.startswith(f"{name} "):
                return float(line.split()[-1])
        sys.exit(f"no metric {name}")

    def memory(self, key):
        with open(f"/proc/{self.process.pid}/status") as file:
            for line in file:
                if line.startswith(key + ":"):
                    return int(line.split()[1]) / 1024
        return 0

    def cpu(self):
        with open(f"/proc/{self.process.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / SYSTEM_TICKS

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()
        run(AGENT, "cleanup", "--record-file", f"{WORK}/agent.json", "--subnet-file", f"{WORK}/subnet.env")


def lease_latency(number, generation):
    """The time from etcd's answer to the last of the three entries of a node that has another MAC address."""
    events = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
    events.bind((0, 1 << 2))  # RTNLGRP_NEIGH: neighbours and forwarding entries
    events.settimeout(10)
    peer = Peer(number, generation)
    mac = bytes.fromhex(peer.mac.replace(":", ""))
    start = time.monotonic()
    write_peers([peer])
    seen = set()
    while len(seen) < 2:
        data = events.recv(65536)
        while len(data) >= 16:
            length, kind = struct.unpack("IH", data[:6])
            if kind == 28 and mac in data[:length]:  # RTM_NEWNEIGH
                seen.add(data[16])  # the family: AF_INET for neighbours, AF_BRIDGE for forwarding entries
            data = data[(length + 3) & ~3:]
    events.close()
    return (time.monotonic() - start) * 1000


def row(name, value, unit, bar=None):
    verdict = "" if bar is None else f"  bar {bar:g}{unit}  {'met' if value <= bar else 'MISSED'}"
    print(f"{name:<64} {value:8.2f} {unit}{verdict}", flush=True)


def main():
    os.makedirs(WORK, exist_ok=True)
    run("ip", "link", "set", "lo", "up")
    run("ip", "link", "add", "uplink", "type", "veth", "peer", "name", "far")
    run("ip", "link", "set", "uplink", "up")
    run("ip", "link", "set", "far", "up")
    run("ip", "address", "add", "192.0.2.1/24", "dev", "uplink")
    # Permanent neighbours count, too, on kernels before 5.0.
    for threshold in (1, 2, 3):
        try:
            with open(f"/proc/sys/net/ipv4/neigh/default/gc_thresh{threshold}", "w") as file:
                file.write(str(PEERS * 4))
        except OSError:
            pass
    etcd = subprocess.Popen(
        ["etcd", "--data-dir", f"{WORK}/etcd"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(300):
        try:
            gateway("kv/put", {"key": text(f"{PREFIX}/config"), "value": text(json.dumps({"Network": "10.0.0.0/8"}))})
            break
        except OSError:
            time.sleep(0.1)
    try:
        measure()
    finally:
        etcd.kill()
        etcd.wait()


def measure():
    peers = [Peer(number) for number in range(PEERS)]
    write_peers(peers)
    batches(peers)
    ours, kernel, others = [], [], []
    for _ in range(ROUNDS):
        others.append(by_commands())
        agent = Agent()
        ours.append(agent.took)
        kernel.append(agent.metric("vxlan_agent_lease_change_duration_seconds_sum"))
        agent.end()
    print(f"{PEERS} other nodes, {ROUNDS} rounds in turns, medians. Linux {os.uname().release}, "
          f"{os.cpu_count()} processors.\n")
    other = statistics.median(others)
    row("ip -batch and bridge -batch", other * 1000, "ms")
    row("the agent, from exec(2) to ready, with etcd's answer", statistics.median(ours) * 1000, "ms")
    row("of that, comparing and changing the kernel", statistics.median(kernel) * 1000, "ms")
    row("the agent from a standing start, other: ip and bridge", statistics.median(ours) / other, "x", 1.0)

    agent = Agent()
    time.sleep(2)
    changes = []
    for index in range(max(ROUNDS, 20)):
        changes.append(lease_latency(index * 97 % PEERS, index + 1))
        time.sleep(0.5)
    row("one changed lease, from the put to the kernel", statistics.median(changes), "ms", 20)
    row("the slowest of them", max(changes), "ms")
    # The agent is told of its own changes, too, and must not be busy looking at them when the next one comes.
    changes, passes = [], agent.metric("vxlan_agent_pass_duration_seconds_count")
    for index in range(max(ROUNDS, 20)):
        changes.append(lease_latency(index * 89 % PEERS, index + 101))
        time.sleep(0.05)
    row("one changed lease 50 ms after another", statistics.median(changes), "ms", 20)
    row("the slowest of them", max(changes), "ms")
    row("comparisons of everything meanwhile",
        agent.metric("vxlan_agent_pass_duration_seconds_count") - passes, "")
    time.sleep(3)
    before, start = agent.cpu(), time.monotonic()
    time.sleep(70)  # longer than the agent goes without comparing everything
    row("idle: processor time", (agent.cpu() - before) / (time.monotonic() - start) * 100, "%")
    row("idle: memory", agent.memory("VmRSS"), "MB", 64)
    row("memory at its highest", agent.memory("VmHWM"), "MB")
    agent.end()


main()
