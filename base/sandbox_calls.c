/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sandbox_calls of base/sandbox.h: a seccomp filter (Linux 3.5) that refuses the system calls by
 * which a process writes, runs programs, talks to others or gains rights.  All else is allowed: a
 * list of what a C library needs would break with its next version.
 */
#include "base/sandbox.h"

#include "base/sanitized.h"

#if defined(__linux__) && !defined(SANITIZED) && (defined(__x86_64__) || defined(__aarch64__))

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#ifdef __x86_64__
#define THIS_MACHINE AUDIT_ARCH_X86_64
#else
#define THIS_MACHINE AUDIT_ARCH_AARCH64
#endif

/* Of clone(2): the new task is a thread of this process. */
#define THREAD_FLAG 0x00010000u
#define WRITING (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND | (O_TMPFILE & ~O_DIRECTORY))
/* Of ioctl(2): puts characters into the terminal's input, as if somebody had typed them. */
#define TYPE_INTO_TERMINAL 0x5412u

/* Numbers above the last one that this was written with are unknown, and refused as if absent. */
enum { CALLS_KNOWN = 512, PROGRAM_MAX = 256 };

static const uint16_t refused[] = {
	/* programs and processes */
	SYS_execve, SYS_execveat, SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_kill,
	SYS_tkill, SYS_rt_sigqueueinfo, SYS_rt_tgsigqueueinfo, SYS_pidfd_send_signal, SYS_setns,
	SYS_unshare, SYS_personality, SYS_bpf, SYS_perf_event_open, SYS_userfaultfd, SYS_kexec_load,
	SYS_init_module, SYS_finit_module, SYS_delete_module, SYS_reboot, SYS_add_key, SYS_request_key,
	SYS_keyctl,
	/* the network */
	SYS_socket, SYS_socketpair, SYS_connect, SYS_bind, SYS_listen, SYS_accept, SYS_accept4,
	SYS_sendto, SYS_sendmsg, SYS_sendmmsg,
	/* files */
	SYS_unlinkat, SYS_renameat2, SYS_linkat, SYS_symlinkat, SYS_mkdirat, SYS_mknodat,
	SYS_fchmod, SYS_fchmodat, SYS_fchown, SYS_fchownat, SYS_truncate, SYS_ftruncate, SYS_fallocate,
	SYS_utimensat, SYS_setxattr, SYS_lsetxattr, SYS_fsetxattr, SYS_removexattr, SYS_lremovexattr,
	SYS_fremovexattr, SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_swapon, SYS_swapoff,
	SYS_quotactl, SYS_fanotify_init, SYS_open_by_handle_at,
#ifdef SYS_renameat
	SYS_renameat,
#endif
#ifdef __x86_64__
	SYS_unlink, SYS_rename, SYS_link, SYS_symlink, SYS_mkdir, SYS_rmdir, SYS_mknod, SYS_creat,
	SYS_chmod, SYS_chown, SYS_lchown, SYS_utime, SYS_utimes, SYS_futimesat, SYS_fork, SYS_vfork,
	SYS_ioperm, SYS_iopl,
#endif
};

/* What hides its flags in memory; the C library then takes the older way, as on older kernels. */
static const uint16_t absent[] = { SYS_clone3, SYS_openat2, SYS_io_uring_setup,
	SYS_io_uring_enter, SYS_io_uring_register };

struct program {
	struct sock_filter list[PROGRAM_MAX];
	unsigned short count;
};

static void
put(struct program *p, uint16_t code, uint32_t k, uint8_t yes, uint8_t no)
{
	if (p->count < PROGRAM_MAX)
		p->list[p->count] = (struct sock_filter) { code, yes, no, k };
	p->count++;
}

static void
put_load(struct program *p, size_t offset)
{
	put(p, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void
put_answer(struct program *p, uint32_t answer)
{
	put(p, BPF_RET | BPF_K, answer, 0, 0);
}

/* If the number that was loaded is this one, that is the answer. */
static void
put_call(struct program *p, uint32_t call, uint32_t answer)
{
	put(p, BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1);
	put_answer(p, answer);
}

/* The lower half of a call's argument. */
static size_t
argument(unsigned n)
{
	size_t at = offsetof(struct seccomp_data, args) + n * sizeof(uint64_t);

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	at += sizeof(uint32_t);
#endif
	return at;
}

/* This call is refused where its argument has any of the bits (or, wanted: none of them). */
static void
put_flags(struct program *p, uint32_t call, unsigned n, uint32_t bits, bool wanted)
{
	put(p, BPF_JMP | BPF_JEQ | BPF_K, call, 0, 4);
	put_load(p, argument(n));
	put(p, BPF_JMP | BPF_JSET | BPF_K, bits, wanted ? 1 : 0, wanted ? 0 : 1);
	put_answer(p, SECCOMP_RET_ERRNO | EACCES);
	put_answer(p, SECCOMP_RET_ALLOW);
}

static void
write_program(struct program *p)
{
	const uint32_t no = SECCOMP_RET_ERRNO | EACCES;

	put_load(p, offsetof(struct seccomp_data, arch));
	put(p, BPF_JMP | BPF_JEQ | BPF_K, THIS_MACHINE, 1, 0);
	put_answer(p, no);
	put_load(p, offsetof(struct seccomp_data, nr));
	put(p, BPF_JMP | BPF_JGE | BPF_K, CALLS_KNOWN, 0, 1);
	put_answer(p, SECCOMP_RET_ERRNO | ENOSYS);
	for (size_t i = 0; i < sizeof absent / sizeof *absent; i++)
		put_call(p, absent[i], SECCOMP_RET_ERRNO | ENOSYS);
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
		put_call(p, refused[i], no);
#ifdef SYS_open
	put_flags(p, SYS_open, 1, WRITING, false);
#endif
	put_flags(p, SYS_openat, 2, WRITING, false);
	put_flags(p, SYS_clone, 0, THREAD_FLAG, true);
	put(p, BPF_JMP | BPF_JEQ | BPF_K, SYS_ioctl, 0, 3);
	put_load(p, argument(1));
	put(p, BPF_JMP | BPF_JEQ | BPF_K, TYPE_INTO_TERMINAL, 0, 1);
	put_answer(p, no);
	put_answer(p, SECCOMP_RET_ALLOW);
}

bool
sandbox_calls(void)
{
	struct program p = { .count = 0 };
	struct sock_fprog program = { .filter = p.list };

	write_program(&p);
	program.len = p.count;
	return p.count <= PROGRAM_MAX && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

#else

bool
sandbox_calls(void)
{
	return false;
}

#endif
