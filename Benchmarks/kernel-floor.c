// SPDX-License-Identifier: Apache-2.0
//
// What the kernel itself takes for one attachment: a process that knows everything beforehand and asks for the bare
// changes, one acknowledged rtnetlink request after the other. No plugin can take less for the same network.
//
//   cc -O2 -static -o kernel-floor kernel-floor.c
//   kernel-floor add NAMESPACE-PATH HOST-LINK BRIDGE ADDRESS LENGTH GATEWAY
//   kernel-floor del HOST-LINK
//
// add: a veth pair, one end as eth0 in the namespace, the other a port of the bridge; both up; an address; a default
// route. del: the pair, by its end on the host.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct request {
    struct nlmsghdr header;
    char room[1024];
};

static void die(const char *what, int error) {
    fprintf(stderr, "kernel-floor: %s: %s\n", what, strerror(error));
    exit(1);
}

static struct request start(unsigned short type, unsigned short flags, const void *family_header, size_t size) {
    struct request request = {.header = {
                                  .nlmsg_len = NLMSG_SPACE(size),
                                  .nlmsg_type = type,
                                  .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags,
                              }};
    memcpy(request.room, family_header, size);
    return request;
}

// Appends an attribute; returns where it is, so that close_nest can set its length.
static struct rtattr *append(struct request *request, unsigned short type, const void *payload, size_t size) {
    struct rtattr *attribute = (struct rtattr *)((char *)request + NLMSG_ALIGN(request->header.nlmsg_len));
    attribute->rta_type = type;
    attribute->rta_len = RTA_LENGTH(size);
    if (size) memcpy(RTA_DATA(attribute), payload, size);
    request->header.nlmsg_len = NLMSG_ALIGN(request->header.nlmsg_len) + RTA_SPACE(size);
    return attribute;
}

static void append_text(struct request *request, unsigned short type, const char *text) {
    append(request, type, text, strlen(text) + 1);
}

static void close_nest(struct request *request, struct rtattr *nest) {
    nest->rta_len = (char *)request + request->header.nlmsg_len - (char *)nest;
}

static int open_routing(void) {
    int descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (descriptor < 0) die("socket", errno);
    return descriptor;
}

static void perform(int socket, struct request *request, const char *what) {
    union {
        struct nlmsghdr header;
        char bytes[8192];
    } reply;
    if (send(socket, request, request->header.nlmsg_len, 0) < 0) die(what, errno);
    if (recv(socket, &reply, sizeof reply, 0) < 0) die(what, errno);
    if (reply.header.nlmsg_type != NLMSG_ERROR) die(what, EBADMSG);
    int error = ((struct nlmsgerr *)NLMSG_DATA(&reply.header))->error;
    if (error) die(what, -error);
}

static void bring_up(int socket, const char *name) {
    struct ifinfomsg link = {.ifi_flags = IFF_UP, .ifi_change = IFF_UP};
    struct request request = start(RTM_NEWLINK, 0, &link, sizeof link);
    append_text(&request, IFLA_IFNAME, name);
    perform(socket, &request, "link set up");
}

static unsigned index_in_namespace; // of eth0, looked up while there

static int open_in(int namespace) {
    int home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    if (home < 0 || setns(namespace, CLONE_NEWNET) < 0) die("setns", errno);
    int socket = open_routing();
    index_in_namespace = if_nametoindex("eth0");
    if (setns(home, CLONE_NEWNET) < 0) die("setns back", errno);
    close(home);
    return socket;
}

static void add(char **arguments) {
    const char *path = arguments[0], *host_link = arguments[1];
    unsigned bridge = if_nametoindex(arguments[2]);
    int namespace = open(path, O_RDONLY | O_CLOEXEC);
    if (!bridge || namespace < 0) die(path, errno);
    int host = open_routing();

    struct ifinfomsg link = {0};
    struct request request = start(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &link, sizeof link);
    append_text(&request, IFLA_IFNAME, host_link);
    append(&request, IFLA_MASTER, &bridge, sizeof bridge);
    struct rtattr *information = append(&request, IFLA_LINKINFO, NULL, 0);
    append_text(&request, IFLA_INFO_KIND, "veth");
    struct rtattr *data = append(&request, IFLA_INFO_DATA, NULL, 0);
    struct rtattr *peer = append(&request, VETH_INFO_PEER, &link, sizeof link);
    append_text(&request, IFLA_IFNAME, "eth0");
    append(&request, IFLA_NET_NS_FD, &namespace, sizeof namespace);
    close_nest(&request, peer);
    close_nest(&request, data);
    close_nest(&request, information);
    perform(host, &request, "link add");

    int container = open_in(namespace);
    bring_up(host, host_link);
    bring_up(container, "eth0");

    struct in_addr own, gateway;
    if (!inet_aton(arguments[3], &own) || !inet_aton(arguments[5], &gateway)) die("address", EINVAL);
    struct ifaddrmsg address = {
        .ifa_family = AF_INET, .ifa_prefixlen = atoi(arguments[4]), .ifa_index = index_in_namespace};
    request = start(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &address, sizeof address);
    append(&request, IFA_LOCAL, &own, sizeof own);
    append(&request, IFA_ADDRESS, &own, sizeof own);
    perform(container, &request, "address add");

    struct rtmsg route = {
        .rtm_family = AF_INET, .rtm_table = RT_TABLE_MAIN, .rtm_protocol = RTPROT_BOOT, .rtm_type = RTN_UNICAST};
    request = start(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, &route, sizeof route);
    append(&request, RTA_GATEWAY, &gateway, sizeof gateway);
    append(&request, RTA_OIF, &index_in_namespace, sizeof index_in_namespace);
    perform(container, &request, "route add");
}

static void delete(const char *host_link) {
    struct ifinfomsg link = {0};
    struct request request = start(RTM_DELLINK, 0, &link, sizeof link);
    append_text(&request, IFLA_IFNAME, host_link);
    perform(open_routing(), &request, "link delete");
}

int main(int count, char **arguments) {
    if (count == 8 && !strcmp(arguments[1], "add")) {
        add(arguments + 2);
    } else if (count == 3 && !strcmp(arguments[1], "del")) {
        delete(arguments[2]);
    } else {
        fprintf(stderr, "usage: kernel-floor add NAMESPACE-PATH HOST-LINK BRIDGE ADDRESS LENGTH GATEWAY\n"
                        "       kernel-floor del HOST-LINK\n");
        return 2;
    }
    return 0;
}
