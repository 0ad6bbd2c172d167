// SPDX-License-Identifier: Apache-2.0
// The few calls and constants that Swift's Glibc module hides behind _GNU_SOURCE, and the ones that
// are variadic in C and therefore not importable.
#pragma once

#include <stdbool.h>
#include <stddef.h>

/// A word of the command line that started the process, the program's name first; null past the last. glibc hands it to
/// constructors, so that it is known without /proc.
const char *swift_cni_argument(int index);
/// setns(2) with CLONE_NEWNET.
int swift_cni_setns_network(int descriptor);
/// unshare(2) with CLONE_NEWNET.
int swift_cni_unshare_network(void);
/// openat(2); C's declaration is variadic.
int swift_cni_openat(int directory, const char *path, int flags, unsigned mode);
/// openat(2) with O_TMPFILE in `directory`, which is relative to `folder`.
int swift_cni_open_unnamed(int folder, const char *directory, unsigned mode);
/// linkat(2) that gives the unnamed file behind `descriptor` a name in `folder`; EEXIST if the name is taken.
int swift_cni_link_unnamed(int descriptor, int folder, const char *path);
/// flock(2); Swift's Glibc imports the struct of the same name instead of the function.
int swift_cni_flock(int descriptor, int operation);
/// Whether `descriptor` is on nsfs, as every namespace handle is since Linux 3.19.
bool swift_cni_is_namespace_file(int descriptor);
/// ioctl(2) NS_GET_NSTYPE: the CLONE_NEW… flag of the namespace, or -1.
int swift_cni_namespace_type(int descriptor);
/// The value of CLONE_NEWNET.
extern const int swift_cni_clone_newnet;
/// statfs(2): puts the number of the path's file system (linux/magic.h) into `kind`; returns 0 or -1.
int swift_cni_file_system(const char *path, unsigned *kind);
/// memfd_create(2) with MFD_CLOEXEC.
int swift_cni_memory_file(const char *name);
/// A pointer of the calling thread's own; null at first.
void *swift_cni_thread_value(void);
/// Sets the calling thread's own pointer.
void swift_cni_set_thread_value(void *value);
/// mallopt(3): one arena, taken in steps of 256 KiB and never given back.
void swift_cni_keep_memory(void);
/// malloc_trim(3): gives free memory back to the kernel.
void swift_cni_trim_memory(void);
/// pidfd_open(2): a descriptor that becomes readable when the process ends; closed on exec.
int swift_cni_pidfd_open(int process);
/// getdents64(2): the next entries of an open folder, each a struct linux_dirent64; the bytes they take, 0 at the end.
long swift_cni_getdents(int descriptor, void *buffer, unsigned long size);
/// eventfd(2) with EFD_CLOEXEC and EFD_NONBLOCK.
int swift_cni_eventfd(void);
/// pipe2(2) with O_CLOEXEC.
int swift_cni_pipe(int ends[2]);
/// fcntl(2) F_OFD_SETLKW, or F_OFD_SETLK if it is not to wait, on a range of an open file: `kind` is F_RDLCK,
/// F_WRLCK or F_UNLCK.
int swift_cni_lock_range(int descriptor, short kind, long long start, long long length, bool waits);
/// Adds to posix_spawn_file_actions_t: the new process closes every descriptor from `first` on.
///
/// Without the type, whose header would become part of this module.
int swift_cni_spawn_close_from(void *actions, int first);
/// Commands of linux/ethtool.h: whether the checksums of sent packets are left to the device.
extern const unsigned swift_cni_ethtool_gtxcsum;
extern const unsigned swift_cni_ethtool_stxcsum;
/// ioctl(2) SIOCETHTOOL with one number, on a link of the calling thread's namespace.
int swift_cni_ethtool(const char *link, unsigned command, unsigned *value);
/// ioctl(2) TUNSETIFF on an open /dev/net/tun: makes a link of Ethernet frames or of IP packets, which is there as long as the
/// file is open; EBUSY if the name is taken (IFF_TUN_EXCL).
int swift_cni_tun_create(int descriptor, const char *name, bool is_tap, bool has_queues);
/// ioctl(2) TUNSETOWNER and TUNSETGROUP: who may open the link.
int swift_cni_tun_set_owner(int descriptor, unsigned owner);
int swift_cni_tun_set_group(int descriptor, unsigned group);
/// ioctl(2) TUNSETPERSIST: the link stays when the file is closed.
int swift_cni_tun_persist(int descriptor);
/// A packet(7) socket on a link of the calling thread's namespace that takes UDP packets over IPv4 to a port, whole and without
/// their link's header; closed on exec, and never waits.
int swift_cni_udp_packets(unsigned link, unsigned short port);
/// recvmsg(2) of one such packet: puts the sender's MAC address into `mac`, and whether its UDP checksum is not made yet, as a
/// local sender leaves it to the hardware.
long swift_cni_receive_packet(int descriptor, void *buffer, size_t size, unsigned char mac[6], bool *lacks_checksum);
/// A packet(7) socket on a link of the calling thread's namespace that takes ARP packets without their link's header; closed on
/// exec, and never waits.
int swift_cni_arp_packets(unsigned link);
/// sendto(2) of a packet of a protocol (ETH_P_*) to a MAC address, through a packet(7) socket.
long swift_cni_send_packet(
    int descriptor, unsigned link, unsigned short protocol, const unsigned char mac[6], const void *packet, size_t size);
/// A UDP socket at an address (in network byte order) and a port, which sends through a link alone.
int swift_cni_udp_socket(unsigned link, unsigned address, unsigned short port);
/// sendto(2) to an IPv4 address (in network byte order) and a port.
long swift_cni_send_udp(int descriptor, unsigned address, unsigned short port, const void *data, size_t size);
/// A UDP socket of IPv6 at a port, which sends and receives through a link of the calling thread's namespace alone; closed on exec,
/// and never waits.
int swift_cni_udp6_socket(unsigned link, unsigned short port);
/// A raw(7) socket for ICMPv6 on a link of the calling thread's namespace that takes neighbour advertisements, and sends with a hop
/// limit of 255 as RFC 4861 has it; closed on exec, and never waits.
int swift_cni_advertisements_socket(unsigned link);
/// sendto(2) to an IPv6 address on a link and a port, which is 0 for a raw socket.
long swift_cni_send_udp6(
    int descriptor, unsigned link, const unsigned char address[16], unsigned short port, const void *data, size_t size);
/// recvfrom(2) of one datagram: puts the sender's address into `sender`.
long swift_cni_receive_udp6(int descriptor, void *buffer, size_t size, unsigned char sender[16]);
/// accept4(2) with SOCK_CLOEXEC and SOCK_NONBLOCK.
int swift_cni_accept(int descriptor);
/// Puts the user at the other end of a unix(7) connection into `user` (SO_PEERCRED); returns 0 or -1.
int swift_cni_peer_user(int descriptor, unsigned *user);
