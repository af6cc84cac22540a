/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/seccomp.h"

#include "base/sanitized.h"

#if defined(__linux__) && !defined(SANITIZED) && (defined(__x86_64__) || defined(__aarch64__))

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#ifdef __x86_64__
#define THIS_ARCH AUDIT_ARCH_X86_64
#else
#define THIS_ARCH AUDIT_ARCH_AARCH64
#endif

/* Those that come often stand first; what an architecture lacks has no number there. */
static const int allowed[] = {
	SYS_ppoll, SYS_futex, SYS_clock_gettime, SYS_write, SYS_read, SYS_getsockopt, SYS_sendto,
	SYS_sendmsg, SYS_sendmmsg, SYS_openat, SYS_close, SYS_fstat, SYS_newfstatat, SYS_lseek,
	SYS_pread64, SYS_pwrite64, SYS_readv, SYS_writev, SYS_preadv, SYS_pwritev, SYS_munmap, SYS_mlock, SYS_munlock,
	SYS_mremap, SYS_madvise, SYS_brk, SYS_fsync, SYS_fdatasync, SYS_sync_file_range,
	SYS_fadvise64, SYS_fallocate, SYS_ftruncate, SYS_truncate, SYS_renameat2, SYS_linkat,
	SYS_unlinkat, SYS_mkdirat, SYS_readlinkat, SYS_faccessat, SYS_getdents64, SYS_getcwd,
	SYS_fchmod, SYS_fchmodat, SYS_umask, SYS_flock, SYS_fcntl, SYS_ioctl, SYS_dup, SYS_dup3,
	SYS_statfs, SYS_fstatfs, SYS_utimensat, SYS_pselect6, SYS_recvfrom, SYS_recvmsg,
	SYS_recvmmsg, SYS_accept4, SYS_pipe2, SYS_setsockopt, SYS_getsockname, SYS_getpeername, SYS_connect, SYS_shutdown,
	SYS_nanosleep, SYS_clock_nanosleep, SYS_clock_getres, SYS_gettimeofday, SYS_adjtimex,
	SYS_clock_adjtime, SYS_getrandom, SYS_getpid, SYS_gettid, SYS_getppid, SYS_getuid,
	SYS_geteuid, SYS_getgid, SYS_getegid, SYS_uname, SYS_sysinfo, SYS_getrusage, SYS_prlimit64, SYS_getpriority,
	SYS_sched_yield, SYS_sched_getaffinity, SYS_getcpu, SYS_membarrier, SYS_set_robust_list,
	SYS_set_tid_address, SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_rt_sigtimedwait,
	SYS_sigaltstack, SYS_restart_syscall, SYS_tgkill, SYS_exit, SYS_exit_group,
#ifdef SYS_statx
	SYS_statx,
#endif
#ifdef SYS_rseq
	SYS_rseq,
#endif
#ifdef SYS_faccessat2
	SYS_faccessat2,
#endif
#ifdef SYS_fchmodat2
	SYS_fchmodat2,
#endif
#ifdef SYS_poll
	SYS_poll, SYS_open, SYS_stat, SYS_lstat, SYS_access, SYS_rename, SYS_link, SYS_unlink,
	SYS_mkdir, SYS_rmdir, SYS_readlink, SYS_chmod, SYS_dup2, SYS_select, SYS_time,
#endif
#ifdef SYS_renameat
	SYS_renameat,
#endif
};

enum {
	ALLOWED = sizeof allowed / sizeof *allowed,
	RULES = 5, /* of one argument, below */
	FILTER_MAX = 4 + 2 * ALLOWED + 6 * RULES + 1
};

/* A call that is allowed where (argument & mask) == value; only its lower half is looked at. */
struct rule {
	int number;
	unsigned argument;
	uint32_t mask;
	uint32_t value;
};

static const struct rule rules[RULES] = {
	{ SYS_mmap, 2, PROT_EXEC, 0 },
	{ SYS_mprotect, 2, PROT_EXEC, 0 },
	{ SYS_socket, 0, UINT32_MAX, AF_UNIX },
	{ SYS_setpriority, 1, UINT32_MAX, 0 }, /* of the calling thread */
	/* Threads; clone3, whose flags cannot be seen, is absent and clone taken instead. */
	{ SYS_clone, 0, CLONE_THREAD, CLONE_THREAD },
};

struct filter {
	struct sock_filter code[FILTER_MAX];
	unsigned short len;
};

static void
add(struct filter *f, unsigned short code, uint32_t k, uint8_t yes, uint8_t no)
{
	f->code[f->len++] = (struct sock_filter) { code, yes, no, k };
}

static void
load(struct filter *f, size_t offset)
{
	add(f, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void
finish(struct filter *f, uint32_t what)
{
	add(f, BPF_RET | BPF_K, what, 0, 0);
}

/* Little-endian machines: an argument's lower half is its first. */
static void
add_rule(struct filter *f, const struct rule *r)
{
	add(f, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)r->number, 0, 5);
	load(f, offsetof(struct seccomp_data, args) + 8 * r->argument);
	add(f, BPF_ALU | BPF_AND | BPF_K, r->mask, 0, 0);
	add(f, BPF_JMP | BPF_JEQ | BPF_K, r->value, 0, 1);
	finish(f, SECCOMP_RET_ALLOW);
	finish(f, SECCOMP_RET_ERRNO | EACCES);
}

bool
seccomp_confine(void)
{
	struct filter f = { .len = 0 };
	struct sock_fprog program;

	load(&f, offsetof(struct seccomp_data, arch));
	add(&f, BPF_JMP | BPF_JEQ | BPF_K, THIS_ARCH, 1, 0);
	finish(&f, SECCOMP_RET_ERRNO | ENOSYS);
	load(&f, offsetof(struct seccomp_data, nr));
	for (size_t i = 0; i < ALLOWED; i++) {
		add(&f, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)allowed[i], 0, 1);
		finish(&f, SECCOMP_RET_ALLOW);
	}
	for (size_t i = 0; i < RULES; i++)
		add_rule(&f, &rules[i]);
	finish(&f, SECCOMP_RET_ERRNO | ENOSYS);
	program = (struct sock_fprog) { f.len, f.code };
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}

#else

bool
seccomp_confine(void)
{
	return false;
}

#endif
