#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# usage: pictures.sh [FOLDER]
#
# Makes networks of 1, 10 and 100 containers with the bridge plugin, in throw-away namespaces, and draws each for a
# terminal and in SVG: into Documentation/Pictures, or FOLDER. What is in them is the same on every machine.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p "${1:-Documentation/Pictures}"
CNI_PICTURES=$(realpath "${1:-Documentation/Pictures}")
export CNI_PICTURES
swift build --build-tests
Scripts/in-namespace.sh swift test --skip-build --filter TopologyTests.PictureFiles
ls -l "$CNI_PICTURES"
