// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "CLinuxShims.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if_tun.h>
#include <linux/magic.h>
#include <linux/sockios.h>
#include <linux/nsfs.h>
#include <malloc.h>
#include <net/if.h>
#include <sched.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

/// Swift's runtime looks for its crash reporter beside the executable before main(), and ends the process if it cannot
/// find out where that is, as without /proc. Told where not to look, it does not ask.
__attribute__((constructor(101))) static void find_no_crash_reporter(void) {
    if (faccessat(AT_FDCWD, "/proc/self/exe", F_OK, AT_SYMLINK_NOFOLLOW) == 0) return;
    setenv("SWIFT_BACKTRACE", "enable=no,swift-backtrace=/", 1);
}

static char **arguments;

/// What Swift's `CommandLine` reads from /proc.
__attribute__((constructor(102))) static void keep_arguments(int count, char **values, char **variables) {
    (void)count, (void)variables;
    arguments = values;
}

const char *swift_cni_argument(int index) {
    if (arguments == NULL) return NULL;
    for (int i = 0; i < index; i++) {
        if (arguments[i] == NULL) return NULL;
    }
    return arguments[index];
}

const int swift_cni_clone_newnet = CLONE_NEWNET;

int swift_cni_setns_network(int descriptor) { return setns(descriptor, CLONE_NEWNET); }

int swift_cni_unshare_network(void) { return unshare(CLONE_NEWNET); }

int swift_cni_openat(int directory, const char *path, int flags, unsigned mode) {
    return openat(directory, path, flags, mode);
}

int swift_cni_open_unnamed(int folder, const char *directory, unsigned mode) {
    return openat(folder, directory, O_TMPFILE | O_WRONLY | O_CLOEXEC, mode);
}

int swift_cni_link_unnamed(int descriptor, int folder, const char *path) {
    char source[32];
    snprintf(source, sizeof source, "/proc/self/fd/%d", descriptor);
    return linkat(AT_FDCWD, source, folder, path, AT_SYMLINK_FOLLOW);
}

int swift_cni_flock(int descriptor, int operation) { return flock(descriptor, operation); }

bool swift_cni_is_namespace_file(int descriptor) {
    struct statfs information;
    if (fstatfs(descriptor, &information) != 0) return false;
    return information.f_type == NSFS_MAGIC;
}

int swift_cni_namespace_type(int descriptor) { return ioctl(descriptor, NS_GET_NSTYPE); }

int swift_cni_file_system(const char *path, unsigned *kind) {
    struct statfs status;
    int result = statfs(path, &status);
    if (result == 0) *kind = (unsigned)status.f_type;
    return result;
}

int swift_cni_memory_file(const char *name) { return memfd_create(name, MFD_CLOEXEC); }

static _Thread_local void *thread_value;

void *swift_cni_thread_value(void) { return thread_value; }

void swift_cni_set_thread_value(void *value) { thread_value = value; }

void swift_cni_keep_memory(void) {
    mallopt(M_ARENA_MAX, 1);
    mallopt(M_TOP_PAD, 1 << 18);
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
}

void swift_cni_trim_memory(void) { malloc_trim(0); }

int swift_cni_pidfd_open(int process) { return (int)syscall(SYS_pidfd_open, process, 0); }

int swift_cni_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

int swift_cni_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

int swift_cni_lock_range(int descriptor, short kind, long long start, long long length, bool waits) {
    // l_pid must be 0 for locks of open file descriptions.
    struct flock lock = {.l_type = kind, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
    return fcntl(descriptor, waits ? F_OFD_SETLKW : F_OFD_SETLK, &lock);
}

int swift_cni_spawn_close_from(void *actions, int first) {
    return posix_spawn_file_actions_addclosefrom_np(actions, first);
}

const unsigned swift_cni_ethtool_gtxcsum = ETHTOOL_GTXCSUM;
const unsigned swift_cni_ethtool_stxcsum = ETHTOOL_STXCSUM;

int swift_cni_ethtool(const char *link, unsigned command, unsigned *value) {
    struct ethtool_value setting = {.cmd = command, .data = *value};
    struct ifreq request = {.ifr_data = (void *)&setting};
    strncpy(request.ifr_name, link, sizeof request.ifr_name - 1);
    int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    // A kernel without IPv4 has netlink all the same.
    if (descriptor < 0) descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -1;
    int result = ioctl(descriptor, SIOCETHTOOL, &request);
    int reason = errno;
    close(descriptor);
    errno = reason;
    *value = setting.data;
    return result;
}

int swift_cni_tun_create(int descriptor, const char *name, bool is_tap, bool has_queues) {
    struct ifreq request = {0};
    strncpy(request.ifr_name, name, sizeof request.ifr_name - 1);
    request.ifr_flags = (short)((is_tap ? IFF_TAP : IFF_TUN) | IFF_NO_PI | IFF_TUN_EXCL | (has_queues ? IFF_MULTI_QUEUE : 0));
    return ioctl(descriptor, TUNSETIFF, &request);
}

int swift_cni_tun_set_owner(int descriptor, unsigned owner) { return ioctl(descriptor, TUNSETOWNER, (unsigned long)owner); }
int swift_cni_tun_set_group(int descriptor, unsigned group) { return ioctl(descriptor, TUNSETGROUP, (unsigned long)group); }
int swift_cni_tun_persist(int descriptor) { return ioctl(descriptor, TUNSETPERSIST, 1UL); }
