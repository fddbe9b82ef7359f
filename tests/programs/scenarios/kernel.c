/* The kernel: what changes it or looks into it. Modules are those that the test's guest carries in /lib/modules. */
#include "scenarios.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/blkpg.h>
#include <linux/bpf.h>
#include <linux/loop.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A symbol's address as the kernel tells it, as a fact (a number with a sign, as SQL has it); 0 when it tells none. */
static void symbol_fact(const char *name, const char *symbol)
{
	FILE *symbols = fopen("/proc/kallsyms", "r");
	unsigned long address, found = 0;
	char line[512], this[256];

	must(symbols);
	while (!found && fgets(line, sizeof(line), symbols))
		if (sscanf(line, "%lx %*c %255s", &address, this) == 2 && !strcmp(this, symbol))
			found = address;
	fclose(symbols);
	fact(name, "%ld", found);
}

/* BPF. */

static int bpf(int command, union bpf_attr *attributes)
{
	return syscall(SYS_bpf, command, attributes, sizeof(*attributes));
}

static int make_map(const char *name, int entries)
{
	union bpf_attr a = { .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 8, .max_entries = entries };

	strcpy(a.map_name, name);
	return bpf(BPF_MAP_CREATE, &a);
}

#define MOVE(value) { .code = 0xb7, .imm = (value) }
#define CALL(helper) { .code = 0x85, .imm = (helper) }
#define EXIT { .code = 0x95 }

/* Into the first register: the map with a descriptor that is put there. */
#define MAP { .code = 0x18, .dst_reg = 1, .src_reg = BPF_PSEUDO_MAP_FD }, { .code = 0 }

/* bpf_get_smp_processor_id is 8, bpf_ktime_get_ns 5. */
static struct bpf_insn calling_helpers[] = { MAP, CALL(8), CALL(5), MOVE(1), EXIT };
static struct bpf_insn without_end[] = { MOVE(1) };

static int load_program(int type, const char *name, const struct bpf_insn *instructions, int count)
{
	union bpf_attr a = { .prog_type = type, .insn_cnt = count };

	a.insns = (uintptr_t)instructions;
	a.license = (uintptr_t) "GPL";
	strcpy(a.prog_name, name);
	return bpf(BPF_PROG_LOAD, &a);
}

static int scene_program(int type)
{
	struct bpf_prog_info info = { 0 };
	union bpf_attr a = { 0 };
	int program, map = make_map("scene_map", 1);
	__u32 map_id = 0;

	must(map >= 0);
	calling_helpers[0].imm = map;
	program = load_program(type, "scene_program", calling_helpers, 6);
	must(program >= 0 && !close(map));
	info.nr_map_ids = 1;
	info.map_ids = (uintptr_t)&map_id;
	a.info.bpf_fd = program;
	a.info.info_len = sizeof(info);
	a.info.info = (uintptr_t)&info;
	must(!bpf(BPF_OBJ_GET_INFO_BY_FD, &a) && info.nr_map_ids == 1);
	fact("prog_id", "%u", info.id);
	fact("prog_maps", "[%u]", map_id);
	fact("prog_tag", "%02x%02x%02x%02x%02x%02x%02x%02x", info.tag[0], info.tag[1], info.tag[2], info.tag[3], info.tag[4],
	     info.tag[5], info.tag[6], info.tag[7]);
	return program;
}

static void bpf_command(void)
{
	must(make_map("scene_map", 1) >= 0);
}

/* Attributes that no kernel can take are refused before anybody is asked. */
static void bpf_command_near(void)
{
	static char attributes[1 << 16];

	must(syscall(SYS_bpf, BPF_MAP_CREATE, attributes, sizeof(attributes)) < 0);
}

static void bpf_map_made(void)
{
	struct bpf_map_info info = { 0 };
	union bpf_attr a = { 0 };
	int map = make_map("scene_map", 1);

	must(map >= 0);
	a.info.bpf_fd = map;
	a.info.info_len = sizeof(info);
	a.info.info = (uintptr_t)&info;
	must(!bpf(BPF_OBJ_GET_INFO_BY_FD, &a));
	fact("id", "%u", info.id);
	/* Once more, as somebody else would get it. */
	memset(&a, 0, sizeof(a));
	a.map_id = info.id;
	must(bpf(BPF_MAP_GET_FD_BY_ID, &a) >= 0);
}

