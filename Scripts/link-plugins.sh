#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# usage: link-plugins.sh EXECUTABLE FOLDER
#
# Puts the multi-call executable into a folder once and hard-links the name of every plugin in it, which it
# lists itself, to it. Each name is replaced in one step, so that a node agent that starts a plugin just now finds the old or the new one.
set -euo pipefail

executable=$1 folder=$2
names=$("$executable" --list)
[[ -n $names ]] || { echo "link-plugins: $executable lists no plugins" >&2; exit 1; }
mkdir -p "$folder"
# A fresh copy: never written into a file that may be running.
copy=$folder/.cni-plugins.$$
trap 'rm -f "$copy" "$copy".*' EXIT
install -m 0755 "$executable" "$copy"
for name in $names; do
    ln -f "$copy" "$copy.$name"
    mv -fT "$copy.$name" "$folder/$name"
done
echo "$folder:" $names
