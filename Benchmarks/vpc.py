# SPDX-License-Identifier: Apache-2.0
"""Measures vpc-agent against vpc-simulator, beside the reference's published rules against the same simulator.

Started by `make bench-vpc` in a network and mount namespace of its own. The agent is the real one, with its socket and the
kernel's side of it: a link appears for each ENI when it is attached. The reference is its loop, as its documentation
describes it: every 5 s one step, one ENI or one assignment; whoever waits for an address gets it at once, without the pauses
of kubelet, which flatters it.
"""

import json
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request

BIN, ROUNDS = sys.argv[1], int(sys.argv[2])
WORK = "/run/bench"
EC2 = "http://127.0.0.1:4599"
METADATA = "http://127.0.0.1:5000"
LATENCIES = {"latencies": {"*": [0.3, 2]}}
ATTACHING = 1.5  # seconds until an attached ENI is there


def fetch(url, method="GET", body=None, headers=None):
    request = urllib.request.Request(url, data=body, method=method, headers=headers or {})
    with urllib.request.urlopen(request, timeout=120) as answer:
        return answer.read().decode()


def until(seconds, what, condition):
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            sys.exit(f"bench-vpc: not within {seconds} s: {what}")
        time.sleep(0.05)


class Simulator:
    """A VPC in a box with one instance."""

    def __init__(self, kind, seed):
        document = {
            "region": "us-east-1", "seed": seed, "checkSignatures": False, "timing": {"attach": ATTACHING, "detach": 0.1},
            "keys": [{"id": "test", "secret": "test"}],
            "vpcs": [{"name": "v", "cidrs": ["10.0.0.0/16"], "groups": [{"name": "nodes"}],
                      "subnets": [{"name": "a", "cidr": "10.0.0.0/18", "zone": "us-east-1a"}],
                      "instances": [{"name": "n", "type": kind, "subnet": "a", "groups": ["nodes"]}]}]}
        path = f"{WORK}/vpc.json"
        with open(path, "w") as file:
            json.dump(document, file)
        self.process = subprocess.Popen(
            [f"{BIN}/vpc-simulator", "--file", path, "--listen", "127.0.0.1:4599", "--metadata-host", "127.0.0.1",
             "--metadata-port", "5000"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until(60, "the simulator listens", lambda: self.answers(EC2 + "/_simulator/health"))
        until(60, "the metadata service listens", lambda: self.answers(METADATA))
        self.instance = self.state()["instances"][0]["id"]
        self.ended = threading.Event()
        self.links = threading.Thread(target=self.plug, daemon=True)
        self.known = set()
        self.links.start()

    @staticmethod
    def answers(url):
        try:
            fetch(url)
            return True
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False

    def state(self):
        return json.loads(fetch(EC2 + "/_simulator/state"))

    def set(self, faults):
        fetch(EC2 + "/_simulator/faults", "PUT", json.dumps(faults).encode())

    def calls(self):
        totals = json.loads(fetch(EC2 + "/_simulator/calls?limit=0"))["totals"]
        return {name: total["calls"] for name, total in totals.items() if not name.startswith("imds:")}

    def plug(self):
        """An attached ENI appears as an interface of the node, and one that is detached goes."""
        number = 0
        while not self.ended.is_set():
            try:
                interfaces = self.state()["interfaces"]
            except OSError:
                return
            there = {one["mac"] for one in interfaces if one.get("attachment", {}).get("status") == "attached"}
            for mac in there - self.known:
                subprocess.run(
                    ["ip", "link", "add", f"ens{number}", "address", mac, "type", "veth", "peer", "name", f"far{number}"],
                    check=True)
                subprocess.run(["ip", "link", "set", f"far{number}", "up"], check=True)
                subprocess.run(["ip", "link", "set", f"ens{number}", "up"], check=True)
                number += 1
            self.known |= there
            self.ended.wait(0.1)

    def end(self):
        self.ended.set()
        self.links.join()
        self.process.kill()
        self.process.wait()
        for line in subprocess.run(["ip", "-o", "link"], capture_output=True, text=True).stdout.splitlines():
            name = line.split(": ")[1].split("@")[0]
            if name.startswith("ens"):
                subprocess.run(["ip", "link", "del", name], check=True)


class Agent:
    """The real agent, and its socket."""

    def __init__(self, **variables):
        subprocess.run(["rm", "-rf", f"{WORK}/state"], check=True)
        os.makedirs(f"{WORK}/namespaces", exist_ok=True)
        environment = {
            "PATH": os.environ["PATH"], "AWS_EC2_ENDPOINT": EC2, "AWS_EC2_METADATA_SERVICE_ENDPOINT": METADATA,
            "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1",
            "VPC_AGENT_ADD_WAIT": "120", **variables}
        self.path = f"{WORK}/state/agent.sock"
        self.log = open(f"{WORK}/agent.log", "w")
        self.process = subprocess.Popen(
            [f"{BIN}/vpc-agent", "run", "--state-folder", f"{WORK}/state", "--socket", self.path, "--released-folder",
             f"{WORK}/state/released", "--namespaces", f"{WORK}/namespaces"], env=environment, stdout=self.log,
            stderr=self.log)

    def pool(self):
        try:
            return json.loads(fetch("http://127.0.0.1:61679/v1/pool"))
        except OSError:
            return {}

    def ready(self, free):
        until(120, f"{free} free addresses", lambda: self.pool().get("addresses", {}).get("free", 0) >= free)

    def quiet(self):
        """Nothing is under way any more, and for some seconds has not been."""
        since = time.monotonic()
        while time.monotonic() - since < 3:
            if self.pool().get("operations"):
                since = time.monotonic()
            time.sleep(0.1)

    def ask(self, verb, container, **more):
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(150)
        connection.connect(self.path)
        request = {"version": 1, "verb": verb, "network": "vpc", "containerID": container, "interface": "eth0", **more}
        connection.sendall(json.dumps(request).encode() + b"\n")
        answer = b""
        while not answer.endswith(b"\n"):
            part = connection.recv(65536)
            if not part:
                break
            answer += part
        connection.close()
        answer = json.loads(answer or b"{}")
        if "error" in answer:
            sys.exit(f"bench-vpc: {verb} {container}: {answer['error']}")
        return answer

    def add(self, container):
        return self.ask(
            "add", container, namespace=f"/none/{container}", mode="shared", deadlineMilliseconds=140000,
            pod={"namespace": "default", "name": container, "uid": container})

    def memory(self):
        """Resident memory in MB."""
        with open(f"/proc/{self.process.pid}/status") as file:
            return int(re.search(r"VmRSS:\s+(\d+) kB", file.read())[1]) / 1000

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


class Reference:
    """The reference's loop. Cool-down and shrinking take no part: nothing is given back."""

    PERIOD = 5

    def __init__(self, simulator, enis, slots, prefixes=False, warm_ips=None):
        self.simulator, self.enis, self.slots, self.prefixes = simulator, enis, slots - 1, prefixes
        self.warm_ips = warm_ips
        primary = next(one for one in simulator.state()["interfaces"])
        self.subnet, self.groups = primary["subnet"], primary["groups"]
        self.used = {primary["id"]: 0}
        self.free = 0
        self.waiting = []
        self.lock = threading.Lock()
        self.ended = threading.Event()

    def call(self, action, **parameters):
        body = urllib.parse.urlencode({"Action": action, "Version": "2016-11-15", **parameters}).encode()
        return fetch(EC2, "POST", body, {"Content-Type": "application/x-www-form-urlencoded"})

    def gain(self, count):
        with self.lock:
            self.free += count * (16 if self.prefixes else 1)
            while self.free and self.waiting:
                self.free -= 1
                self.waiting.pop().set()

    def take(self):
        """An event that is set when the pod has its address."""
        served = threading.Event()
        with self.lock:
            if self.free:
                self.free -= 1
                served.set()
            else:
                self.waiting.append(served)
        return served

    def shortage(self):
        """In slots; with whole ENIs an ENI's worth, as many as fit."""
        with self.lock:
            if self.warm_ips is not None:
                return max(self.warm_ips - self.free, 0)
            if self.prefixes:
                return 1 if self.free < 16 else 0
            return self.slots if self.free < self.slots else 0

    def step(self):
        """One step; false if there is nothing to do."""
        short = self.shortage()
        if not short:
            return False
        for eni, used in self.used.items():
            count = min(short, self.slots - used)
            if count:
                kind = "Ipv4PrefixCount" if self.prefixes else "SecondaryPrivateIpAddressCount"
                self.call("AssignPrivateIpAddresses", NetworkInterfaceId=eni, **{kind: count})
                self.used[eni] += count
                self.gain(count)
                return True
        if len(self.used) >= self.enis:
            return False
        self.create(min(short, self.slots))
        return True

    def create(self, count):
        self.call("DescribeSubnets", **{"Filter.1.Name": "subnet-id", "Filter.1.Value.1": self.subnet})
        kind = "Ipv4PrefixCount" if self.prefixes else "SecondaryPrivateIpAddressCount"
        made = self.call(
            "CreateNetworkInterface", SubnetId=self.subnet, **{kind: count, "SecurityGroupId.1": self.groups[0]})
        eni = re.search(r"<networkInterfaceId>(eni-[0-9a-f]+)", made)[1]
        mac = re.search(r"<macAddress>([0-9a-f:]+)", made)[1]
        self.call("DescribeInstances", **{"InstanceId.1": self.simulator.instance})
        attached = self.call(
            "AttachNetworkInterface", NetworkInterfaceId=eni, InstanceId=self.simulator.instance,
            DeviceIndex=len(self.used), NetworkCardIndex=0)
        attachment = re.search(r"<attachmentId>([^<]+)", attached)[1]
        self.call(
            "ModifyNetworkInterfaceAttribute",
            **{"NetworkInterfaceId": eni, "Attachment.AttachmentId": attachment,
               "Attachment.DeleteOnTermination": "true"})
        # Its metadata are looked at until they show it, which is no call of EC2.
        token = fetch(
            METADATA + "/latest/api/token", "PUT", b"", {"X-aws-ec2-metadata-token-ttl-seconds": "600"})
        pause = 0.1
        while mac not in fetch(
                METADATA + "/latest/meta-data/network/interfaces/macs/", headers={"X-aws-ec2-metadata-token": token}):
            time.sleep(pause)
            pause *= 2
        self.used[eni] = count
        self.gain(count)

    def settle(self):
        while self.step():
            pass

    def loop(self):
        while not self.ended.wait(self.PERIOD):
            self.step()


def difference(after, before):
    return {name: count - before.get(name, 0) for name, count in after.items() if count > before.get(name, 0)}


def burst_of_agent(case, seed):
    simulator = Simulator(case["type"], seed)
    agent = Agent(**case["variables"])
    agent.ready(case["warm"])
    agent.quiet()
    simulator.set(LATENCIES)
    before, start = simulator.calls(), time.monotonic()
    times = []

    def pod(number):
        agent.add(f"c{number}")
        times.append(time.monotonic() - start)

    threads = [threading.Thread(target=pod, args=(number,)) for number in range(case["pods"])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(times) != case["pods"]:
        sys.exit(f"bench-vpc: {len(times)} of {case['pods']} pods were served")
    agent.quiet()
    calls = difference(simulator.calls(), before)
    agent.end()
    simulator.end()
    return max(times), calls


def burst_of_reference(case, seed):
    simulator = Simulator(case["type"], seed)
    reference = Reference(simulator, 4, 15, **case["reference"])
    reference.settle()
    simulator.set(LATENCIES)
    before = simulator.calls()
    loop = threading.Thread(target=reference.loop)
    loop.start()
    # On average a burst comes in the middle between two steps.
    time.sleep(reference.PERIOD / 2)
    start = time.monotonic()
    served = [reference.take() for _ in range(case["pods"])]
    for one in served:
        if not one.wait(600):
            sys.exit("bench-vpc: the reference has not served all")
    end = time.monotonic() - start
    # What it still gets to be warm again is counted, too.
    while reference.shortage() and not (len(reference.used) == reference.enis and
                                        all(used == reference.slots for used in reference.used.values())):
        time.sleep(0.2)
    reference.ended.set()
    loop.join()
    calls = difference(simulator.calls(), before)
    simulator.end()
    return end, calls


CASES = {
    "single addresses, WARM_ENI_TARGET=1": {
        "type": "m5.xlarge", "pods": 56, "warm": 14, "variables": {}, "reference": {}},
    "single addresses, WARM_IP_TARGET=5": {
        "type": "m5.xlarge", "pods": 56, "warm": 5, "variables": {"WARM_IP_TARGET": "5"}, "reference": {"warm_ips": 5}},
    "prefixes, WARM_PREFIX_TARGET=1": {
        "type": "m5.xlarge", "pods": 110, "warm": 16, "variables": {"ENABLE_PREFIX_DELEGATION": "true"},
        "reference": {"prefixes": True}},
}


def listed(calls):
    return ", ".join(f"{count} {name}" for name, count in sorted(calls.items()))


def bursts():
    print("Pods at once on a m5.xlarge (4 ENIs x 15 addresses), EC2's calls taking 0.3 to 2 s; medians of "
          f"{ROUNDS} rounds, the reference's rules on the same simulator:\n")
    print("| | pods | agent | reference | time | agent's calls | reference's | calls |")
    print("|---|---|---|---|---|---|---|---|")
    details = []
    for name, case in CASES.items():
        ours, theirs = [], []
        for number in range(ROUNDS):
            ours.append(burst_of_agent(case, number + 1))
            theirs.append(burst_of_reference(case, number + 1))
        seconds = [statistics.median(time for time, _ in side) for side in (ours, theirs)]
        counts = [statistics.median(sum(calls.values()) for _, calls in side) for side in (ours, theirs)]
        print(f"| {name} | {case['pods']} | {seconds[0]:.1f} s | {seconds[1]:.1f} s | {seconds[0] / seconds[1]:.2f}x "
              f"| {counts[0]:.0f} | {counts[1]:.0f} | {counts[0] / counts[1]:.2f}x |", flush=True)
        details += [f"{name}: agent {listed(ours[0][1])}", f"{name}: reference {listed(theirs[0][1])}"]
    print("\n" + "\n".join(details) + "\n")


def density():
    simulator = Simulator("c5.4xlarge", 1)
    agent = Agent(ENABLE_PREFIX_DELEGATION="true", WARM_IP_TARGET="0", MINIMUM_IP_TARGET="1040")
    agent.ready(1040)
    agent.quiet()
    time.sleep(20)
    idle = agent.memory()
    rounds = {}

    def timed(verb, work):
        times = []
        for number in range(1020):
            start = time.perf_counter()
            work(f"c{number}")
            times.append((time.perf_counter() - start) * 1000)
        # The first twenty find caches cold.
        rounds[verb] = times[20:]

    memory = []
    timed("ADD", lambda container: (agent.add(container), memory.append(agent.memory())))
    timed("CHECK", lambda container: agent.ask("check", container))
    timed("DEL", lambda container: agent.ask("delete", container))
    agent.end()
    simulator.end()
    print("1,000 pods on a c5.4xlarge with prefixes, one after the other over the agent's socket; medians of 100:\n")
    print("| | first 100 | last 100 | |")
    print("|---|---|---|---|")
    for verb, times in rounds.items():
        first, last = statistics.median(times[:100]), statistics.median(times[-100:])
        print(f"| {verb} | {first:.2f} ms | {last:.2f} ms | {last / first:.2f}x |")
    print(f"| memory | {memory[20]:.1f} MB | {memory[-1]:.1f} MB | {memory[-1] / memory[20]:.2f}x |")
    print(f"\nIdle, with 1,040 addresses and nobody who has one: {idle:.1f} MB resident.\n", flush=True)


def idle():
    simulator = Simulator("m5.xlarge", 1)
    agent = Agent()
    agent.ready(14)
    agent.quiet()
    time.sleep(30)
    print(f"Idle on a m5.xlarge: {agent.memory():.1f} MB resident.\n", flush=True)
    agent.end()
    simulator.end()


os.makedirs(WORK, exist_ok=True)
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
parts = {"bursts": bursts, "density": density, "idle": idle}
for part in sys.argv[3:] or ["idle", "density", "bursts"]:
    parts[part]()
