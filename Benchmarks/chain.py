# SPDX-License-Identifier: Apache-2.0
"""Measures chains of plugins beside Debian's Go plugins: published ports, the chain that podman writes, many pods.

Started by `make bench-chain` in a network and mount namespace of its own. Each node is a network namespace, so that the
rules of one are not in the way of another. Sides take turns in every round; every number is a median.
"""

import concurrent.futures
import json
import os
import socket
import statistics
import subprocess
import threading
import time

from measuring import GO, OURS, ROUNDS, WORK, measure, row, run

PORTS = 3
FOLDERS = {"swift": OURS, "go": GO}


class Node:
    """A machine with one network: a list of plugins that are called one after the other, as a runtime does."""

    def __init__(self, name, side, plugins, number):
        self.name, self.folder = name, FOLDERS[side]
        self.subnet = f"10.{number}"
        self.plugins = [self.named(plugin) for plugin in plugins]
        run("ip", "netns", "add", name)
        run("ip", "-n", name, "link", "set", "lo", "up")

    def named(self, plugin):
        plugin = {"cniVersion": "1.0.0", "name": f"net-{self.name}", **plugin}
        if plugin["type"] == "bridge":
            plugin["ipam"] = {"type": "host-local", "ranges": [[{"subnet": f"{self.subnet}.0.0/16"}]],
                              "dataDir": f"{WORK}/leases-{self.name}", "routes": [{"dst": "0.0.0.0/0"}]}
        return plugin

    def call(self, verb, number, runtime={}, result=None):
        """All plugins in their order, at DEL backwards; returns each one's milliseconds and the result."""
        times = {}
        container = f"{self.name}-{number}"
        environment = dict(os.environ, CNI_COMMAND=verb, CNI_CONTAINERID=container, CNI_IFNAME="eth0",
                           CNI_NETNS=f"/run/netns/{container}", CNI_PATH=self.folder)
        for plugin in self.plugins if verb != "DEL" else reversed(self.plugins):
            plugin = dict(plugin)
            wanted = plugin.pop("capabilities", {})
            plugin["runtimeConfig"] = {key: value for key, value in runtime.items() if key in wanted}
            if result:
                plugin["prevResult"] = result
            times[plugin["type"]] = measure(
                [f"{self.folder}/{plugin['type']}"], environment, json.dumps(plugin),
                ["nsenter", f"--net=/run/netns/{self.name}"])[0]
            if verb == "ADD":
                with open(f"{WORK}/output") as file:
                    result = json.load(file)
        return times, result

    def pod(self, number):
        run("ip", "netns", "add", f"{self.name}-{number}")

    def fill(self, count, runtime=lambda number: {}):
        for number in range(count):
            self.pod(number)
            self.call("ADD", number, runtime(number))


BRIDGE = {"type": "bridge", "bridge": "cni0", "isGateway": True, "ipMasq": True, "hairpinMode": True}
PORTMAP = {"type": "portmap", "capabilities": {"portMappings": True}}
FIREWALL = {"type": "firewall"}
TUNING = {"type": "tuning"}
BANDWIDTH = {"type": "bandwidth", "capabilities": {"bandwidth": True}}
RATES = {"bandwidth": {"ingressRate": 10_000_000, "ingressBurst": 10_000_000,
                       "egressRate": 10_000_000, "egressBurst": 10_000_000}}


def ports(number):
    return {"portMappings": [{"hostPort": 10_000 + number * PORTS + port, "containerPort": 80 + port, "protocol": "tcp"}
                             for port in range(PORTS)], **RATES}


def turns(nodes, number, runtime):
    """ADD and DEL of one more pod on each node, in turns: the times of each plugin of each node."""
    times = {node: {"ADD": [], "DEL": []} for node in nodes}
    for node in nodes:
        node.pod(number)
    for turn in range(ROUNDS + 3):
        for node in nodes if turn % 2 else reversed(nodes):
            added, result = node.call("ADD", number, runtime)
            deleted, _ = node.call("DEL", number, runtime, result)
            if turn >= 3:
                times[node]["ADD"].append(added)
                times[node]["DEL"].append(deleted)
    return times


def median(calls, *plugins):
    """The median of what the plugins took together; of all of them if none is named."""
    return statistics.median(
        sum(time for plugin, time in call.items() if not plugins or plugin in plugins) for call in calls)


def published(count):
    """portmap's ADD of the 1st and of the pod number `count`, ours and Go's; and connections through the mappings."""
    few = Node("few", "swift", [BRIDGE, PORTMAP], 90)
    many = Node("many", "swift", [BRIDGE, PORTMAP], 91)
    go = Node("many-go", "go", [BRIDGE, PORTMAP], 92)
    for node, others in ((few, 0), (many, count - 1), (go, count - 1)):
        node.fill(others, ports)
    times = turns([few, many, go], count - 1, ports(count - 1))
    for node in (few, many):
        node.call("ADD", count - 1, ports(count - 1))
    connections = connect([few, many], count - 1)
    return *(median(times[node]["ADD"], "portmap") for node in (few, many, go)), connections


