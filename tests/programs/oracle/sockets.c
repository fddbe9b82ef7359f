// Sockets: TCP and UDP over loopback (version 4 and 6), AF_UNIX by path and by abstract name, pairs, passed descriptors.
#include "oracle.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

static int listener;
static struct sockaddr_in server;

void tcp_listen(void) {
    socklen_t length = sizeof server;
    server.sin_family = AF_INET;
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(listener, (struct sockaddr *)&server, sizeof server) != 0 || listen(listener, 8) != 0)
        fail("listen");
    getsockname(listener, (struct sockaddr *)&server, &length);
}

int tcp_server_role(void) {
    for (int round = 0; round < 10; round++) {
        struct sockaddr_in peer;
        socklen_t length = sizeof peer;
        char buffer[32];
        int fd = accept4(listener, (struct sockaddr *)&peer, &length, SOCK_CLOEXEC);
        if (fd < 0)
            fail("accept");
        ssize_t got = recv(fd, buffer, sizeof buffer, 0);
        send(fd, buffer, got > 0 ? got : 0, MSG_NOSIGNAL);
        shutdown(fd, SHUT_WR);
        close(fd);
    }
    return 0;
}

int tcp_client_role(void) {
    for (int round = 0; round < 10; round++) {
        char buffer[32];
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(fd, (struct sockaddr *)&server, sizeof server) != 0)
            fail("connect");
        write(fd, "request", 7);
        while (read(fd, buffer, sizeof buffer) > 0)
            ;
        getpeername(fd, (struct sockaddr *)&server, &(socklen_t){sizeof server});
        close(fd);
    }
    // Refused (nobody listens on port 1 of 127.6.5.4), wrong family, bad pointer, short and overlong addresses, closed descriptor.
    struct sockaddr_in nobody = {.sin_family = AF_INET, .sin_port = htons(1)};
    inet_pton(AF_INET, "127.6.5.4", &nobody.sin_addr);
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(1), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    char overlong[200] = {AF_INET};
    for (int round = 0; round < 10; round++) {
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        connect(fd, (struct sockaddr *)&nobody, sizeof nobody);
        connect(fd, (struct sockaddr *)&six, sizeof six);
        connect(fd, (struct sockaddr *)16, sizeof nobody);
        connect(fd, (struct sockaddr *)&nobody, 2);
        connect(fd, (struct sockaddr *)overlong, sizeof overlong);
        close(fd);
        connect(fd, (struct sockaddr *)&nobody, sizeof nobody);
        fd = socket(AF_INET6, SOCK_DGRAM, 0);
        connect(fd, (struct sockaddr *)&six, sizeof six);
        close(fd);
    }
    return 0;
}

int udp_role(void) {
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof own;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (bind(fd, (struct sockaddr *)&own, sizeof own) != 0)
        fail("bind");
    getsockname(fd, (struct sockaddr *)&own, &length);
    for (int round = 0; round < 30; round++) {
        char buffer[32];
        struct sockaddr_in from;
        sendto(fd, "datagram", 8, 0, (struct sockaddr *)&own, sizeof own);
        length = sizeof from;
        recvfrom(fd, buffer, sizeof buffer, 0, (struct sockaddr *)&from, &length);
        struct iovec part = {"gathered", 8};
        struct msghdr message = {.msg_name = &own, .msg_namelen = sizeof own, .msg_iov = &part, .msg_iovlen = 1};
        sendmsg(fd, &message, 0);
        part.iov_base = buffer;
        message.msg_name = &from;
        recvmsg(fd, &message, 0);
        recv(fd, buffer, sizeof buffer, MSG_DONTWAIT);
        struct mmsghdr several[2] = {{.msg_hdr = message}, {.msg_hdr = message}};
        several[0].msg_hdr.msg_name = several[1].msg_hdr.msg_name = &own;
        sendmmsg(fd, several, 2, 0);
        recvmmsg(fd, several, 2, 0, NULL);
    }
    close(fd);
    return 0;
}

static void pass_descriptor(int sender, int receiver) {
    char control[CMSG_SPACE(sizeof(int))] = {0};
    struct iovec part = {"d", 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &sender, sizeof(int));
    sendmsg(sender, &message, 0);
    char byte;
    part.iov_base = &byte;
    if (recvmsg(receiver, &message, 0) == 1 && (header = CMSG_FIRSTHDR(&message))) {
        int passed;
        memcpy(&passed, CMSG_DATA(header), sizeof passed);
        close(passed);
    }
}

int unix_role(void) {
    struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "socket"};
    struct sockaddr_un abstract = {.sun_family = AF_UNIX, .sun_path = "\0oracle-nobody"};
    int server_end = socket(AF_UNIX, SOCK_STREAM, 0);
    if (bind(server_end, (struct sockaddr *)&name, sizeof name) != 0 || listen(server_end, 4) != 0)
        fail("bind");
    for (int round = 0; round < 10; round++) {
        int client = socket(AF_UNIX, SOCK_STREAM, 0);
        if (connect(client, (struct sockaddr *)&name, sizeof name) != 0)
            fail("connect");
        int accepted = accept(server_end, NULL, NULL);
        write(client, "hello", 5);
        char buffer[8];
        read(accepted, buffer, sizeof buffer);
        close(accepted);
        close(client);
        client = socket(AF_UNIX, SOCK_STREAM, 0);
        connect(client, (struct sockaddr *)&abstract, offsetof(struct sockaddr_un, sun_path) + 14);
        close(client);
        int pair[2];
        socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair);
        pass_descriptor(pair[0], pair[1]);
        close(pair[0]);
        close(pair[1]);
    }
    close(server_end);
    unlink("socket");
    return 0;
}
