# SPDX-License-Identifier: Apache-2.0
"""Measures the plugins beside Debian's Go plugins and beside the kernel alone.

Started by `make bench` in a network and mount namespace of its own. Both sides get the same configuration and take
turns in every round, so that whatever else the machine does hits both. Every number is a median.
"""

import json
import os
import socket
import statistics
import threading

from measuring import GO, MEGABYTE, OURS, ROUNDS, TOOLS, WORK, measure, row, run

FLOOR = f"{TOOLS}/kernel-floor"


class Side:
    """One implementation: its folder, and the configuration of a network of its own."""

    def __init__(self, name, folder, number, masquerade):
        self.folder, self.bridge, self.program = folder, f"br-{name}", "bridge"
        self.subnet = f"10.{90 + number}"
        self.configuration = json.dumps({
            "cniVersion": "1.0.0", "name": f"bench-{name}", "type": "bridge", "bridge": self.bridge,
            "isGateway": True, "ipMasq": masquerade,
            "ipam": {
                "type": "host-local", "subnet": f"{self.subnet}.0.0/16", "dataDir": f"{WORK}/leases-{name}",
                "routes": [{"dst": "0.0.0.0/0"}]}})
        self.times = {"ADD": [], "DEL": [], "VERSION": []}
        self.memory = []

    def call(self, verb, container, interface="eth0"):
        environment = dict(
            os.environ, CNI_COMMAND=verb, CNI_CONTAINERID=container, CNI_NETNS=f"/run/netns/{container}",
            CNI_IFNAME=interface, CNI_PATH=self.folder)
        time, memory = measure([f"{self.folder}/{self.program}"], environment, self.configuration)
        return time, memory

    def round(self, container):
        for verb in self.times:
            time, memory = self.call(verb, container)
            self.times[verb].append(time)
            if verb == "ADD":
                self.memory.append(memory)

    def median(self, verb):
        return statistics.median(self.times[verb])


def attachments(masquerade):
    """Rounds of ADD, DEL and VERSION of both sides; the kernel's own time, too."""
    sides = [Side("go", GO, 0, masquerade), Side("swift", OURS, 1, masquerade)]
    floor = {"ADD": [], "DEL": []}
    # A container that stays: the bridge and the rules that all share are there in every round.
    for side in sides:
        side.call("ADD", "keep", side.bridge[3:])
    for number in range(ROUNDS + 1):
        if number == 1:  # the first round was for the caches
            for side in sides:
                side.times = {verb: [] for verb in side.times}
            floor = {"ADD": [], "DEL": []}
        container = f"c{number}"
        for side in sides if number % 2 else reversed(sides):
            side.round(container)
        swift = sides[1]
        add = [FLOOR, "add", f"/run/netns/{container}", "floor0", swift.bridge,
               f"{swift.subnet}.200.{number + 1}", "16", f"{swift.subnet}.0.1"]
        floor["ADD"].append(measure(add, os.environ)[0])
        floor["DEL"].append(measure([FLOOR, "del", "floor0"], os.environ)[0])
    for side in sides:
        side.call("DEL", "keep", side.bridge[3:])
    return *sides, {verb: statistics.median(times) for verb, times in floor.items()}


def tool():
    """`cni add` and `cni del`, and the plugin's own ADD and DEL on a network like it, in turns."""
    plugin = Side("tool", OURS, 2, False)
    networks = {**json.loads(plugin.configuration), "name": "bench-cni", "bridge": "br-cni"}
    networks["ipam"] = {**networks["ipam"], "subnet": "10.94.0.0/16"}
    os.makedirs(f"{WORK}/net.d")
    with open(f"{WORK}/net.d/10-bench.conflist", "w") as file:
        json.dump({"cniVersion": "1.0.0", "name": "bench-cni", "plugins": [networks]}, file)
    environment = dict(os.environ, CNI_PATH=OURS, NETCONFPATH=f"{WORK}/net.d")
    times = {"add": [], "del": []}

    def cni(verb, container, interface="eth0"):
        return measure([f"{OURS}/cni", verb, "bench-cni", f"/run/netns/{container}", "--ifname", interface,
                        "--cache-dir", f"{WORK}/cache"], environment)[0]

    plugin.call("ADD", "keep", "tool")
    cni("add", "keep", "cni")
    for number in range(ROUNDS + 1):
        if number == 1:
            plugin.times = {verb: [] for verb in plugin.times}
            times = {"add": [], "del": []}
        plugin.round(f"c{number}")
        for verb in times:
            times[verb].append(cni(verb, f"c{number}"))
    plugin.call("DEL", "keep", "tool")
    cni("del", "keep", "cni")
    return plugin, {verb: statistics.median(values) for verb, values in times.items()}


