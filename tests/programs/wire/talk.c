/* HTTP and DNS over interfaces that lose packets; client and server tell what each said and understood. */
#define _GNU_SOURCE
#include "stage.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define CONNECTIONS 8
#define EXCHANGES 30
#define RESOLVERS 4
#define QUESTIONS 55
#define BY_STREAM 20

/* A percentage of what arrives on both sides is dropped: by netem where it is there, else by a filter that throws dice. */
static const char *lose(enum side side, int percent)
{
	char *interface = side == LEFT ? "wire_left" : "wire_right", share[16], program[160];
	char *netem[] = { "tc", "qdisc", "add", "dev", interface, "root", "netem", "loss", share, NULL };
	char *clsact[] = { "tc", "qdisc", "add", "dev", interface, "clsact", NULL };
	char *filter[] = { "tc", "filter", "add", "dev", interface, "ingress", "protocol", "ip", "bpf", "da",
			   "bytecode", program, NULL };

	snprintf(share, sizeof(share), "%d%%", percent);
	/* A random number (a load from where the kernel has it) that is below the share: drop (2), else go on (-1). */
	snprintf(program, sizeof(program), "4,32 0 0 %u,53 1 0 %u,6 0 0 2,6 0 0 4294967295", 0xfffff000u + 56,
		 (unsigned)(4294967296.0 / 100 * percent));
	enter(side);
	if (run(netem) == 0)
		return "netem";
	if (run(clsact) == 0 && run(filter) == 0)
		return "filter";
	fprintf(stderr, "tc has neither netem nor a filter for %s\n", interface);
	exit(1);
}

/* What is read of a stream, a line or so many bytes at a time. */
struct reader {
	int fd;
	size_t begin, end;
	char bytes[8192];
};

static int fill(struct reader *in)
{
	ssize_t got;

	if (in->begin < in->end)
		return 1;
	got = CHECK(recv(in->fd, in->bytes, sizeof(in->bytes), 0));
	in->begin = 0;
	in->end = got;
	return got > 0;
}

/* A line without its end; 0 at the end of the stream. */
static int line_of(struct reader *in, char *line, size_t room)
{
	size_t length = 0;

	for (;;) {
		char byte;

		if (!fill(in))
			return 0;
		byte = in->bytes[in->begin++];
		if (byte == '\n')
			break;
		if (byte != '\r' && length + 1 < room)
			line[length++] = byte;
	}
	line[length] = 0;
	return 1;
}

static size_t skip(struct reader *in, size_t count)
{
	size_t left = count;

	while (left && fill(in)) {
		size_t part = in->end - in->begin;

		part = part < left ? part : left;
		in->begin += part;
		left -= part;
	}
	return count - left;
}

struct head {
	char first[256];
	long length; /* -1: not said */
	int is_chunked, is_closed;
};

static int head_of(struct reader *in, struct head *head)
{
	char line[256];

	head->length = -1;
	head->is_chunked = head->is_closed = 0;
	if (!line_of(in, head->first, sizeof(head->first)))
		return 0;
	while (line_of(in, line, sizeof(line)) && line[0]) {
		if (!strncasecmp(line, "Content-Length: ", 16))
			head->length = atol(line + 16);
		head->is_chunked |= !strcasecmp(line, "Transfer-Encoding: chunked");
		head->is_closed |= !strcasecmp(line, "Connection: close");
	}
	return 1;
}

/* Reads the body and says how it was told and how long it was. */
static size_t body_of(struct reader *in, const struct head *head, int may_have_one, const char **kind)
{
	char line[256];
	size_t all = 0, chunk;

	*kind = "none";
	if (!may_have_one)
		return 0;
	if (head->is_chunked) {
		*kind = "chunked";
		while (line_of(in, line, sizeof(line)) && (chunk = strtoul(line, NULL, 16))) {
			all += skip(in, chunk);
			line_of(in, line, sizeof(line));
		}
		while (line_of(in, line, sizeof(line)) && line[0])
			;
	} else if (head->length >= 0) {
		*kind = "counted";
		all = skip(in, head->length);
	} else if (head->is_closed) {
		*kind = "until_end";
		while (fill(in)) {
			all += in->end - in->begin;
			in->begin = in->end;
		}
	}
	return all;
}

