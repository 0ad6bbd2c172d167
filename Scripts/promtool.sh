#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Prints the path of promtool: an installed one, or that of Debian's package prometheus, which is unpacked into a folder
# and not installed, since it brings a server that starts. Prints nothing where there is neither.
#
#   promtool.sh FOLDER
set -euo pipefail

folder=$1
if command -v promtool; then exit 0; fi
if [[ ! -x $folder/usr/bin/promtool ]] && command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null; then
    mkdir -p "$folder"
    (cd "$folder" && apt-get download -qq prometheus >/dev/null 2>&1 && dpkg-deb -x prometheus_*.deb . \
        && rm -r prometheus_*.deb etc lib usr/share var) || true
fi
[[ -x $folder/usr/bin/promtool ]] && realpath "$folder/usr/bin/promtool"
exit 0