class Agent(threading.Thread):
    """An agent that gives each attachment of the vpc-eni plugin an address of a secondary ENI, from memory."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen()
        self.given = {}

    def run(self):
        while True:
            connection, _ = self.listener.accept()
            with connection, connection.makefile("rwb") as stream:
                stream.write(json.dumps(self.answer(json.loads(stream.readline()))).encode() + b"\n")

    def answer(self, request):
        if request["verb"] not in ("add", "check"):
            return {"version": 1}
        number = self.given.setdefault(request["containerID"], len(self.given))
        eni = {"mac": "02:00:00:00:00:02", "link": "eth1", "deviceIndex": 1, "table": 2}
        addresses = [{"address": f"10.97.{1 + number // 250}.{1 + number % 250}",
                      "eni": {**eni, "subnet": "10.97.0.0/16", "gateway": "10.97.0.1", "primaryAddress": "10.97.0.4"}}]
        if request["network"] != "bench-vpc":
            eni6 = {**eni, "subnet": "fd97::/64", "gateway": "fe80::1", "primaryAddress": "fd97::4"}
            addresses.append({"address": f"fd97::{number + 0x100:x}", "eni": eni6})
        return {"version": 1, "attachment": {"mode": "shared", "mtu": 9001, "addresses": addresses}}


class Pods(Side):
    """The vpc-eni plugin with an agent."""

    def __init__(self):
        super().__init__("vpc", OURS, 6, False)
        self.configuration = json.dumps({
            "cniVersion": "1.0.0", "name": "bench-vpc", "type": "vpc-eni", "agentSocket": f"{WORK}/agent.sock",
            "releasedFolder": f"{WORK}/released"})
        self.program = "vpc-eni"
        Agent(f"{WORK}/agent.sock").start()


def pods():
    """ADD and DEL of vpc-eni, the agent's answer included, and of bridge, in turns."""
    sides = [Side("pods", OURS, 5, False), Pods()]
    for side in sides:
        side.call("ADD", "keep", side.bridge[3:])
    for number in range(ROUNDS + 1):
        if number == 1:
            for side in sides:
                side.times = {verb: [] for verb in side.times}
        for side in sides if number % 2 else reversed(sides):
            side.round(f"c{number}")
    for side in sides:
        side.call("DEL", "keep", side.bridge[3:])
    return sides


def crowd(counts):
    """ADD, CHECK and DEL of a pod with both families beside so many others, in turns, each on a node of its own."""
    verbs = ("ADD", "CHECK", "DEL")
    times = {count: {verb: [] for verb in verbs} for count in counts}
    # The records of what pods have are below /run by their node's namespace.
    network = {"cniVersion": "1.0.0", "name": "bench-crowd", "type": "vpc-eni", "agentSocket": f"{WORK}/agent.sock",
               "releasedFolder": f"{WORK}/released"}

    def call(count, verb, number, container, extra={}):
        environment = dict(os.environ, CNI_COMMAND=verb, CNI_CONTAINERID=f"crowd-{count}-{number}",
                           CNI_NETNS=f"/run/netns/{container}", CNI_IFNAME="eth0", CNI_PATH=OURS)
        return measure([f"{OURS}/vpc-eni"], environment, json.dumps({**network, **extra}),
                       ["nsenter", f"--net=/run/netns/node{count}"])[0]

    for count in counts:
        run("ip", "netns", "add", f"node{count}")
        for number in range(count):
            run("ip", "netns", "add", f"pod{count}-{number}")
            call(count, "ADD", number, f"pod{count}-{number}")
    for number in range(ROUNDS + 3):
        for count in counts if number % 2 else reversed(counts):
            for verb in verbs:
                time = call(count, verb, f"new-{number}", "keep", {"prevResult": result} if verb == "CHECK" else {})
                if verb == "ADD":
                    with open(f"{WORK}/output") as file:
                        result = json.load(file)
                if number >= 3:
                    times[count][verb].append(time)
    return {count: {verb: statistics.median(t) for verb, t in verbs.items()} for count, verbs in times.items()}