/* Something of that length, in chunks of growing size, one with an extension, and with a trailer. */
static void send_chunked(int fd, size_t length)
{
	static char bytes[8192];
	size_t chunk = 1;
	char line[64];

	memset(bytes, 'c', sizeof(bytes));
	while (length) {
		chunk = chunk < length ? chunk : length;
		send_all(fd, line, snprintf(line, sizeof(line), chunk == 3 ? "%zx;note=three\r\n" : "%zX\r\n", chunk));
		send_all(fd, bytes, chunk);
		send_all(fd, "\r\n", 2);
		length -= chunk;
		chunk = chunk * 3 % sizeof(bytes);
	}
	send_all(fd, "0\r\nX-Trailer: yes\r\n\r\n", 21);
}

static void send_counted(int fd, size_t length)
{
	static char bytes[8192];

	memset(bytes, 'b', sizeof(bytes));
	send_all(fd, bytes, length);
}

/* The n-th request of a connection: six kinds, and the last is answered until the end. */
static const char *method_of(int n)
{
	static const char *const METHODS[] = { "GET", "GET", "POST", "HEAD", "GET", "PUT", "DELETE" };

	return n == EXCHANGES - 1 ? "GET" : METHODS[n % 7];
}

static void ask(int fd, int port, int n)
{
	size_t length = (n * 397 + port) % 5000;
	const char *method = method_of(n);
	char head[512];
	int used;

	used = snprintf(head, sizeof(head), "%s /%d/%d?q=%d%%20x HTTP/1.1\r\nHost: web.talk.test\r\nUser-Agent: wire/%d\r\n",
			method, port, n, n * n, n);
	if (!strcmp(method, "POST"))
		used += snprintf(head + used, sizeof(head) - used, "Content-Length: %zu\r\n", length);
	else if (!strcmp(method, "PUT"))
		used += snprintf(head + used, sizeof(head) - used, "Transfer-Encoding: chunked\r\n");
	else
		length = 0;
	used += snprintf(head + used, sizeof(head) - used, "\r\n");
	send_all(fd, head, used);
	if (!strcmp(method, "POST"))
		send_counted(fd, length);
	else if (!strcmp(method, "PUT"))
		send_chunked(fd, length);
	say("http_asked %d %d %s /%d/%d?q=%d%%20x %zu", port, n + 1, method, port, n, n * n, length);
}

static void http_client(const struct part *part)
{
	struct sockaddr_storage to = address(RIGHT, AF_INET, part->port);
	int connection, status;

	for (connection = 0; connection < CONNECTIONS; connection++) {
		int port = 10080 + connection, asked = 0, answered = 0;
		static struct reader in;

		if (CHECK(fork()))
			continue;
		alarm(100);
		say("http_client_%d %d", port, getpid());
		in.fd = bound(LEFT, AF_INET, SOCK_STREAM, port);
		CHECK(connect(in.fd, (void *)&to, length_of(AF_INET)));
		while (answered < EXCHANGES) {
			/* So many at once, before the first is answered. */
			int most = asked + 1 + (asked + connection) % 6;
			struct head head;

			while (asked < EXCHANGES && asked < most)
				ask(in.fd, port, asked++);
			while (answered < asked) {
				const char *method = method_of(answered), *kind;
				int code;
				size_t length;

				CHECK(head_of(&in, &head) ? 0 : -1);
				code = atoi(head.first + 9);
				length = body_of(&in, &head, code != 204 && code != 304 && strcmp(method, "HEAD"), &kind);
				say("http_got %d %d %d %s %zu", port, ++answered, code, kind, length);
			}
		}
		exit(0);
	}
	for (connection = 0; connection < CONNECTIONS; connection++) {
		CHECK(wait(&status));
		CHECK(status ? -1 : 0);
	}
}

