/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * volley IF COUNT FLOWS [PACKETS-A-SECOND]: puts COUNT UDP packets of 60 octets into an interface
 * as if it had received them, evenly or as fast as it goes, without sleeping: it has a processor of
 * its own.  The source address of each is random among FLOWS (a power of two; 0 is 2^32).  The
 * kernel's way of testing XDP programs does it (BPF_PROG_TEST_RUN with live frames, Linux 5.18),
 * several times as fast as any sender from user space.  Prints the packets and the packets a second.
 */
#include <stdio.h>

#if defined(__linux__) && __has_include(<linux/bpf.h>)
#include <linux/bpf.h>
#endif

#ifdef BPF_F_TEST_XDP_LIVE_FRAMES
#include <inttypes.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"

enum {
	SIZE = 60,
	SOURCE_AT = 26, /* of IPv4 over Ethernet */
	BATCH = 64,
	TURNS = 4096, /* that a packet waits at most for its time, each a look at the clock */
	PACKETS_MAX = 1 << 30
};

#define FRACTION 1024 /* parts of a nanosecond, of the interval */

/* What the program and we share: one element of an array. */
struct pace {
	uint64_t start;    /* nanoseconds, of bpf_ktime_get_ns; 0: not begun */
	uint64_t sent;
	uint64_t interval; /* FRACTION parts of a nanosecond; 0: as fast as it goes */
};

static int
bpf(int command, union bpf_attr *a)
{
	long rc = syscall(SYS_bpf, command, a, sizeof *a);

	if (rc < 0) {
		perror("bpf");
		exit(2);
	}
	return (int)rc;
}

#define INSN(code, dst, src, off, imm) { code, dst, src, off, imm }
#define LOAD(size, dst, src, off) INSN(BPF_LDX | BPF_MEM | BPF_##size, dst, src, off, 0)
#define STORE(size, dst, off, src) INSN(BPF_STX | BPF_MEM | BPF_##size, dst, src, off, 0)
#define MOVE(dst, src) INSN(BPF_ALU64 | BPF_MOV | BPF_X, dst, src, 0, 0)
#define SET(dst, imm) INSN(BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, imm)
#define OP(op, dst, src) INSN(BPF_ALU64 | BPF_##op | BPF_X, dst, src, 0, 0)
#define OPI(op, dst, imm) INSN(BPF_ALU64 | BPF_##op | BPF_K, dst, 0, 0, imm)
#define JUMP(op, dst, src, off) INSN(BPF_JMP | BPF_##op | BPF_X, dst, src, off, 0)
#define JUMPI(op, dst, imm, off) INSN(BPF_JMP | BPF_##op | BPF_K, dst, 0, off, imm)
#define CALL(function) INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_##function)

/* r6: the pace, r7: the frame, r8: when it is due, r9: turns left. */
static int
load_program(int map, uint32_t mask)
{
	const struct bpf_insn program[] = {
		LOAD(W, 7, 1, 0),
		LOAD(W, 2, 1, 4),
		MOVE(3, 7),
		OPI(ADD, 3, SIZE),
		JUMP(JGT, 3, 2, 33), /* shorter than a frame of ours: to the end */
		INSN(BPF_ST | BPF_MEM | BPF_W, 10, 0, -4, 0), /* key 0 */
		MOVE(2, 10),
		OPI(ADD, 2, -4),
		INSN(BPF_LD | BPF_DW | BPF_IMM, 1, BPF_PSEUDO_MAP_FD, 0, map),
		INSN(0, 0, 0, 0, 0),
		CALL(map_lookup_elem),
		JUMPI(JEQ, 0, 0, 26), /* to the end */
		MOVE(6, 0),
		LOAD(DW, 8, 6, 0),
		JUMPI(JNE, 8, 0, 3),
		CALL(ktime_get_ns), /* the first: time begins */
		STORE(DW, 6, 0, 0),
		MOVE(8, 0),
		LOAD(DW, 1, 6, 8), /* due = start + sent * interval / FRACTION */
		LOAD(DW, 2, 6, 16),
		MOVE(3, 1),
		OP(MUL, 3, 2),
		OPI(DIV, 3, FRACTION),
		OP(ADD, 8, 3),
		OPI(ADD, 1, 1),
		STORE(DW, 6, 8, 1),
		JUMPI(JEQ, 2, 0, 5),
		SET(9, TURNS),
		CALL(ktime_get_ns),
		JUMP(JGE, 0, 8, 2),
		OPI(SUB, 9, 1),
		JUMPI(JNE, 9, 0, -4),
		CALL(get_prandom_u32),
		INSN(BPF_ALU | BPF_AND | BPF_K, 0, 0, 0, (int32_t)mask),
		INSN(BPF_ALU | BPF_END | BPF_TO_BE, 0, 0, 0, 32),
		STORE(W, 7, SOURCE_AT, 0),
		SET(0, XDP_PASS),
		INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
		SET(0, XDP_ABORTED),
		INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
	};
	union bpf_attr a;

	memset(&a, 0, sizeof a);
	a.prog_type = BPF_PROG_TYPE_XDP;
	a.insns = (uint64_t)(uintptr_t)program;
	a.insn_cnt = sizeof program / sizeof program[0];
	a.license = (uint64_t)(uintptr_t)"Dual BSD/GPL";
	return bpf(BPF_PROG_LOAD, &a);
}