def host_local(counts):
    """host-local's ADD and DEL with so many leases, in turns."""
    times = {count: {"ADD": [], "DEL": []} for count in counts}
    networks = {}
    for count in counts:
        name = f"leases{count}"
        folder = f"{WORK}/many/{name}"
        os.makedirs(folder)
        for number in range(count):
            number += 2
            address = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
            with open(f"{folder}/{address}", "w") as file:
                file.write(f"container-{number}\r\neth0")
        with open(f"{folder}/last_reserved_ip.0", "w") as file:
            file.write(address)
        networks[count] = json.dumps({
            "cniVersion": "1.0.0", "name": name, "type": "bridge",
            "ipam": {"type": "host-local", "subnet": "10.0.0.0/8", "dataDir": f"{WORK}/many"}})
    for number in range(ROUNDS + 3):
        for count in counts if number % 2 else reversed(counts):
            for verb in ("ADD", "DEL"):
                environment = dict(
                    os.environ, CNI_COMMAND=verb, CNI_CONTAINERID=f"new-{number}", CNI_NETNS="/run/netns/keep",
                    CNI_IFNAME="eth0", CNI_PATH=OURS)
                time = measure([f"{OURS}/host-local"], environment, networks[count])[0]
                if number >= 3:
                    times[count][verb].append(time)
    return {count: {verb: statistics.median(t) for verb, t in verbs.items()} for count, verbs in times.items()}


def main():
    os.makedirs(WORK)
    os.makedirs("/run/netns", exist_ok=True)
    run("ip", "link", "set", "lo", "up")
    for number in range(ROUNDS + 1):
        run("ip", "netns", "add", f"c{number}")
    run("ip", "netns", "add", "keep")
    print(f"{ROUNDS} rounds, in turns; medians. Linux {os.uname().release}, {os.cpu_count()} processors.\n",
          flush=True)
    go, swift, floor = attachments(masquerade=False)
    go_masquerade, swift_masquerade, _ = attachments(masquerade=True)
    few, many = 10, 50_000
    leases = host_local([few, many])
    plugin, cni = tool()
    bridge, vpc = pods()
    alone, crowded = 1, 999
    crowds = crowd([alone, crowded])
    size = os.stat(f"{OURS}/bridge").st_size / MEGABYTE

    print(f"{'':<41}{'ours':>8}{'other':>8}{'ratio':>11}{'bar':>9}")
    met = [
        row("start (VERSION), other: Go", swift.median("VERSION"), go.median("VERSION"), "ms", 0.4),
        row("bridge ADD, other: Go", swift.median("ADD"), go.median("ADD"), "ms", 0.25),
        row("bridge ADD with ipMasq, other: Go", swift_masquerade.median("ADD"), go_masquerade.median("ADD"),
            "ms", 0.13),
        row("bridge DEL with ipMasq, other: Go", swift_masquerade.median("DEL"), go_masquerade.median("DEL"),
            "ms", 0.27),
        row("bridge ADD, other: the kernel alone", swift.median("ADD"), floor["ADD"], "ms", 2),
        row("vpc-eni ADD with its agent, other: bridge", vpc.median("ADD"), bridge.median("ADD"), "ms", 1),
        *[row(f"vpc-eni {verb}, the 1,000th pod, other: 2nd", crowds[crowded][verb], crowds[alone][verb], "ms", 1.1)
          for verb in crowds[alone]],
        row(f"host-local ADD, {many:,} leases, other: {few}", leases[many]["ADD"], leases[few]["ADD"], "ms", 1.3),
        row(f"host-local DEL, {many:,} leases, other: {few}", leases[many]["DEL"], leases[few]["DEL"], "ms", 1.3),
        row("peak memory of an ADD", statistics.median(swift.memory), None, "MB", 8, is_ratio=False),
        row("all plugins' one executable", size, None, "MB", 16, is_ratio=False),
        row("cni add, over the plugin's own ADD", cni["add"] - plugin.median("ADD"), None, "ms", 5, is_ratio=False),
    ]
    print(f"\nWithout a bar: bridge DEL {swift.median('DEL'):.2f} ms, Go {go.median('DEL'):.2f} ms, the kernel alone "
          f"{floor['DEL']:.2f} ms; Go's peak memory of an ADD "
          f"{statistics.median(go.memory):.1f} MB, without its IPAM process.")
    print(f"cni add {cni['add']:.2f} ms, the plugin's ADD {plugin.median('ADD'):.2f} ms; cni del {cni['del']:.2f} ms, "
          f"the plugin's DEL {plugin.median('DEL'):.2f} ms.")
    print(f"{sum(met)} of {len(met)} bars met.")


main()
