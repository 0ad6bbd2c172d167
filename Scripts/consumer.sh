#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# usage: consumer.sh PLUGINS
#
# What somebody who depends on this package gets: takes the plugin out of the README, builds it in a package in another
# place, proves that nothing is fetched and nothing unsafe is needed, and runs the plugin.
set -euo pipefail
cd "$(dirname "$0")/.."
checkout=$PWD
plugins=$(realpath "$1")
fail() { echo "consumer: $*" >&2; exit 1; }

place=$(mktemp -d -t swift-cni-consumer.XXXXXX)
trap 'rm -rf "$place"' EXIT
cp -r Tests/Consumer/Package.swift Tests/Consumer/Names "$place/"
mkdir "$place/Sources"
# What else somebody may write who has only what is public.
cp Tests/Consumer/MACVTAP.swift "$place/Sources/"
source=$place/Sources/PointToPoint.swift
awk '/^<!-- consumer: Sources\/PointToPoint.swift -->$/ { wanted = 1; next }
     wanted && /^```swift$/ { inside = 1; next }
     inside && /^```$/ { exit }
     inside' README.md >"$source"
lines=$(wc -l <"$source")
((lines >= 20 && lines <= 50)) || fail "the README's plugin has $lines lines"
# The README's code keeps to the same format, but for the licence and the comments of a library.
swift format lint --strict --configuration .swift-format "$source"

# SwiftPM refuses dependencies on versions of a package with unsafe flags; on a path it would not notice.
if swift package dump-package </dev/null | grep -q unsafeFlags; then fail "Package.swift has unsafe flags"; fi

# Nor may a warning of ours, under a later compiler, fail somebody else's build.
unset SWIFT_CNI_STRICT
if swift package dump-package </dev/null | grep -q treatAllWarnings; then fail "Package.swift makes warnings errors"; fi

export SWIFT_CNI=$checkout
# The build is kept between runs; the package, its graph and what it might fetch are not.
scratch=$checkout/.build-consumer
rm -rf "$scratch/checkouts" "$scratch/repositories" "$scratch/artifacts" "$scratch/workspace-state.json"
# The options of where things are belong before the subcommand of `swift package`.
in_package() {
    local command=("$1")
    shift
    (cd "$place" && swift "${command[@]}" --scratch-path "$scratch" --cache-path "$place/cache" "$@" </dev/null)
}
graph=$(in_package package show-dependencies --format json 2>/dev/null)
if grep -oE '"url": *"[a-z+]+://[^"]*"|"url": *"git@[^"]*"' <<<"$graph"; then fail "the graph has packages from elsewhere"; fi
grep -q "$checkout" <<<"$graph" || fail "the graph does not have this checkout: $graph"
in_package build
for kind in checkouts repositories artifacts; do
    [[ -z $(ls -A "$scratch/$kind" 2>/dev/null) ]] || fail "something was fetched into $kind"
done
[[ ! -e $place/Package.resolved ]] || fail "there is something to resolve"

mkdir "$place/bin"
ln "$scratch/debug/point-to-point" "$place/bin/" 2>/dev/null || cp "$scratch/debug/point-to-point" "$place/bin/"
cp "$plugins/static" "$place/bin/"
CNI_COMMAND=VERSION "$place/bin/point-to-point" <<<'{"cniVersion":"1.1.0"}' | grep -q '"1.1.0"' \
    || fail "VERSION does not answer"
if unshare -rmn true 2>/dev/null || [[ $(id -u) -eq 0 ]]; then
    flags=-mn
    [[ $(id -u) -eq 0 ]] || flags=-rmn
    unshare $flags --propagation private "$checkout/Scripts/consumer-run.sh" "$place/bin"
else
    echo "consumer: not root, and no user namespaces: built, but not run"
fi
echo "consumer: $lines lines from the README, built outside of the checkout; nothing fetched"
