# SPDX-License-Identifier: Apache-2.0
"""See tool-stress.sh. Runs in a throw-away mount and network namespace."""

import concurrent.futures
import json
import os
import random
import signal
import subprocess
import sys
import time

OURS, GO = sys.argv[1], "/usr/lib/cni"
ATTACHMENTS = int(os.environ.get("ATTACHMENTS", "1000"))
KILLS = int(os.environ.get("KILLS", "200"))
SEED = int(os.environ.get("TEST_SEED", random.randrange(1 << 32)))
AT_ONCE = 16
WORK = "/run/tool-stress"
PLUGINS = f"{WORK}/bin"
ENVIRONMENT = {"PATH": os.environ["PATH"], "CNI_PATH": PLUGINS, "NETCONFPATH": f"{WORK}/net.d"}


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def fail(text):
    sys.exit(f"tool-stress: TEST_SEED={SEED}: {text}")


def cni(*words, expected=0):
    result = subprocess.run([f"{OURS}/cni", *words, "--cache-dir", f"{WORK}/cache"], env=ENVIRONMENT,
                            capture_output=True, text=True)
    if result.returncode != expected:
        fail(f"cni {' '.join(words)}: status {result.returncode}: {result.stdout}{result.stderr}")
    return result.stdout


def network(name, version, plugins):
    with open(f"{WORK}/net.d/{name}.conflist", "w") as file:
        json.dump({"cniVersion": version, "name": name, "plugins": plugins}, file)


def host_local(kind, subnet):
    return {"type": kind, "dataDir": f"{WORK}/leases", "ranges": [[{"subnet": subnet}]],
            "routes": [{"dst": "0.0.0.0/0"}]}


def prepare():
    run("mount", "-t", "tmpfs", "none", "/run")
    for folder in ("/run/netns", PLUGINS, f"{WORK}/net.d"):
        os.makedirs(folder)
    for name in ("bridge", "host-local", "loopback"):
        os.symlink(f"{OURS}/{name}", f"{PLUGINS}/{name}")
        os.symlink(f"{GO}/{name}", f"{PLUGINS}/go-{name}")
    os.symlink(f"{GO}/tuning", f"{PLUGINS}/tuning")
    run("ip", "link", "set", "lo", "up")
    ours = {"type": "bridge", "isGateway": True, "ipMasq": True}
    tuning = {"type": "tuning", "sysctl": {"net.ipv4.conf.eth0.arp_filter": "1"}}
    # A bridge has room for 1,023 ports (BR_PORT_BITS).
    network("ours-then-go", "1.0.0", [
        {**ours, "bridge": "br-a", "ipam": host_local("host-local", "10.81.0.0/16")}, tuning])
    network("go-with-ours", "1.0.0", [
        {"type": "go-bridge", "bridge": "br-b", "isGateway": True,
         "ipam": host_local("host-local", "10.82.0.0/16")}, {"type": "loopback"}])
    network("ours-with-go", "1.0.0", [
        {**ours, "bridge": "br-c", "ipam": host_local("go-host-local", "10.83.0.0/16")}])
    network("ours", "1.1.0", [
        {**ours, "bridge": "br-d", "macspoofchk": True, "ipam": host_local("host-local", "10.84.0.0/16")}])


def files():
    """Leases and cached results; not what is kept without an attachment."""
    found = []
    for folder, _, names in os.walk(WORK):
        found += [f"{folder}/{name}" for name in names if "/leases" in folder or "/results" in folder]
    kept = ("lock", "stamp", "last_reserved_ip.0")
    return sorted(path for path in found if os.path.basename(path) not in kept)


def snapshot():
    # br-b is the Go plugin's, which leaves its bridges.
    links = [line for line in run("ip", "-br", "link").splitlines() if not line.startswith("br-b")]
    routes = [line for line in run("ip", "route").splitlines() if "dev br-b" not in line]
    return "\n".join([*links, run("nft", "list", "ruleset"), *routes, *files()])


def in_parallel(what, jobs):
    start = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        for done in concurrent.futures.as_completed([pool.submit(cni, *job) for job in jobs]):
            done.result()
    seconds = time.monotonic() - start
    print(f"  {what}: {len(jobs)} in {seconds:.1f} s, {1000 * seconds / len(jobs):.1f} ms each")


def many(count):
    names = [f"n{number}" for number in range(count)]
    for name in names:
        run("ip", "netns", "add", name)
    networks = ["ours-then-go", "go-with-ours", "ours-with-go"]
    wanted = [(networks[number % 3], f"/run/netns/{name}") for number, name in enumerate(names)]
    # What attachments share stays after the last one.
    for network in networks:
        cni("add", network, "/run/netns/n0")
        cni("del", network, "/run/netns/n0")
    before = snapshot()
    in_parallel("add", [("add", *one) for one in wanted])
    listed = json.loads(cni("list", "--json"))["attachments"]
    if len(listed) != count:
        fail(f"cni list has {len(listed)} attachments, not {count}")
    addresses = [ip for one in listed for ip in one["addresses"]]
    if len(set(addresses)) != count:
        fail(f"{len(set(addresses))} different addresses, not {count}")
    in_parallel("check", [("check", *one) for one in wanted])
    in_parallel("del", [("del", *one) for one in wanted])
    compare(before, snapshot(), f"{count} attachments")
    for name in names:
        run("ip", "netns", "del", name)


def compare(before, after, what):
    if before == after:
        return
    missing = set(before.splitlines()) - set(after.splitlines())
    left = set(after.splitlines()) - set(before.splitlines())
    fail(f"after {what}: left {sorted(left)}, missing {sorted(missing)}")


def plugins_are_running():
    for process in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.readlink(f"/proc/{process}/exe").startswith(OURS):
                return True
        except OSError:
            continue
    return False


def kills(count):
    """`cni` is killed; what it has called runs to its end, without anybody to hear of it."""
    chance = random.Random(SEED)
    names = [f"k{number}" for number in range(8)]
    for name in names:
        run("ip", "netns", "add", name)
    start = time.monotonic()
    cni("add", "ours", "/run/netns/k0")
    usual = time.monotonic() - start
    # The GC takes what is shared and used by nobody, also what the networks above have left of it.
    cni("del", "ours", "/run/netns/k0")
    cni("gc", "ours")
    before = snapshot()
    hit = tries = 0
    while hit < count:
        tries += 1
        if tries > 20 * count:
            fail(f"only {hit} of {tries} kills came in time")
        words = (chance.choice(["add", "add", "del"]), "ours", f"/run/netns/{chance.choice(names)}")
        process = subprocess.Popen(
            [f"{OURS}/cni", *words, "--cache-dir", f"{WORK}/cache"], env=ENVIRONMENT,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(chance.uniform(0, 1.5 * usual))
        process.send_signal(signal.SIGKILL)
        hit += process.wait() == -signal.SIGKILL
    while plugins_are_running():
        time.sleep(0.01)
    cni("gc", "ours")
    kept = json.loads(cni("list", "--json"))["attachments"]
    # Each that is kept is in the cache and alive, and can still be deleted.
    for attachment in kept:
        cni("del", "ours", attachment["namespace"])
    cni("gc", "ours")
    compare(before, snapshot(), f"{hit} kills and gc")
    print(f"  {hit} kills in {tries} runs; {len(kept)} attachments were kept by gc, then deleted; nothing is left")


print(f"tool-stress: TEST_SEED={SEED}")
prepare()
many(ATTACHMENTS)
kills(KILLS)