static void answer(int fd, int port, int n, const char *method)
{
	size_t length = (n * 733 + port) % 6000;
	const char *kind = "counted";
	int code = 200, used;
	char head[512];

	if (n == EXCHANGES - 1) {
		kind = "until_end";
		used = snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n");
	} else if (n % 7 == 1 || n % 7 == 5) {
		kind = "chunked";
		used = snprintf(head, sizeof(head), "HTTP/1.1 200 Fine so\r\nTransfer-Encoding: chunked\r\n\r\n");
	} else if (n % 7 == 4 || n % 7 == 6) {
		kind = "none";
		code = n % 7 == 4 ? 304 : 204;
		used = snprintf(head, sizeof(head), "HTTP/1.1 %d Nothing\r\nX-Number: %d\r\n\r\n", code, n);
	} else {
		code = n % 7 == 2 ? 201 : 200;
		used = snprintf(head, sizeof(head), "HTTP/1.1 %d OK\r\nContent-Type: text/html\r\nContent-Length: %zu\r\n\r\n",
				code, length);
	}
	send_all(fd, head, used);
	if (!strcmp(method, "HEAD"))
		kind = "none";
	if (!strcmp(kind, "none"))
		length = 0;
	else if (!strcmp(kind, "chunked"))
		send_chunked(fd, length);
	else
		send_counted(fd, length);
	say("http_answered %d %d %d %s %zu", port, n + 1, code, kind, length);
}

static void http_server(const struct part *part)
{
	int listener = listening(part), i, status;

	ready(part);
	for (i = 0; i < CONNECTIONS; i++) {
		struct sockaddr_in from;
		socklen_t length = sizeof(from);
		static struct reader in;
		struct head head;
		int port, n = 0;

		in.fd = CHECK(accept(listener, (void *)&from, &length));
		port = ntohs(from.sin_port);
		if (CHECK(fork())) {
			CHECK(close(in.fd));
			continue;
		}
		alarm(100);
		say("http_server_%d %d", port, getpid());
		while (n < EXCHANGES && head_of(&in, &head)) {
			char method[16], target[128];
			const char *kind;
			size_t bytes;

			sscanf(head.first, "%15s %127s", method, target);
			bytes = body_of(&in, &head, 1, &kind);
			say("http_seen %d %d %s %s %zu", port, n + 1, method, target, bytes);
			answer(in.fd, port, n++, method);
		}
		exit(0);
	}
	for (i = 0; i < CONNECTIONS; i++) {
		CHECK(wait(&status));
		CHECK(status ? -1 : 0);
	}
}

static unsigned label(unsigned char *to, const char *name)
{
	unsigned at = 0;

	while (*name) {
		const char *dot = strchrnul(name, '.');

		to[at++] = dot - name;
		memcpy(to + at, name, dot - name);
		at += dot - name;
		name = *dot ? dot + 1 : dot;
	}
	to[at++] = 0;
	return at;
}

static unsigned short short_at(const unsigned char *at)
{
	return at[0] << 8 | at[1];
}

static unsigned question(unsigned char *to, unsigned id, const char *name, int type)
{
	unsigned char head[12] = { id >> 8, id, 1, 0, 0, 1 };
	unsigned at = 12;

	memcpy(to, head, 12);
	at += label(to + at, name);
	to[at++] = 0;
	to[at++] = type;
	to[at++] = 0;
	to[at++] = 1;
	return at;
}

/* Name and type of the question; the length of both. */
static unsigned read_question(const unsigned char *bytes, char *name, int *type)
{
	unsigned at = 12, used = 0;

	while (bytes[at]) {
		memcpy(name + used, bytes + at + 1, bytes[at]);
		used += bytes[at];
		name[used++] = '.';
		at += bytes[at] + 1;
	}
	name[used ? used - 1 : 0] = 0;
	*type = short_at(bytes + at + 1);
	return at + 5;
}

