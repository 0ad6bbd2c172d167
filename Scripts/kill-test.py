# SPDX-License-Identifier: Apache-2.0
"""See kill-test.sh. Runs in a throw-away mount and network namespace."""

import collections
import json
import os
import re
import subprocess
import sys

plugins = sys.argv[1]
folder = "/run/kill-test"
configuration = {
    "cniVersion": "1.1.0", "name": "killed", "type": "bridge", "bridge": "br0",
    "isDefaultGateway": True, "ipMasq": True, "macspoofchk": True,
    "ipam": {"type": "host-local", "dataDir": folder + "/leases",
             "ranges": [[{"subnet": "10.90.0.0/24"}], [{"subnet": "fd00:90::/64"}]]},
}


def plugin(command, extra=None, before=()):
    environment = dict(os.environ, CNI_COMMAND=command, CNI_CONTAINERID="victim", CNI_IFNAME="eth0",
                       CNI_NETNS="/run/netns/victim", CNI_PATH=plugins)
    return subprocess.run([*before, plugins + "/bridge"], env=environment, capture_output=True,
                          input=json.dumps({**configuration, **(extra or {})}).encode())


def output(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def snapshot():
    leases = subprocess.run(["find", folder, "-type", "f", "!", "-name", "lock", "!", "-name", "stamp",
                             "!", "-name", "last_reserved_ip.*"], capture_output=True, text=True).stdout
    container = output("nsenter", "--net=/run/netns/victim", "ip", "-br", "address")
    return "\n".join([output("ip", "-br", "address"), output("nft", "list", "ruleset"), leases, container])


def succeed(result, what):
    if result.returncode != 0:
        sys.exit(f"kill-test: {what}: {result.stdout.decode()} {result.stderr.decode()}")


subprocess.run("mount --make-rprivate / && mount -t tmpfs none /run && mkdir -p /run/netns && ip link set lo up "
               "&& ip netns add victim", shell=True, check=True)
trace = folder + ".trace"
succeed(plugin("ADD", before=["strace", "-o", trace]), "ADD")
succeed(plugin("DEL"), "DEL")
# strace counts the calls of each kind by themselves.
calls = collections.Counter(re.findall(r"^(\w+)\(", open(trace).read(), re.MULTILINE))
moments = [(name, number) for name in calls for number in range(1, calls[name] + 1)
           if name not in ("execve", "exit_group")]
before = snapshot()
for verb, extra in (("DEL", {}), ("GC", {"cni.dev/valid-attachments": []})):
    kills = 0
    for name, number in moments:
        strace = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"inject={name}:signal=KILL:when={number}"]
        # A call that depends on chance, such as another brk(2), may not come this time.
        kills += plugin("ADD", before=strace).returncode != 0
        succeed(plugin(verb, extra), f"{verb} after a kill at {name} number {number}")
        after = snapshot()
        if after != before:
            sys.exit(f"kill-test: left by a kill at {name} number {number} and {verb}:\n{after}\nbefore:\n{before}")
    print(f"kill-test: {kills} kills of ADD at {len(moments)} system calls, then {verb}: nothing left")
    if kills < len(moments) * 9 // 10:
        sys.exit("kill-test: too few of the calls came")
