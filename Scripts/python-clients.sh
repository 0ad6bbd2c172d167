#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Prints a PATH with AWS's own clients (boto3, the aws command line) and moto, which the tests of EC2's client and of the
# simulator have as referees: they are put into a virtual environment in a folder, once. Where PyPI is not reached, the
# PATH is printed as it is, and the tests say what they skip.
#
#   python-clients.sh FOLDER
set -euo pipefail

folder=$1
packages=(moto[server]==5.2.5 boto3==1.44.8 awscli==1.46.3)
mark=$folder/${packages[*]// /_}
if [[ ! -e $mark ]] && command -v python3 >/dev/null; then
    rm -rf "$folder"
    if python3 -m venv "$folder" >&2 && "$folder/bin/pip" install --quiet --disable-pip-version-check "${packages[@]}" >&2; then
        touch "$mark"
    else
        echo "boto3, aws and moto cannot be installed: tests with them are skipped" >&2
        rm -rf "$folder"
    fi
fi
if [[ -d $folder/bin ]]; then echo "$(realpath "$folder")/bin:$PATH"; else echo "$PATH"; fi