static unsigned record(unsigned char *to, unsigned name, int type, const void *data, int length)
{
	unsigned char head[12] = { 0xc0 | name >> 8, name, 0, type, 0, 1, 0, 0, 0, 60, 0, length };

	memcpy(to, head, 12);
	memcpy(to + 12, data, length);
	return 12 + length;
}

/* Answers in place: every seventh name is nobody's, every fifth has another name that has the address. */
static unsigned answer_question(unsigned char *bytes, const char *whom, int port)
{
	unsigned char address[16] = { 10, 77 }, other[64];
	char name[256];
	int type, n, answers = 0, is_nobody;
	unsigned at = read_question(bytes, name, &type), target = 12, length;

	n = atoi(name + 1);
	say("dns_seen %s %d %d %d %s", whom, port, short_at(bytes), type, name);
	is_nobody = n % 7 == 0;
	bytes[2] |= 0x84;
	bytes[3] = 0x80 | (is_nobody ? 3 : 0);
	if (!is_nobody && n % 5 == 0) {
		/* "other", and the rest of the name as it stands above. */
		memcpy(other, "\005other", 6);
		other[6] = 0xc0;
		other[7] = 12 + 1 + bytes[12];
		length = record(bytes + at, 12, 5, other, 8);
		target = at + 12;
		at += length;
		answers++;
	}
	if (!is_nobody) {
		if (type == 28) {
			memset(address, 0, sizeof(address));
			address[0] = 0xfd;
			address[1] = 0x77;
		}
		address[type == 28 ? 14 : 2] = n >> 8;
		address[type == 28 ? 15 : 3] = n;
		at += record(bytes + at, target, type, address, type == 28 ? 16 : 4);
		answers++;
	}
	bytes[7] = answers;
	say("dns_answered %s %d %d %d %d %s", whom, port, short_at(bytes), bytes[3] & 15, answers, name);
	return at;
}

static void took(const unsigned char *bytes, const char *whom, int port)
{
	char name[256];
	int type;

	read_question(bytes, name, &type);
	say("dns_got %s %d %d %d %d %s", whom, port, short_at(bytes), bytes[3] & 15, short_at(bytes + 6), name);
}

/* Asks again until there is an answer. */
static void dns_client(const struct part *part)
{
	struct sockaddr_storage to = address(RIGHT, AF_INET, part->port);
	struct timeval patience = { .tv_usec = 200000 };
	int i, n, status;

	for (i = 0; i < RESOLVERS; i++) {
		int port = 10053 + i, fd;

		if (CHECK(fork()))
			continue;
		alarm(100);
		say("dns_client_%d %d", port, getpid());
		fd = bound(LEFT, AF_INET, SOCK_DGRAM, port);
		CHECK(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)));
		for (n = 0; n < QUESTIONS; n++) {
			unsigned char bytes[512], reply[512];
			int id = (port * 100 + n) & 0xffff, type = n % 3 ? 1 : 28;
			char name[64];
			unsigned length;

			snprintf(name, sizeof(name), "h%d.talk%d.test", i * QUESTIONS + n, port);
			length = question(bytes, id, name, type);
			do {
				ssize_t got;

				CHECK(sendto(fd, bytes, length, 0, (void *)&to, length_of(AF_INET)));
				say("dns_sent udp %d %d %d %s", port, id, type, name);
				while ((got = recv(fd, reply, sizeof(reply), 0)) > 0) {
					took(reply, "udp", port);
					if (short_at(reply) == id)
						break;
				}
				if (got > 0)
					break;
			} while (errno == EAGAIN);
		}
		exit(0);
	}
	for (i = 0; i < RESOLVERS; i++) {
		CHECK(wait(&status));
		CHECK(status ? -1 : 0);
	}
}