static void bpf_map_made_near(void)
{
	must(make_map("scene_map", 0) < 0);
}

static void bpf_program(void)
{
	union bpf_attr a = { 0 };
	struct bpf_prog_info info = { 0 };
	int program = scene_program(BPF_PROG_TYPE_SOCKET_FILTER);

	a.info.bpf_fd = program;
	a.info.info_len = sizeof(info);
	a.info.info = (uintptr_t)&info;
	must(!bpf(BPF_OBJ_GET_INFO_BY_FD, &a));
	memset(&a, 0, sizeof(a));
	a.prog_id = info.id;
	must(bpf(BPF_PROG_GET_FD_BY_ID, &a) >= 0);
}

static void bpf_program_near(void)
{
	must(load_program(BPF_PROG_TYPE_SOCKET_FILTER, "refused", without_end, 1) < 0);
}

/* It has nothing to do with this process, and is gone at once. */
static void bpf_attach_tracepoint(void)
{
	union bpf_attr a = { 0 };
	struct bpf_link_info info = { 0 };
	int link;

	a.raw_tracepoint.name = (uintptr_t) "cgroup_rename";
	a.raw_tracepoint.prog_fd = scene_program(BPF_PROG_TYPE_RAW_TRACEPOINT);
	link = bpf(BPF_RAW_TRACEPOINT_OPEN, &a);
	must(link >= 0);
	memset(&a, 0, sizeof(a));
	a.info.bpf_fd = link;
	a.info.info_len = sizeof(info);
	a.info.info = (uintptr_t)&info;
	must(!bpf(BPF_OBJ_GET_INFO_BY_FD, &a));
	fact("link_id", "%u", info.id);
}

static void bpf_attach_near(void)
{
	union bpf_attr a = { 0 };

	a.raw_tracepoint.name = (uintptr_t) "no_such_tracepoint";
	a.raw_tracepoint.prog_fd = scene_program(BPF_PROG_TYPE_RAW_TRACEPOINT);
	must(bpf(BPF_RAW_TRACEPOINT_OPEN, &a) < 0);
}

