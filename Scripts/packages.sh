#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Installs the Debian or Ubuntu packages that are missing for a purpose: build, test, order, vm, demo, demo-migration,
# demo-overlay, demo-bgp, demo-vpc, test-dhcp, test-runtimes, image, test-image, bench or bench-vpc. Says nothing if all
# are there. Only root can install; others are told what is missing.
set -euo pipefail

purpose=${1:-build}
packages=(libnl-3-dev pkg-config)
case $purpose in
    build) ;;
    test) packages+=(libnl-route-3-dev iproute2 iputils-ping nftables iptables containernetworking-plugins strace curl openssl etcd-server etcd-client python3 python3-venv) ;;
    order) packages+=(iproute2 valgrind) ;;
    vm) packages+=(libnl-route-3-dev iproute2 qemu-system-x86 busybox-static cpio kmod) ;;
    demo) packages+=(iproute2 iputils-ping nftables jq) ;;
    demo-migration) packages+=(iproute2 iputils-ping nftables iptables containernetworking-plugins jq) ;;
    demo-overlay) packages+=(iproute2 iputils-ping nftables jq curl procps etcd-server etcd-client) ;;
    demo-vpc) packages+=(iproute2 iputils-ping nftables jq curl openssl procps python3) ;;
    demo-bgp) packages+=(iproute2 iputils-ping jq bird2) ;;
    test-dhcp) packages+=(iproute2 iputils-ping containernetworking-plugins dnsmasq-base isc-dhcp-server jq python3) ;;
    test-runtimes) packages+=(iproute2 nftables podman buildah containerd runc python3-grpcio python3-protobuf busybox-static socat curl jq) ;;
    image) packages+=(python3) ;;
    test-image) packages+=(python3 skopeo jq) ;;
    bench) packages+=(iproute2 nftables iptables containernetworking-plugins gcc libc6-dev python3) ;;
    bench-vpc) packages+=(iproute2 python3) ;;
    *) echo "usage: $0 build|test|order|vm|demo|demo-migration|demo-overlay|demo-bgp|demo-vpc|test-dhcp|test-runtimes|image|test-image|bench|bench-vpc" >&2; exit 2 ;;
esac

if ! command -v dpkg-query >/dev/null; then
    echo "Not a Debian system. What $purpose needs, by Debian's names: ${packages[*]}" >&2
    exit 0  # the step itself will say what it cannot find
fi

missing=()
for package in "${packages[@]}"; do
    status=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
    [[ $status == "install ok installed" ]] && continue
    # pkgconf stands in for pkg-config.
    [[ $package == pkg-config ]] && command -v pkg-config >/dev/null && continue
    [[ $package == gcc ]] && command -v cc >/dev/null && continue
    missing+=("$package")
done
[[ ${#missing[@]} -eq 0 ]] && exit 0

if [[ $(id -u) -ne 0 ]]; then
    echo "Missing: ${missing[*]}" >&2
    echo "As root:  apt-get install --no-install-recommends ${missing[*]}" >&2
    exit 1
fi
echo "Installing ${missing[*]}" >&2
export DEBIAN_FRONTEND=noninteractive
# A fresh machine is often still installing things of its own: wait for its lock.
wait=(-o DPkg::Lock::Timeout=300)
apt-get update -qq "${wait[@]}" </dev/null
apt-get install -y -qq "${wait[@]}" --no-install-recommends "${missing[@]}" </dev/null >/dev/null
