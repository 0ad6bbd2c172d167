#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# usage: [KERNEL_PARAMETERS=...] in-debian-kernel.sh COMMAND [ARGUMENT]...
#
# Runs a command as root under Debian's kernel in qemu, for what this machine's kernel was built without. The command
# sees this machine's files; what it writes is gone afterwards. Exits with the command's status. As root, on amd64; takes
# no KVM, and therefore some time.
set -euo pipefail

machine=.build-vm
mkdir -p "$machine/packages" "$machine/initramfs/modules"
machine=$(realpath "$machine")

# The kernel is unpacked and not installed: nothing about how this machine starts changes.
if [[ ! -e $machine/kernel ]]; then
    apt-get update -qq
    package=$(apt-cache depends linux-image-amd64 | awk '/Depends: linux-image/ { print $2; exit }')
    (cd "$machine/packages" && apt-get -o APT::Sandbox::User=root download -qq "$package")
    dpkg-deb --extract "$machine/packages/$package"_*.deb "$machine/files"
    version=${package#linux-image-}
    depmod --basedir "$machine/files" "$version"
    for module in virtio_pci 9pnet_virtio 9p overlay; do
        modprobe --dirname "$machine/files" --set-version "$version" --show-depends "$module" | awk '{ print $2 }'
    done | awk '!seen[$0]++' > "$machine/modules"
    ln -sfn "files/lib/modules/$version" "$machine/module-folder"
    ln -sfn "files/boot/vmlinuz-$version" "$machine/kernel"
fi

initramfs=$machine/initramfs
mkdir -p "$initramfs"/{bin,proc,sys,dev,below,above,root}
cp /bin/busybox "$initramfs/bin/"
while read -r module; do cp "$module" "$initramfs/modules/"; done < "$machine/modules"
printf '%q ' "$@" > "$initramfs/command"
printf 'insmod /modules/%s\n' $(xargs -n 1 basename < "$machine/modules") > "$initramfs/load"
# The root is this machine's, read-only, below a layer in memory. What the kernel loads by itself comes from its folder.
cat > "$initramfs/init" <<INIT
#!/bin/busybox sh
set -e
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
. /load
mount -t 9p -o trans=virtio,version=9p2000.L,msize=1048576,cache=loose,ro root /below
mount -t tmpfs tmpfs /above
mkdir /above/files /above/work
mount -t overlay -o lowerdir=/below,upperdir=/above/files,workdir=/above/work overlay /root
mkdir -p /root/lib/modules
ln -s '$(realpath "$machine/module-folder")' "/root/lib/modules/\$(uname -r)"
mount -t proc proc /root/proc
mount -t sysfs sysfs /root/sys
mount -t devtmpfs devtmpfs /root/dev
mount -t tmpfs tmpfs /root/run
cp /command /root/run/command
umount /proc /sys
exec switch_root /root /bin/bash -c '
    export PATH=$PATH:/usr/sbin:/sbin HOME=/root
    cd "$PWD"; ip link set lo up
    status=0; . /run/command || status=\$?
    echo "in-debian-kernel: status \$status"
    # Waits until the line is out (TCSADRAIN): what the kernel says of the power is not to come in the middle of it.
    stty -F /dev/ttyS0 -echo || true
    echo o > /proc/sysrq-trigger
    exec sleep infinity'
INIT
chmod +x "$initramfs/init"
(cd "$initramfs" && find . | cpio --quiet -o -H newc | gzip -1) > "$machine/initramfs.gz"

# On a busy machine the emulated timer can look broken to the kernel (no_timer_check).
qemu-system-x86_64 -accel tcg,thread=multi -cpu max -smp 2 -m 4096 -no-reboot -nic none \
    -display none -monitor none -serial stdio \
    -kernel "$machine/kernel" -initrd "$machine/initramfs.gz" -append "console=ttyS0 quiet loglevel=1 panic=-1 no_timer_check ${KERNEL_PARAMETERS:-}" \
    -virtfs local,path=/,mount_tag=root,security_model=none,readonly=on,multidevs=remap \
    </dev/null | sed -u 's/\r//g' | tee "$machine/console" | sed -u '/^in-debian-kernel: status/,$d'
status=$(sed -n 's/^in-debian-kernel: status //p' "$machine/console")
exit "${status:-1}"
