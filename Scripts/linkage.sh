#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# usage: linkage.sh PLUGINS TOOL
#
# A plugin is started for every container: shared libraries, full Foundation and size are start-up time. The tool has to
# run wherever the plugins do.
set -euo pipefail

executable=$1 tool=$2
failures=0
fail() { echo "linkage: $*" >&2; failures=1; }

# examine EXECUTABLE MEBIBYTES
examine() {
    local size limit=$(($2 * 1024 * 1024))
    # An ELF file without an interpreter needs no dynamic linker; ldd says so in words that scripts can find.
    if readelf -lW "$1" | grep -q INTERP; then fail "$1 asks for a dynamic linker"; fi
    if readelf -dW "$1" 2>/dev/null | grep NEEDED; then fail "$1 needs shared libraries"; fi
    if ldd "$1" 2>/dev/null | grep -q '=>'; then fail "ldd finds shared libraries"; fi
    # Full Foundation brings ICU's data with it, and the name of its module in reflection metadata.
    if grep -aqE '10Foundation[0-9A-Z]|icudt[0-9]+' "$1"; then fail "$1 has Foundation in it"; fi
    size=$(stat -Lc %s "$1")
    if ((size > limit)); then fail "$1 has $size bytes, more than $limit"; fi
    awk -v name="${1##*/}" -v size="$size" \
        'BEGIN { printf "linkage: %s: static, %.1f MB, no Foundation\n", name, size / 1e6 }'
}
examine "$executable" 16
# The concurrency runtime's pool is libdispatch's; a plugin does one thing after the other.
if grep -aq 'com\.apple\.root\.' "$executable"; then fail "$executable has the concurrency runtime in it"; fi
# Its argument parser brings FoundationEssentials.
examine "$tool" 24
# It has to run where there is nothing: no loader, no library, no locale.
answer=$(echo '{"cniVersion":"1.1.0"}' | env -i CNI_COMMAND=VERSION "$executable" bridge)
grep -q '"supportedVersions"' <<<"$answer" || fail "VERSION answers: $answer"
env -i "$tool" --version >/dev/null || fail "$tool does not run"
exit $failures