def connect(nodes, number):
    """How long connections to the last published port of each node take from outside, in turns, in ms."""
    times = {node: [] for node in nodes}
    for index, node in enumerate(nodes):
        outside = f"out-{node.name}"
        run("ip", "netns", "add", outside)
        run("ip", "-n", outside, "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", node.name)
        for name, address in ((outside, 2), (node.name, 1)):
            run("ip", "-n", name, "address", "add", f"192.0.{index}.{address}/24", "dev", "eth0")
            run("ip", "-n", name, "link", "set", "eth0", "up")
        listen(f"{node.name}-{number}", 80)
    for turn in range(2_000):
        for index, node in enumerate(nodes):
            with inside(f"out-{node.name}"):
                client = socket.socket()
            start = time.perf_counter()
            client.connect((f"192.0.{index}.1", 10_000 + number * PORTS))
            times[node].append((time.perf_counter() - start) * 1e3)
            client.close()
    return [statistics.median(times[node][200:]) for node in nodes]


class inside:
    """The thread's network namespace, for as long as the block runs: a socket stays in the one it was made in."""

    def __init__(self, name):
        self.name = name

    def __enter__(self):
        self.before = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        with open(f"/run/netns/{self.name}") as namespace:
            enter(namespace.fileno())

    def __exit__(self, *_):
        enter(self.before)
        os.close(self.before)


def enter(descriptor):
    import ctypes
    if ctypes.CDLL(None, use_errno=True).setns(descriptor, 0x40000000) != 0:
        raise OSError(ctypes.get_errno(), "setns")


def listen(name, port):
    """Accepts connections in a namespace, in a thread."""
    with inside(name):
        server = socket.create_server(("", port), backlog=1024)

    def accept():
        while True:
            connection, _ = server.accept()
            connection.close()
    threading.Thread(target=accept, daemon=True).start()


def chain():
    """The whole chain: what ADD and DEL of ours and of Go's take, with another pod on each node."""
    whole = [BRIDGE, PORTMAP, FIREWALL, TUNING, BANDWIDTH]
    nodes = [Node("chain", "swift", whole, 93), Node("chain-go", "go", whole, 94)]
    for node in nodes:
        node.fill(1, ports)
    times = turns(nodes, 1, ports(1))
    return [{verb: median(times[node][verb]) for verb in ("ADD", "DEL")} for node in nodes]


def together(count, at_once):
    """Pods a second with the whole chain and so many at once, ours and Go's; `cni` calls the plugins of both.

    An ADD of Go's that fails among others, as its iptables does now and then, is said and counts as done.
    """
    rates = []
    for number, side in enumerate(FOLDERS):
        node = Node(f"rush-{side}", side, [BRIDGE, PORTMAP, FIREWALL, TUNING, BANDWIDTH], 95 + number)
        folder = f"{WORK}/net-{side}"
        os.makedirs(folder)
        plugins = [{key: value for key, value in plugin.items() if key not in ("cniVersion", "name")}
                   for plugin in node.plugins]
        with open(f"{folder}/10.conflist", "w") as file:
            json.dump({"cniVersion": "1.0.0", "name": "rush", "plugins": plugins}, file)
        environment = dict(os.environ, CNI_PATH=node.folder, NETCONFPATH=folder)
        for pod in range(count):
            node.pod(pod)

        def add(pod):
            return subprocess.run(
                ["nsenter", f"--net=/run/netns/{node.name}", f"{OURS}/cni", "add", "rush",
                 f"/run/netns/{node.name}-{pod}", "--cache-dir", f"{WORK}/cache-{side}"],
                env={**environment, "CAP_ARGS": json.dumps(ports(pod))}, check=side == "swift",
                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        start = time.perf_counter()
        with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
            failures = [run.stderr for run in pool.map(add, range(count)) if run.returncode != 0]
        if failures:
            print(f"{side}: {len(failures)} of {count} failed: {failures[0].strip()}\n")
        rates.append(count / (time.perf_counter() - start))
    return rates


def crowd(count):
    """bridge's ADD of the 2nd pod and of the pod number `count`."""
    nodes = [Node("second", "swift", [BRIDGE], 97), Node("crowd", "swift", [BRIDGE], 98)]
    for node, others in zip(nodes, (1, count - 1)):
        node.fill(others)
    times = turns(nodes, count, {})
    return [median(times[node]["ADD"]) for node in nodes]


def main():
    os.makedirs(WORK)
    os.makedirs("/run/netns", exist_ok=True)
    print(f"{ROUNDS} rounds, in turns; medians. Linux {os.uname().release}, {os.cpu_count()} processors.\n", flush=True)
    first, last, go, (one, all_of_them) = published(200)
    ours, theirs = chain()
    rate, rate_go = together(200, 16)
    second, thousandth = crowd(1_000)
    print(f"{'':<41}{'ours':>8}{'other':>8}{'ratio':>11}{'bar':>9}")
    met = [
        row("portmap ADD, the 200th pod, other: 1st", last, first, "ms", 1.1),
        row("portmap ADD, the 200th pod, other: Go", last, go, "ms", 0.06),
        row("connection, 600 mappings, other: 3", all_of_them, one, "ms", 1.05),
        row("podman's chain ADD, other: Go", ours["ADD"], theirs["ADD"], "ms", 0.08),
        row("podman's chain DEL, other: Go", ours["DEL"], theirs["DEL"], "ms", 0.2),
        row("200 pods, 16 at once, other: Go", 1e3 / rate, 1e3 / rate_go, "ms", 0.1),
        row("bridge ADD, the 1,000th pod, other: 2nd", thousandth, second, "ms", 1.3),
    ]
    print(f"\n200 pods with the whole chain: {rate:.1f} pods/s, Go {rate_go:.1f} pods/s.")
    print(f"{sum(met)} of {len(met)} bars met.")


if __name__ == "__main__":
    main()
