#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# usage: skips.sh LOG
#
# Counts what a test run has skipped, by reason, and judges each reason against the machine: a reason names what it needs
# (a capability, an option of the kernel, a version, a program, a variable), and at least one of those has to be missing.
# A skip without one is a probe that fails for another reason; it fails the run if SWIFT_CNI_STRICT_TESTS is 1 (CI).
set -euo pipefail

# missing WORD: whether the machine lacks it; status 2 for a word that names nothing.
missing() {
    local word=$1
    case $word in
        CAP_*) ! has_capability "$word" ;;
        CONFIG_*) ! has_option "$word" ;;
        /*) [[ ! -e $word ]] ;;
        \$*) word=${word#?}; [[ -z ${!word:-} ]] ;;
        python3:*) ! python3 -c "import ${word#*:}" 2>/dev/null ;;
        program:*) [[ -z $(type -P "${word#*:}") ]] ;;
        Linux:*) [[ $(printf '%s\n' "${word#*:}" "$(uname -r)" | sort -V | head -n 1) != "${word#*:}" ]] ;;
        ipv6.disable=1) ! grep -qw ipv6.disable=1 /proc/cmdline ;;
        user:other) [[ $(id -u) -eq 0 ]] ;;
        *) return 2 ;;
    esac
}

# All capabilities of the first user namespace: a user namespace of one's own has others.
has_capability() {
    [[ $(awk '/^CapEff/ { print $2 }' /proc/self/status) =~ ^0*[0-9a-f]*ffffffff$ ]] \
        && [[ $(readlink /proc/self/ns/user) == 'user:[4026531837]' ]]
}

options=
has_option() {
    if [[ -z $options ]]; then
        options=$({ zcat /proc/config.gz || cat "/boot/config-$(uname -r)"; } 2>/dev/null | grep '=[ym]$' || true)
    fi
    # Where the kernel does not say how it was built, its word counts.
    [[ -n $options ]] && grep -q "^$1=" <<<"$options"
}

reasons=$(sed -nE 's/.* skipped: "(.*)"$/\1/p' "$1" | LC_ALL=C sort | uniq -c)
[[ -z $reasons ]] && exit 0
echo "==> skipped:"
unwarranted=0
while read -r count reason; do
    verdict=unwarranted
    # shellcheck disable=SC2020
    words=$(sed -E 's/python3 with /python3:/g; s/the program /program:/g; s/Linux ([0-9])/Linux:\1/g;
        s/a user other than root/user:other/; s/[,()]/ /g' <<<"$reason")
    for word in $words; do
        if missing "$word"; then verdict=missing; break; fi
    done
    if [[ $verdict == missing ]]; then
        echo "$count: $reason"
    else
        echo "$count: $reason  <- the machine has all of that"
        unwarranted=1
    fi
done <<<"$reasons"
[[ $unwarranted -eq 0 || ${SWIFT_CNI_STRICT_TESTS:-} != 1 ]]