static int perf_event(struct perf_event_attr *a)
{
	a->size = sizeof(*a);
	a->disabled = 1;
	return syscall(SYS_perf_event_open, a, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

static void bpf_attach_perf(void)
{
	struct perf_event_attr a = { .type = PERF_TYPE_SOFTWARE, .config = PERF_COUNT_SW_DUMMY };
	int event = perf_event(&a);

	must(event >= 0);
	must(!ioctl(event, PERF_EVENT_IOC_SET_BPF, scene_program(BPF_PROG_TYPE_PERF_EVENT)));
}

static void bpf_attach_cgroup(void)
{
	const char *root = access("/sys/fs/cgroup/unified/cgroup.procs", F_OK) ? "/sys/fs/cgroup" :
										 "/sys/fs/cgroup/unified";
	union bpf_attr a = { 0 };
	char path[128];

	snprintf(path, sizeof(path), "%s/tracee-test-%d", root, getpid());
	must(!mkdir(path, 0755));
	a.attach_bpf_fd = scene_program(BPF_PROG_TYPE_CGROUP_SKB);
	a.target_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	a.attach_type = BPF_CGROUP_INET_EGRESS;
	must((int)a.target_fd >= 0);
	must(!bpf(BPF_PROG_ATTACH, &a));
	close(a.target_fd);
	must(!rmdir(path));
}

/* Kprobes, on a function that nobody is in meanwhile: its code is written over. */

static int kprobe(const char *function)
{
	FILE *file = fopen("/sys/bus/event_source/devices/kprobe/type", "r");
	struct perf_event_attr a = { 0 };

	must(file && fscanf(file, "%u", &a.type) == 1);
	fclose(file);
	a.config1 = (uintptr_t)function;
	return perf_event(&a);
}

static void kprobe_set(void)
{
	symbol_fact("addr", "do_sys_settimeofday64");
	symbol_fact("dispatcher", "kprobe_dispatcher");
	must(kprobe("do_sys_settimeofday64") >= 0);
}

static void kprobe_set_near(void)
{
	must(kprobe("no_such_function") < 0);
}

static void bpf_attach_kprobe(void)
{
	struct bpf_link_info info = { 0 };
	union bpf_attr a = { 0 };
	int event = kprobe("do_sys_settimeofday64");
	int link;

	must(event >= 0);
	symbol_fact("addr", "do_sys_settimeofday64");
	a.link_create.prog_fd = scene_program(BPF_PROG_TYPE_KPROBE);
	a.link_create.target_fd = event;
	a.link_create.attach_type = BPF_PERF_EVENT;
	link = bpf(BPF_LINK_CREATE, &a);
	must(link >= 0);
	memset(&a, 0, sizeof(a));
	a.info.bpf_fd = link;
	a.info.info_len = sizeof(info);
	a.info.info = (uintptr_t)&info;
	must(!bpf(BPF_OBJ_GET_INFO_BY_FD, &a));
	fact("link_id", "%u", info.id);
}

/* Programs that the kernel starts. */

#define UNUSED_FAMILY 4 /* IPX: whoever asks for it makes the kernel look for a module */

static void usermode_helper(void)
{
	FILE *file = fopen("/proc/sys/kernel/modprobe", "r");
	char path[256];

	must(file && fscanf(file, "%255s", path) == 1);
	fclose(file);
	fact("path", "%s", path);
	must(socket(UNUSED_FAMILY, SOCK_DGRAM, 0) < 0);
}

static void usermode_helper_near(void)
{
	must(socket(AF_UNIX, SOCK_DGRAM, 0) >= 0);
}

/* Files and devices that the kernel makes. */

static void proc_file(void)
{
	symbol_fact("operations", "proc_seq_ops");
	must(!unshare(CLONE_NEWNET));
}

static void proc_file_near(void)
{
	must(!unshare(CLONE_NEWUTS));
}

/* What the module says of itself, as facts. */
static void module_facts(const char *path)
{
	int file = open(path, O_RDONLY | O_CLOEXEC);
	const char *bytes, *end, *found = NULL;
	struct stat s;

	must(file >= 0 && !fstat(file, &s));
	bytes = mmap(NULL, s.st_size, PROT_READ, MAP_PRIVATE, file, 0);
	must(bytes != MAP_FAILED);
	end = bytes + s.st_size;
	found = memmem(bytes, end - bytes, "\0srcversion=", 12);
	fact("src_version", "%s", found ? found + 12 : "");
	close(file);
}

static void load_module(const char *path, const char *options)
{
	int file = open(path, O_RDONLY | O_CLOEXEC);

	must(file >= 0);
	must(!syscall(SYS_finit_module, file, options, 0));
	close(file);
}

static void unload_module(const char *name)
{
	must(!syscall(SYS_delete_module, name, O_NONBLOCK));
}

#define MSR "/lib/modules/msr.ko"
#define LOOP "/lib/modules/loop.ko"

static void module_loaded(void)
{
	struct stat s;

	module_facts(MSR);
	file_facts("module", MSR);
	must(!stat(MSR, &s));
	fact("size", "%lld", (long long)s.st_size);
	symbol_fact("operations", "no such symbol");
	load_module(MSR, "");
	symbol_fact("operations_now", "msr_fops");
	unload_module("msr");
}

/* From memory: the file is nobody's business. */
static void module_from_memory(void)
{
	int file = open(MSR, O_RDONLY | O_CLOEXEC);
	struct stat s;
	void *bytes;

	module_facts(MSR);
	must(file >= 0 && !fstat(file, &s));
	bytes = mmap(NULL, s.st_size, PROT_READ, MAP_PRIVATE, file, 0);
	must(bytes != MAP_FAILED);
	close(file);
	must(!syscall(SYS_init_module, bytes, s.st_size, ""));
	unload_module("msr");
}

/* Read, but no module. */
static void module_loaded_near(void)
{
	int file = open("no-module", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	must(file >= 0);
	must(!ftruncate(file, 1000) && !close(file));
	file = open("no-module", O_RDONLY | O_CLOEXEC);
	must(syscall(SYS_finit_module, file, "", 0) < 0 && errno == ENOEXEC);
}

static void block_device(void)
{
	struct blkpg_partition partition = { .start = 4096, .length = 8192, .pno = 1 };
	struct blkpg_ioctl_arg command = { .op = BLKPG_ADD_PARTITION, .datalen = sizeof(partition), .data = &partition };
	int backing, device;

	symbol_fact("operations", "blk_mq_debugfs_fops");
	load_module(LOOP, "max_loop=1 max_part=8");
	backing = open("disk", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	must(!ftruncate(backing, 1 << 20));
	device = open("/dev/loop0", O_RDWR | O_CLOEXEC);
	must(device >= 0);
	must(!ioctl(device, LOOP_SET_FD, backing));
	must(!ioctl(device, BLKPG, &command));
	command.op = BLKPG_DEL_PARTITION;
	must(!ioctl(device, BLKPG, &command));
	must(!ioctl(device, LOOP_CLR_FD));
	close(device);
	for (int tries = 0; syscall(SYS_delete_module, "loop", O_NONBLOCK) && tries < 100; tries++)
		usleep(50000);
}

/* Time, limits, prctl. */

/* Sets neither, and is allowed to. */
static void time_set_to_nothing(void)
{
	must(!syscall(SYS_settimeofday, NULL, NULL));
}

static void time_set_near(void)
{
	struct timespec now;

	must(!clock_gettime(CLOCK_REALTIME, &now));
	must(clock_settime(CLOCK_MONOTONIC, &now) < 0);
}

/* Only in the guest: the system's time is everybody's. */
static void time_set(void)
{
	struct timezone zone = { .tz_minuteswest = 90, .tz_dsttime = 1 };
	struct timespec now;
	struct timeval tv;

	must(!clock_gettime(CLOCK_REALTIME, &now));
	fact("sec", "%lld", (long long)now.tv_sec);
	fact("nsec", "%ld", now.tv_nsec);
	must(!clock_settime(CLOCK_REALTIME, &now));
	must(!gettimeofday(&tv, NULL));
	fact("tv_sec", "%lld", (long long)tv.tv_sec);
	fact("tv_nsec", "%ld", tv.tv_usec * 1000L);
	must(!syscall(SYS_settimeofday, &tv, &zone));
}

static void limit_set(void)
{
	struct rlimit limit = { 1000, RLIM_INFINITY };
	int go[2];
	pid_t child;
	char byte;

	must(!syscall(SYS_setrlimit, RLIMIT_CORE, &limit));
	must(!pipe(go));
	child = fork();
	if (!child) {
		close(go[1]);
		if (read(go[0], &byte, 1) < 0)
			_exit(1);
		_exit(0);
	}
	fact("child", "%d", child);
	limit = (struct rlimit){ 17, 18 };
	must(!syscall(SYS_prlimit64, child, RLIMIT_NOFILE, &limit, NULL));
	close(go[1]);
	must(waitpid(child, NULL, 0) == child);
}

static void limit_set_near(void)
{
	struct rlimit limit;

	must(!syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &limit));
}

static void prctl_done(void)
{
	must(!prctl(PR_SET_TIMERSLACK, 60001UL, ~0UL, 4UL, 5UL));
	must(prctl(PR_GET_TIMERSLACK) == 60001);
}

static void prctl_near(void)
{
	must(getpriority(PRIO_PROCESS, 0) >= -20);
}

const struct scenario kernel[] = {
	{ "bpf_command", bpf_command },
	{ "bpf_command_near", bpf_command_near },
	{ "bpf_map_made", bpf_map_made },
	{ "bpf_map_made_near", bpf_map_made_near },
	{ "bpf_program", bpf_program },
	{ "bpf_program_near", bpf_program_near },
	{ "bpf_attach_tracepoint", bpf_attach_tracepoint },
	{ "bpf_attach_perf", bpf_attach_perf },
	{ "bpf_attach_cgroup", bpf_attach_cgroup },
	{ "bpf_attach_kprobe", bpf_attach_kprobe },
	{ "bpf_attach_near", bpf_attach_near },
	{ "kprobe_set", kprobe_set },
	{ "kprobe_set_near", kprobe_set_near },
	{ "usermode_helper", usermode_helper },
	{ "usermode_helper_near", usermode_helper_near },
	{ "proc_file", proc_file },
	{ "proc_file_near", proc_file_near },
	{ "module_loaded", module_loaded },
	{ "module_from_memory", module_from_memory },
	{ "module_loaded_near", module_loaded_near },
	{ "block_device", block_device },
	{ "time_set_to_nothing", time_set_to_nothing },
	{ "time_set", time_set },
	{ "time_set_near", time_set_near },
	{ "limit_set", limit_set },
	{ "limit_set_near", limit_set_near },
	{ "prctl_done", prctl_done },
	{ "prctl_near", prctl_near },
	{ 0 },
};
