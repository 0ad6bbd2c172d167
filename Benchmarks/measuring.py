# SPDX-License-Identifier: Apache-2.0
"""How the benchmarks start a program, and how they print what came out."""

import subprocess
import sys

OURS, TOOLS, ROUNDS = sys.argv[1], sys.argv[2], int(sys.argv[3])
GO = "/usr/lib/cni"
MEASURE = f"{TOOLS}/measure"
WORK = "/run/bench"
MEGABYTE = 1e6


def run(*command):
    subprocess.run(command, check=True)


def measure(command, environment, text="", host=()):
    """Runs a command, with `host` before all of it; returns (milliseconds, peak memory in MB)."""
    with open(f"{WORK}/input", "w") as file:
        file.write(text)
    line = subprocess.run(
        [*host, MEASURE, f"{WORK}/input", f"{WORK}/output", *command],
        env=environment, check=True, capture_output=True, text=True).stdout
    time, memory, status = map(int, line.split())
    if status != 0:
        with open(f"{WORK}/output") as file:
            sys.exit(f"{' '.join(command)}: exit status {status}\n{file.read()}")
    return time / 1e6, memory * 1024 / MEGABYTE


def row(what, ours, other, unit, bar, is_ratio=True):
    """One line: both numbers, what they make of the bar, and a gauge that is full at the bar."""
    value = ours / other if is_ratio else ours
    suffix = "x" if is_ratio else f" {unit}"
    share = min(value / bar, 1.5)
    gauge = ("█" * min(round(share * 12), 18)).ljust(18)
    gauge = gauge[:12] + ("▏" if share < 1 else "│") + gauge[12:]
    precision = 2 if is_ratio else 1
    print(f"{what:<41}{ours:8.2f}{f'{other:8.2f}' if is_ratio else '       -'} {unit}"
          f"{value:8.{precision}f}{suffix:<3} {bar:5g}{suffix:<3}  {gauge} {'met' if value <= bar else 'MISSED'}")
    return value <= bar
