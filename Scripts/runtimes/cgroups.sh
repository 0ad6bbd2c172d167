# SPDX-License-Identifier: Apache-2.0
#
# A cgroup of our own in every hierarchy that the machine has mounted, whether of version 1 or 2: a host's processes are in
# it, and by a cgroup namespace it is the root for them. Sourced.

# Each hierarchy: mount point, type, options.
hierarchies() { awk '$3 ~ /^cgroup2?$/ { print $2, $3, $4 }' /proc/self/mounts; }

# begin_cgroups NAME: below the cgroup that we are in, so that its limits stay ours.
begin_cgroups() {
    export cgroups=
    local mountpoint kind options current name
    while read -r mountpoint kind options; do
        # A line is NUMBER:CONTROLLERS:PATH, and has no controllers in version 2.
        current=$(awk -F: -v options=",$options," -v kind="$kind" '
            kind == "cgroup2" ? $2 == "" : $2 != "" && index(options, "," $2 ",") { print $3; exit }' /proc/self/cgroup)
        # In version 2 a cgroup with processes cannot give its children controllers: beside it, then.
        [[ $kind == cgroup ]] || current=$(dirname "$current")
        name=$mountpoint${current%/}/$1
        mkdir "$name"
        cgroups+=$name$'\n'
        # Version 1 lets nobody into a set of no CPUs.
        if [[ -e $name/cpuset.cpus && $kind == cgroup ]]; then
            cat "$name/../cpuset.cpus" >"$name/cpuset.cpus"
            cat "$name/../cpuset.mems" >"$name/cpuset.mems"
        fi
    done < <(hierarchies)
}

# Puts the shell that calls it into the cgroups. What it unshares has them for its roots.
enter_cgroups() {
    local name
    for name in $cgroups; do echo $BASHPID >"$name/cgroup.procs" || return; done
}

# In version 2 only a cgroup without processes can give its children controllers: what is in the root goes into a child.
leave_root() {
    local name
    for name in $cgroups; do
        [[ -e $name/cgroup.controllers ]] || continue
        mkdir "$name/init"
        echo $BASHPID >"$name/init/cgroup.procs"
    done
}

# Mounts the hierarchies once more, in a host's namespaces.
mount_cgroups() {
    local mountpoint kind options controllers all
    all=$(hierarchies)
    umount --recursive /sys  # what is mounted twice confuses runtimes
    mount -t sysfs sysfs /sys
    if [[ $all == "/sys/fs/cgroup cgroup2 "* ]]; then
        mount -t cgroup2 cgroup2 /sys/fs/cgroup
        for controllers in $(</sys/fs/cgroup/cgroup.controllers); do
            echo "+$controllers" >/sys/fs/cgroup/cgroup.subtree_control
        done
        return
    fi
    mount -t tmpfs tmpfs /sys/fs/cgroup
    while read -r mountpoint kind options; do
        # Runtimes take a hybrid machine for one of version 1.
        [[ $kind == cgroup ]] || continue
        controllers=$(tr , '\n' <<<"$options" | grep -xE "name=.*|$(awk '!/^#/ { print $1 }' /proc/cgroups | paste -sd '|')" \
            | paste -sd ,)
        mkdir -p "$mountpoint"
        mount -t cgroup -o "$controllers" cgroup "$mountpoint"
    done <<<"$all"
}

# Removes what a host has left in the cgroups. Its processes are gone, or just going.
clear_cgroups() {
    local name controller
    remove_folders 1
    # A cgroup that gives controllers takes no processes: the next host's have to get in.
    for name in $cgroups; do
        [[ -e $name/cgroup.controllers ]] || continue
        for controller in $(<"$name/cgroup.subtree_control"); do echo "-$controller" >"$name/cgroup.subtree_control"; done
    done
}
end_cgroups() { remove_folders 0; }
# remove_folders DEPTH: those from that depth on.
remove_folders() {
    local name end=$((SECONDS + 5))
    for name in $cgroups; do
        until find "$name" -mindepth "$1" -depth -type d -exec rmdir {} + 2>/dev/null; do
            ((SECONDS < end)) || { echo "$name: cannot be removed" >&2; return 1; }
            sleep 0.1
        done
    done
}
