/* What leads out of a container; on the host it is nothing. */
#include "techniques.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

static void connect_once(const char *address)
{
	struct sockaddr_in at;
	int listener = listen_on(address, &at), fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	must(fd >= 0 && !connect(fd, (struct sockaddr *)&at, sizeof(at)) && !close(fd) && !close(listener));
}

/* Runs the technique as a pod's program is run. */
static void in_pod(char *technique)
{
	char *const arguments[] = { SELF, "run", technique, NULL };
	char *const environment[] = { "KUBERNETES_SERVICE_PORT=443", "KUBERNETES_SERVICE_HOST=127.0.0.9", NULL };

	run_program(SELF, arguments, environment);
}

static void calls_server(void)
{
	connect_once("127.0.0.9");
}

static void calls_neighbour(void)
{
	connect_once("127.0.0.99");
}

static void kubernetes_server(void)
{
	in_pod("calls_server");
}

static void kubernetes_neighbour(void)
{
	in_pod("calls_neighbour");
}

/* There is no such disk, and whoever tries it does not know. */
static void disk_mounted(void)
{
	make_folder("/tmp/disk");
	must(mount("/dev/vdz9", "/tmp/disk", "ext4", MS_RDONLY, NULL) == -1);
}

static void other_mounts(void)
{
	make_folder("/tmp/memory");
	must(!mount("memory", "/tmp/memory", "tmpfs", 0, NULL) && !umount2("/tmp/memory", 0));
	make_file("/tmp/masked");
	must(!mount("/dev/null", "/tmp/masked", NULL, MS_BIND, NULL) && !umount2("/tmp/masked", 0));
	must(!unlink("/tmp/masked"));
}

const struct technique containers[] = {
	{ "calls_server", calls_server },
	{ "calls_neighbour", calls_neighbour },
	{ "kubernetes_server", kubernetes_server },
	{ "kubernetes_neighbour", kubernetes_neighbour },
	{ "disk_mounted", disk_mounted },
	{ "other_mounts", other_mounts },
	{ NULL, NULL },
};
