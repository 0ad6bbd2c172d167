#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Rules that swift-format does not know, each with its reason. Comments do not count.
set -uo pipefail
cd "$(dirname "$0")/.."

failures=0

# reject REASON REGEX [EXCEPT-PATH-REGEX] -- FOLDER...
reject() {
    local reason=$1 regex=$2 except='^$' found
    shift 2
    if [[ $1 != -- ]]; then except=$1; shift; fi
    shift
    found=$(git ls-files -z --cached --others --exclude-standard -- "${@/%//*.swift}" \
        | xargs -0 -r awk -v except="$except" -v regex="$regex" '
            FNR == 1 { skip = FILENAME ~ except }
            skip { next }
            { line = $0; sub(/(^|[[:space:]])\/\/.*/, "", line) }
            line ~ regex { printf "%s:%d: %s\n", FILENAME, FNR, $0 }')
    [[ -z $found ]] && return
    printf '%s\n  -> %s\n' "$found" "$reason" >&2
    failures=1
}

reject 'full Foundation brings ICU and 5 ms of start-up into a plugin' \
    '(^|[[:space:]])import ((struct|class|enum|func) )?Foundation([[:space:].]|$)' -- Sources Examples NodeAgent

reject 'errno survives only until the next call: read it in the one funnel, systemCall' \
    '(^|[^.A-Za-z_0-9])errno([[:space:]]*$|[[:space:]]*[=!]=|\)|,)' \
    '^(Sources/((LinuxCore|Netlink|CNITesting)/|cni/Commands/Shared/SystemCall)|Examples/(VXLAN/Agent|VPC)/Tests/|Examples/VPC/Pool/Journal/SystemCall|NodeAgent/(Sources/Testing|Tests)/)' \
    -- Sources Examples NodeAgent

reject 'a namespace belongs to a thread: only NetworkNamespace.run may change one' \
    '(setns|unshare)[A-Za-z_]*[(]' '^Sources/(Namespaces|CLinuxShims)/' -- Sources Examples NodeAgent

reject 'the compiler proves what is Sendable, nobody promises it' \
    '@unchecked[[:space:]]+Sendable' -- Sources Examples NodeAgent Tests

reject 'no bytes from outside may end the process: throw instead' \
    '(^|[^A-Za-z_])(try!|as!|fatalError[(])' -- Sources Examples NodeAgent

reject 'no bytes from outside may end the process: unwrap with guard or ??' \
    '[A-Za-z0-9_)\]]!([[:space:].,)(\[]|$)' -- Sources Examples NodeAgent

reject 'name it by what it is: these words are none' \
    '(struct|class|enum|protocol|actor|typealias)[[:space:]]+[A-Za-z]*(Manager|Helper|Utils)([^A-Za-z]|$)' \
    -- Sources Examples NodeAgent Tests

found=$(git grep -nIE --untracked \
    'of chance|[Ll]argest packet (in bytes|that)|unless told otherwise|as far as it goes|as near as it|minus is the standard|(goOn|comeBack|isContradicted)[(]' \
    -- Sources Examples NodeAgent Tests Documentation README.md CONTRIBUTING.md)
if [[ -n $found ]]; then
    printf '%s\n  -> %s\n' "$found" \
        "the field's words: random, MTU, by default, as far as possible, - reads, watch, resync, conflicts" >&2
    failures=1
fi

while read -r lines path; do
    [[ $path == total ]] && continue
    ((lines <= 300)) && continue
    echo "$path:300: has $lines lines -> a file is one concept, at most 300 lines" >&2
    failures=1
done < <(git ls-files -z --cached --others --exclude-standard -- 'Sources/*.swift' 'Examples/*.swift' 'NodeAgent/*.swift' \
    | xargs -0 wc -l)

while read -r path; do
    echo "$path:1: the first line is // SPDX-License-Identifier: Apache-2.0" >&2
    failures=1
done < <(git ls-files -z --cached --others --exclude-standard -- '*.swift' \
    | xargs -0 awk 'FNR == 1 && !/SPDX-License-Identifier: Apache-2.0/ && !/swift-tools-version/ { print FILENAME }')

for script in Scripts/*.sh Scripts/*/*.sh .ci/run; do
    [[ -e $script ]] || continue
    bash -n "$script" || failures=1
    [[ $(head -c 2 "$script") != '#!' || -x $script ]] || { echo "$script:1: is not executable" >&2; failures=1; }
done

((failures)) && exit 1
echo "lint: clean"
