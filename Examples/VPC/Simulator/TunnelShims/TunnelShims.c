// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "CTunnelShims.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/// The value of an expression that is repeated while a signal interrupts it, or the negative number of its error.
#define REPEATED(expression)                              \
    ({                                                    \
        long result;                                      \
        do result = (expression);                         \
        while (result < 0 && errno == EINTR);             \
        result < 0 ? -(long)errno : result;               \
    })

static int closing(int descriptor, int code) {
    close(descriptor);
    return code;
}

int tunnel_open(bool is_ethernet, char *name) {
    int descriptor = (int)REPEATED(open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK));
    if (descriptor < 0) return descriptor;
    struct ifreq request = {.ifr_flags = (short)((is_ethernet ? IFF_TAP : IFF_TUN) | IFF_NO_PI)};
    strncpy(request.ifr_name, "fabric%d", sizeof request.ifr_name - 1);
    int result = (int)REPEATED(ioctl(descriptor, TUNSETIFF, &request));
    if (result < 0) return closing(descriptor, result);
    memcpy(name, request.ifr_name, IFNAMSIZ);
    return descriptor;
}

long tunnel_read(int descriptor, void *bytes, size_t count) { return REPEATED(read(descriptor, bytes, count)); }

long tunnel_write(int descriptor, const void *bytes, size_t count) {
    return REPEATED(write(descriptor, bytes, count));
}

int tunnel_open_log(const char *path) {
    return (int)REPEATED(open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
}

int tunnel_open_own_namespace(void) {
    return (int)REPEATED(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
}

int tunnel_make_poller(int *poller, int *wakeup) {
    *poller = (int)REPEATED(epoll_create1(EPOLL_CLOEXEC));
    if (*poller < 0) return *poller;
    *wakeup = (int)REPEATED(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (*wakeup < 0) return closing(*poller, *wakeup);
    int result = tunnel_watch(*poller, *wakeup, 0);
    if (result < 0) {
        close(*wakeup);
        close(*poller);
    }
    return result;
}

int tunnel_watch(int poller, int descriptor, uint64_t token) {
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = token};
    return (int)REPEATED(epoll_ctl(poller, EPOLL_CTL_ADD, descriptor, &event));
}

int tunnel_wait(int poller, uint64_t *tokens, int limit, int milliseconds) {
    struct epoll_event events[64];
    if (limit > 64) limit = 64;
    int count = epoll_wait(poller, events, limit, milliseconds);
    if (count < 0) return errno == EINTR ? 0 : -errno;
    for (int index = 0; index < count; index++) tokens[index] = events[index].data.u64;
    return count;
}

int tunnel_wake(int wakeup) {
    uint64_t one = 1;
    return (int)REPEATED(write(wakeup, &one, sizeof one));
}

int tunnel_clear(int wakeup) {
    uint64_t count;
    return (int)REPEATED(read(wakeup, &count, sizeof count));
}

static int bind_and_listen(int descriptor, const struct sockaddr *address, socklen_t length, bool is_stream) {
    int on = 1;
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    int result = (int)REPEATED(bind(descriptor, address, length));
    if (result >= 0 && is_stream) result = (int)REPEATED(listen(descriptor, SOMAXCONN));
    return result < 0 ? closing(descriptor, result) : descriptor;
}

int tunnel_listen(const uint8_t *address, size_t length, uint16_t port, bool is_stream) {
    if (length != 4 && length != 16) return -EAFNOSUPPORT;
    int family = length == 4 ? AF_INET : AF_INET6;
    int kind = (is_stream ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC;
    int descriptor = (int)REPEATED(socket(family, kind, 0));
    if (descriptor < 0) return descriptor;
    if (family == AF_INET) {
        struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(port)};
        memcpy(&name.sin_addr, address, length);
        return bind_and_listen(descriptor, (struct sockaddr *)&name, sizeof name, is_stream);
    }
    struct sockaddr_in6 name = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    memcpy(&name.sin6_addr, address, length);
    return bind_and_listen(descriptor, (struct sockaddr *)&name, sizeof name, is_stream);
}

int64_t tunnel_nanoseconds(bool is_monotonic) {
    struct timespec time;
    clock_gettime(is_monotonic ? CLOCK_MONOTONIC : CLOCK_REALTIME, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}
