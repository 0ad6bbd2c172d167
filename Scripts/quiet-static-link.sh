#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Passes a build's output on without the linker's notes about glibc functions that load shared libraries at
# run time (getaddrinfo in libnl, dlopen in the Swift runtime): nothing here calls them.
sed -u -E '/in statically linked applications requires at runtime the shared libraries/d'