static void dns_server(const struct part *part)
{
	int fd = bound(RIGHT, AF_INET, SOCK_DGRAM, part->port);

	serve_until_told();
	ready(part);
	for (;;) {
		unsigned char bytes[512];
		struct sockaddr_in from;
		socklen_t length = sizeof(from);

		CHECK(recvfrom(fd, bytes, sizeof(bytes), 0, (void *)&from, &length));
		CHECK(sendto(fd, bytes, answer_question(bytes, "udp", ntohs(from.sin_port)), 0, (void *)&from, length));
	}
}

static void receive_all(int fd, unsigned char *bytes, size_t count)
{
	size_t got = 0;

	while (got < count) {
		ssize_t part = CHECK(recv(fd, bytes + got, count - got, 0));

		CHECK(part ? 0 : -1);
		got += part;
	}
}

/* All questions at once, in pieces that do not end where messages do. */
static void dns_stream_client(const struct part *part)
{
	int fd = client_socket(part, SOCK_STREAM), n;
	unsigned char bytes[64 * BY_STREAM];
	unsigned used = 0, sent;

	for (n = 0; n < BY_STREAM; n++) {
		char name[64];
		unsigned length;

		snprintf(name, sizeof(name), "h%d.stream.test", n);
		length = question(bytes + used + 2, 500 + n, name, 1);
		bytes[used] = length >> 8;
		bytes[used + 1] = length;
		used += 2 + length;
		say("dns_sent tcp %d %d 1 %s", part->port + 10000, 500 + n, name);
	}
	for (sent = 0; sent < used; sent += 47)
		send_all(fd, bytes + sent, used - sent < 47 ? used - sent : 47);
	for (n = 0; n < BY_STREAM; n++) {
		receive_all(fd, bytes, 2);
		receive_all(fd, bytes + 2, short_at(bytes));
		took(bytes + 2, "tcp", part->port + 10000);
	}
}

static void dns_stream_server(const struct part *part)
{
	int listener = listening(part), fd, n;
	unsigned char bytes[514];

	ready(part);
	fd = CHECK(accept(listener, NULL, NULL));
	for (n = 0; n < BY_STREAM; n++) {
		unsigned length;

		receive_all(fd, bytes, 2);
		receive_all(fd, bytes + 2, short_at(bytes));
		length = answer_question(bytes + 2, "tcp", part->port + 10000);
		bytes[0] = length >> 8;
		bytes[1] = length;
		send_all(fd, bytes, length + 2);
	}
}

/* How often the kernel of this side has sent a segment of TCP again. */
static long again(enum side side)
{
	char names[1024], numbers[1024];
	long counts[16];
	FILE *file;

	enter(side);
	file = fopen("/proc/thread-self/net/snmp", "r");
	CHECK(file ? 0 : -1);
	while (fgets(names, sizeof(names), file) && fgets(numbers, sizeof(numbers), file))
		if (!strncmp(numbers, "Tcp: ", 5))
			sscanf(numbers, "Tcp: %*d %*d %*d %*d %*d %*d %*d %*d %*d %*d %*d %ld", counts);
	fclose(file);
	return counts[0];
}

static void lose_on_both(const struct part *part)
{
	say("lost_by %s", lose(LEFT, part->port));
	lose(RIGHT, part->port);
}

static void count_again(const struct part *part)
{
	say("sent_again %ld", again(LEFT) + again(RIGHT));
}

void scene_talk(int percent)
{
	struct part loss = { .name = "loss", .port = percent };

	if (percent)
		end(start(LEFT, "", lose_on_both, &loss));
	play("http", http_server, http_client, AF_INET, 80);
	play("dns_stream", dns_stream_server, dns_stream_client, AF_INET, 53);
	play("dns", dns_server, dns_client, AF_INET, 53);
	end(start(LEFT, "_count", count_again, &loss));
}
