# SPDX-License-Identifier: Apache-2.0
#
# How demos say what they do: titles, notes, and what was tested. Sourced; a demo that ends early says that it failed.

if [[ -t 1 ]]; then bold=$'\e[1m' green=$'\e[32m' red=$'\e[31m' dim=$'\e[2m' off=$'\e[0m'
else bold='' green='' red='' dim='' off=''; fi
number=0
title() { number=$((number + 1)); printf '\n%s%d. %s%s\n' "$bold" $number "$*" "$off"; }
note() { printf '   %s%s%s\n' "$dim" "$*" "$off"; }
ok() { printf '   %sok%s  %s\n' "$green" "$off" "$*"; }
fail() { printf '   %sFAILED%s  %s\n' "$red" "$off" "$*"; exit 1; }
trap 'status=$?; ((status)) && printf "\n%sThe demo failed.%s\n" "$red" "$off"; exit $status' EXIT
