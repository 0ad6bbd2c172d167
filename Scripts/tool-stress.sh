#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# usage: tool-stress.sh FOLDER
#
# A thousand attachments through `cni`, 16 at a time, on networks that mix our plugins with Debian's Go plugins; then `cni`
# killed two hundred times at any moment, and `cni gc`. Nothing may be left. FOLDER has the static `cni` and plugins.
set -euo pipefail
folder=$(realpath "$1")
if [[ $(id -u) -ne 0 ]]; then
    echo "tool-stress: skipped, needs root: a thousand namespaces are more than an ordinary user may have"
    exit 0
fi
exec unshare -mn --propagation private python3 "$(dirname "$0")/tool-stress.py" "$folder"
