#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# usage: linkage.sh PLUGINS TOOL AGENT...
#
# A plugin is started for every container: shared libraries, full Foundation and size are start-up time.
set -euo pipefail

executable=$1 tool=$2
limit=$((16 * 1024 * 1024))
failures=0
fail() { echo "linkage: $*" >&2; failures=1; }

# An ELF file without an interpreter needs no dynamic linker; ldd says so in words that scripts can find.
if readelf -lW "$executable" | grep -q INTERP; then fail "$executable asks for a dynamic linker"; fi
if readelf -dW "$executable" 2>/dev/null | grep NEEDED; then fail "$executable needs shared libraries"; fi
if ldd "$executable" 2>/dev/null | grep -q '=>'; then fail "ldd finds shared libraries"; fi
# Full Foundation brings ICU's data with it, and the name of its module in reflection metadata.
if grep -aqE '10Foundation[0-9A-Z]|icudt[0-9]+' "$executable"; then fail "$executable has Foundation in it"; fi
# `contains(_:)` of a string brings a parser of regular expressions: 0.9 MB.
if grep -aq '_RegexParser' "$executable"; then fail "$executable has regular expressions in it"; fi
# The concurrency runtime's pool is libdispatch's; a plugin does one thing after the other.
if grep -aq 'com\.apple\.root\.' "$executable"; then fail "$executable has the concurrency runtime in it"; fi
size=$(stat -Lc %s "$executable")
if ((size > limit)); then fail "$executable has $size bytes, more than $limit"; fi
# It has to run where there is nothing: no loader, no library, no locale.
answer=$(echo '{"cniVersion":"1.1.0"}' | env -i CNI_COMMAND=VERSION "$executable" bridge)
grep -q '"supportedVersions"' <<<"$answer" || fail "VERSION answers: $answer"
# Nor is /proc needed to say what is wrong; looking at that takes a mount namespace of one's own.
if unshare -m true 2>/dev/null; then
    answer=$(echo '{"cniVersion":"1.1.0"}' |
        unshare -m sh -c 'mount -t tmpfs none /proc && CNI_COMMAND=VERSION exec "$1" bridge' sh "$executable")
    grep -q '"supportedVersions"' <<<"$answer" || fail "without /proc VERSION answers: $answer"
else
    echo "linkage: skipped without /proc: needs the right to make a mount namespace"
fi
((failures)) && exit 1
awk -v size="$size" 'BEGIN { printf "linkage: static, %.1f MB, no Foundation\n", size / 1e6 }'

# The tool has to run wherever the plugins do; its argument parser brings FoundationEssentials, and no more.
if readelf -lW "$tool" | grep -q INTERP; then fail "$tool asks for a dynamic linker"; fi
if grep -aqE '10Foundation[0-9A-Z]|icudt[0-9]+' "$tool"; then fail "$tool has Foundation in it"; fi
size=$(stat -Lc %s "$tool")
if ((size > 24 * 1024 * 1024)); then fail "$tool has $size bytes"; fi
env -i "$tool" --version >/dev/null || fail "$tool does not run"
((failures)) && exit 1
awk -v size="$size" 'BEGIN { printf "linkage: cni: static, %.1f MB, no Foundation\n", size / 1e6 }'

# An agent has the node's C library, full Foundation, and stays: what it exports the linker cannot remove, and an idle
# agent's memory is its executable's pages.
for agent in "${@:3}"; do
    exported=$(readelf -W --dyn-syms "$agent" | awk '$5 == "GLOBAL" && $7 != "UND"' | wc -l)
    ((exported < 100)) || fail "$agent exports $exported symbols"
    env -i "$agent" --version >/dev/null || fail "$agent does not run"
    ((failures)) && exit 1
    awk -v name="${agent##*/}" -v size="$(stat -Lc %s "$agent")" -v exported="$exported" \
        'BEGIN { printf "linkage: %s: %.1f MB, %d symbols exported\n", name, size / 1e6, exported }'
done
