// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "CLinuxShims.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/magic.h>
#include <linux/sockios.h>
#include <linux/nsfs.h>
#include <malloc.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
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

long swift_cni_getdents(int descriptor, void *buffer, unsigned long size) {
    return syscall(SYS_getdents64, descriptor, buffer, size);
}

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

/// Closes a socket that could not be set up, and keeps the reason.
static int refuse(int descriptor) {
    int reason = errno;
    close(descriptor);
    errno = reason;
    return -1;
}

int swift_cni_udp_packets(unsigned link, unsigned short port) {
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 9), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 0, 6),
        // No later fragment.
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 6), BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x1fff, 4, 0),
        BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0), BPF_STMT(BPF_LD | BPF_H | BPF_IND, 2),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, port, 0, 1), BPF_STMT(BPF_RET | BPF_K, 0xffff), BPF_STMT(BPF_RET | BPF_K, 0),
    };
    struct sock_fprog filter = {.len = sizeof code / sizeof code[0], .filter = code};
    // Without a protocol it takes nothing before the filter is there.
    int descriptor = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) return -1;
    int one = 1;
    struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP), .sll_ifindex = (int)link};
    if (setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) == 0 &&
        setsockopt(descriptor, SOL_PACKET, PACKET_AUXDATA, &one, sizeof one) == 0 &&
        bind(descriptor, (struct sockaddr *)&address, sizeof address) == 0)
        return descriptor;
    return refuse(descriptor);
}

long swift_cni_receive_packet(int descriptor, void *buffer, size_t size, unsigned char mac[6], bool *lacks_checksum) {
    struct sockaddr_ll sender = {0};
    struct iovec part = {.iov_base = buffer, .iov_len = size};
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
    struct msghdr message = {
        .msg_name = &sender, .msg_namelen = sizeof sender, .msg_iov = &part, .msg_iovlen = 1,
        .msg_control = control, .msg_controllen = sizeof control,
    };
    ssize_t count = recvmsg(descriptor, &message, 0);
    if (count < 0) return -1;
    memcpy(mac, sender.sll_addr, 6);
    *lacks_checksum = false;
    for (struct cmsghdr *part = CMSG_FIRSTHDR(&message); part != NULL; part = CMSG_NXTHDR(&message, part)) {
        if (part->cmsg_level != SOL_PACKET || part->cmsg_type != PACKET_AUXDATA) continue;
        struct tpacket_auxdata data;
        memcpy(&data, CMSG_DATA(part), sizeof data);
        *lacks_checksum = (data.tp_status & TP_STATUS_CSUMNOTREADY) != 0;
    }
    return count;
}

int swift_cni_arp_packets(unsigned link) {
    int descriptor = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) return -1;
    struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ARP), .sll_ifindex = (int)link};
    if (bind(descriptor, (struct sockaddr *)&address, sizeof address) == 0) return descriptor;
    return refuse(descriptor);
}

long swift_cni_send_packet(
    int descriptor, unsigned link, unsigned short protocol, const unsigned char mac[6], const void *packet, size_t size) {
    struct sockaddr_ll address = {
        .sll_family = AF_PACKET, .sll_protocol = htons(protocol), .sll_ifindex = (int)link, .sll_halen = 6,
    };
    memcpy(address.sll_addr, mac, 6);
    return sendto(descriptor, packet, size, 0, (struct sockaddr *)&address, sizeof address);
}

int swift_cni_udp_socket(unsigned link, unsigned address, unsigned short port) {
    char name[IF_NAMESIZE];
    if (if_indextoname(link, name) == NULL) return -1;
    int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) return -1;
    int one = 1;
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = address};
    if (setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0 &&
        setsockopt(descriptor, SOL_SOCKET, SO_BINDTODEVICE, name, (socklen_t)strlen(name) + 1) == 0 &&
        bind(descriptor, (struct sockaddr *)&own, sizeof own) == 0)
        return descriptor;
    return refuse(descriptor);
}

long swift_cni_send_udp(int descriptor, unsigned address, unsigned short port, const void *data, size_t size) {
    struct sockaddr_in other = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = address};
    return sendto(descriptor, data, size, MSG_NOSIGNAL, (struct sockaddr *)&other, sizeof other);
}

int swift_cni_udp6_socket(unsigned link, unsigned short port) {
    char name[IF_NAMESIZE];
    if (if_indextoname(link, name) == NULL) return -1;
    int descriptor = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) return -1;
    int one = 1;
    struct sockaddr_in6 own = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    if (setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0 &&
        setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one) == 0 &&
        setsockopt(descriptor, SOL_SOCKET, SO_BINDTODEVICE, name, (socklen_t)strlen(name) + 1) == 0 &&
        bind(descriptor, (struct sockaddr *)&own, sizeof own) == 0)
        return descriptor;
    return refuse(descriptor);
}

int swift_cni_advertisements_socket(unsigned link) {
    char name[IF_NAMESIZE];
    if (if_indextoname(link, name) == NULL) return -1;
    int descriptor = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_ICMPV6);
    if (descriptor < 0) return -1;
    int hops = 255;
    struct icmp6_filter filter;
    ICMP6_FILTER_SETBLOCKALL(&filter);
    ICMP6_FILTER_SETPASS(ND_NEIGHBOR_ADVERT, &filter);
    if (setsockopt(descriptor, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof filter) == 0 &&
        setsockopt(descriptor, SOL_SOCKET, SO_BINDTODEVICE, name, (socklen_t)strlen(name) + 1) == 0 &&
        setsockopt(descriptor, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &hops, sizeof hops) == 0)
        return descriptor;
    return refuse(descriptor);
}

long swift_cni_send_udp6(
    int descriptor, unsigned link, const unsigned char address[16], unsigned short port, const void *data, size_t size) {
    struct sockaddr_in6 other = {.sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_scope_id = link};
    memcpy(&other.sin6_addr, address, 16);
    return sendto(descriptor, data, size, MSG_NOSIGNAL, (struct sockaddr *)&other, sizeof other);
}

long swift_cni_receive_udp6(int descriptor, void *buffer, size_t size, unsigned char sender[16]) {
    struct sockaddr_in6 other = {0};
    socklen_t length = sizeof other;
    ssize_t count = recvfrom(descriptor, buffer, size, 0, (struct sockaddr *)&other, &length);
    if (count >= 0) memcpy(sender, &other.sin6_addr, 16);
    return count;
}

int swift_cni_accept(int descriptor) { return accept4(descriptor, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK); }

int swift_cni_peer_user(int descriptor, unsigned *user) {
    struct ucred other;
    socklen_t size = sizeof other;
    if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &other, &size) != 0) return -1;
    *user = other.uid;
    return 0;
}
