#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# usage: manual.sh SCRATCH FOLDER
#
# Writes a man page for each command of the tool into FOLDER: what swift-argument-parser's plugin makes of the helps, under
# the names by which man(1) finds subcommands (cni-add.1).
set -euo pipefail
cd "$(dirname "$0")/.."
scratch=$PWD/$1 folder=$PWD/$2

swift package --package-path Sources/cni --scratch-path "$scratch" --allow-writing-to-package-directory \
    generate-manual --multi-page
mkdir -p "$folder"
for page in "$scratch"/plugins/GenerateManual/outputs/cni/*.1; do
    name=$(basename "$page" .1)
    cp "$page" "$folder/${name//./-}.1"
done
ls "$folder"
