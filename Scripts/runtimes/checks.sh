# SPDX-License-Identifier: Apache-2.0
#
# What is checked, and how it is counted. A check is one line of output; a failed one shows what its command said, and the
# others go on. Sourced.

if [[ -t 1 ]]; then bold=$'\e[1m' green=$'\e[32m' red=$'\e[31m' dim=$'\e[2m' off=$'\e[0m'
else bold='' green='' red='' dim='' off=''; fi
title() { printf '\n%s%s%s\n' "$bold" "$*" "$off"; }
note() { printf '   %s%s%s\n' "$dim" "$*" "$off"; }

has() { [[ -x /opt/cni/bin/$1 ]]; }

# check TEXT COMMAND...
# With needs=PLUGIN... before it, it is skipped where one of them is not there.
check() {
    local text=$1 plugin output
    shift
    for plugin in ${needs:-}; do
        if ! has "$plugin"; then skip "$text" "no $plugin here"; return; fi
    done
    if output=$("$@" 2>&1); then
        echo ok >>"$work/tally"
        printf '   %sok%s       %s\n' "$green" "$off" "$text"
    else
        failed "$text"
        printf '            %s\n' "of: $*"
        [[ -z $output ]] || sed 's/^/            /' <<<"$output"
    fi
}
failed() {
    echo "failed: $1" >>"$work/tally"
    printf '   %sFAILED%s   %s\n' "$red" "$off" "$1"
}
# skip TEXT REASON
skip() {
    echo "skipped: $2" >>"$work/tally"
    printf '   %sskipped: %s%s   %s\n' "$dim" "$2" "$off" "$1"
}

# Predicates. Each says what it has seen instead.
not() { if "$@"; then echo "it succeeds"; return 1; fi; }
is() { [[ $2 == "$1" ]] || { printf 'is:     %s\ninstead of: %s\n' "$2" "$1"; return 1; }; }
# says TEXT COMMAND...: it succeeds, and says just that.
says() {
    local want=$1 got status=0
    shift
    got=$("$@" 2>&1) || status=$?
    [[ $status == 0 && $got == "$want" ]] || { printf 'says (status %s): %s\ninstead of: %s\n' $status "$got" "$want"; return 1; }
}
# mentions TEXT COMMAND...: TEXT is somewhere in what it says, whether it succeeds or not.
mentions() {
    local want=$1 got
    shift
    got=$("$@" 2>&1) || true
    [[ $got == *"$want"* ]] || { printf 'says: %s\nwithout: %s\n' "$got" "$want"; return 1; }
}
same() { diff "$1" "$2"; }
# soon COMMAND...: within five seconds, or as many as `patience` says.
soon() {
    local output end=$((SECONDS + ${patience:-5}))
    until output=$("$@" 2>&1); do
        ((SECONDS < end)) || { echo "$output"; return 1; }
        sleep 0.1
    done
}

summary() {
    local total passed failed skipped
    total=$(wc -l <"$work/tally")
    passed=$(grep -c '^ok' "$work/tally" || true)
    failed=$(grep -c '^failed' "$work/tally" || true)
    skipped=$(grep -c '^skipped' "$work/tally" || true)
    title "test-runtimes: $passed of $total checks hold, $failed failed, $skipped skipped"
    grep '^failed' "$work/tally" | sed 's/^/   /' || true
    grep '^skipped' "$work/tally" | sort | uniq -c | sed 's/^ */   /' || true
    [[ $failed == 0 && $passed -gt 0 ]]
}
