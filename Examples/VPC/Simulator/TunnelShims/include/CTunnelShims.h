// SPDX-License-Identifier: Apache-2.0
// What the fabric needs of Linux that is variadic or a macro in C, and therefore not importable.
//
// Every call returns a negative errno(3) number on failure, and is repeated while a signal interrupts it.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Opens /dev/net/tun and makes a link in the calling thread's network namespace, which goes with the descriptor.
///
/// The link carries Ethernet frames (IFF_TAP) or IP packets (IFF_TUN), without a header of the driver's own
/// (IFF_NO_PI). Its name, which the kernel chooses, is put into `name`, of 16 bytes. Reads and writes do not block.
int tunnel_open(bool is_ethernet, char *name);
/// read(2).
long tunnel_read(int descriptor, void *bytes, size_t count);
/// write(2).
long tunnel_write(int descriptor, const void *bytes, size_t count);
/// Opens a file to append to, created with mode 0644; O_CLOEXEC.
int tunnel_open_log(const char *path);
/// Opens the network namespace of the calling thread; O_CLOEXEC.
int tunnel_open_own_namespace(void);
/// An eventfd(2) and an epoll(7) that watches it with token 0.
int tunnel_make_poller(int *poller, int *wakeup);
/// Has the poller report `token` while `descriptor` can be read, or has failed.
int tunnel_watch(int poller, int descriptor, uint64_t token);
/// Waits until something can be read, and puts the tokens of at most `limit` descriptors into `tokens`.
///
/// Returns their number; 0 after `milliseconds`.
int tunnel_wait(int poller, uint64_t *tokens, int limit, int milliseconds);
/// Has tunnel_wait return, now or the next time.
int tunnel_wake(int wakeup);
/// Takes what tunnel_wake has left.
int tunnel_clear(int wakeup);
/// A socket of the calling thread's namespace that listens on an address of 4 or 16 bytes: a stream's with its
/// backlog, or a datagram socket.
///
/// Port 0 lets the kernel choose.
int tunnel_listen(const uint8_t *address, size_t length, uint16_t port, bool is_stream);
/// Seconds and nanoseconds of CLOCK_MONOTONIC, or of CLOCK_REALTIME.
int64_t tunnel_nanoseconds(bool is_monotonic);
