#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# usage: link-plugins.sh EXECUTABLE FOLDER NAME...
#
# Puts the multi-call executable into a folder once and hard-links every plugin's name to it. Each name is
# replaced in one step, so that a node agent that starts a plugin just now finds the old or the new one.
set -euo pipefail

executable=$1 folder=$2
shift 2
mkdir -p "$folder"
# A fresh copy: never written into a file that may be running.
copy=$folder/.cni-plugins.$$
trap 'rm -f "$copy" "$copy".*' EXIT
install -m 0755 "$executable" "$copy"
for name in "$@"; do
    ln -f "$copy" "$copy.$name"
    mv -fT "$copy.$name" "$folder/$name"
done
echo "$folder: $*"