static int
make_map(const struct pace *pace)
{
	uint32_t key = 0;
	union bpf_attr a;
	int fd;

	memset(&a, 0, sizeof a);
	a.map_type = BPF_MAP_TYPE_ARRAY;
	a.key_size = sizeof key;
	a.value_size = sizeof *pace;
	a.max_entries = 1;
	fd = bpf(BPF_MAP_CREATE, &a);
	memset(&a, 0, sizeof a);
	a.map_fd = (uint32_t)fd;
	a.key = (uint64_t)(uintptr_t)&key;
	a.value = (uint64_t)(uintptr_t)pace;
	(void)bpf(BPF_MAP_UPDATE_ELEM, &a);
	return fd;
}

static void
run(int program, unsigned interface, uint32_t count)
{
	static uint8_t frame[SIZE] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0, 0, SIZE - 14,
		0, 0, 0x40, 0, 64, 17, 0, 0, 10, 0, 0, 0, 198, 51, 100, 1, 0x9c, 0x40, 0x23, 0x28, 0, SIZE - 34 };
	struct xdp_md ctx = { .data_end = SIZE, .ingress_ifindex = interface };
	union bpf_attr a;

	memset(&a, 0, sizeof a);
	a.test.prog_fd = (uint32_t)program;
	a.test.data_in = (uint64_t)(uintptr_t)frame;
	a.test.data_size_in = SIZE;
	a.test.ctx_in = (uint64_t)(uintptr_t)&ctx;
	a.test.ctx_size_in = sizeof ctx;
	a.test.repeat = count;
	a.test.batch_size = BATCH;
	a.test.flags = BPF_F_TEST_XDP_LIVE_FRAMES;
	(void)bpf(BPF_PROG_TEST_RUN, &a);
}

int
main(int argc, char **argv)
{
	uint64_t count = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
	uint32_t flows = argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 10) : 0;
	double rate = argc > 4 ? atof(argv[4]) : 0;
	struct pace pace = { .interval = rate > 0 ? (uint64_t)(1e9 * FRACTION / rate) : 0 };
	unsigned interface = argc > 1 ? if_nametoindex(argv[1]) : 0;
	int64_t start;
	int program;

	if (interface == 0 || count == 0 || count > PACKETS_MAX || (flows & (flows - 1)) != 0)
		return 2;
	program = load_program(make_map(&pace), flows - 1);
	start = clock_monotonic_nanos();
	run(program, interface, (uint32_t)count);
	printf("%" PRIu64 " %.0f\n", count, (double)count * 1e9 / (double)(clock_monotonic_nanos() - start));
	return 0;
}
#else
int
main(void)
{
	fputs("this system cannot put packets into an interface by BPF\n", stderr);
	return 2;
}
#endif
