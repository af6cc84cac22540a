/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"

static void
put(const char *path, const char *text)
{
	char dir[256];
	struct fault f;
	FILE *file;

	snprintf(dir, sizeof dir, "%s", path);
	*strrchr(dir, '/') = '\0';
	assert_int_equal(file_make_dirs(dir, 0700, &f), STATUS_OK);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void
the_machine_without_groups(void **state)
{
	uint64_t machine = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);

	(void)state;
	assert_int_equal(memory_usable("nowhere"), machine);
	put("odd/proc/self/cgroup", "no colon\n0:\n:memory\n\n");
	assert_int_equal(memory_usable("odd"), machine);
	assert_true(memory_usable("") > 0 && memory_usable("") <= machine);
}

static void
least_of_a_group_and_those_above(void **state)
{
	(void)state;
	put("two/proc/self/cgroup", "0::/system.slice/nfseal.service\n");
	put("two/sys/fs/cgroup/system.slice/nfseal.service/memory.max", "max\n");
	put("two/sys/fs/cgroup/system.slice/memory.max", "33554432\n");
	put("two/sys/fs/cgroup/memory.max", "50000000\n");
	assert_int_equal(memory_usable("two"), 33554432);
	put("two/sys/fs/cgroup/system.slice/nfseal.service/memory.max", "1048576\n");
	assert_int_equal(memory_usable("two"), 1048576);
}

static void
in_a_container_the_group_is_the_root(void **state)
{
	(void)state;
	put("own/proc/self/cgroup", "0::/\n");
	put("own/sys/fs/cgroup/memory.max", "20000000\n");
	assert_int_equal(memory_usable("own"), 20000000);
}

static void
the_first_version_has_a_hierarchy_for_memory(void **state)
{
	(void)state;
	put("one/proc/self/cgroup", "9:cpu:/a\n4:memory:/a/b\n0::/\n");
	put("one/sys/fs/cgroup/memory/a/b/memory.limit_in_bytes", "9223372036854771712\n");
	put("one/sys/fs/cgroup/memory/a/memory.limit_in_bytes", "7000000\n");
	assert_int_equal(memory_usable("one"), 7000000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_machine_without_groups),
		cmocka_unit_test(least_of_a_group_and_those_above),
		cmocka_unit_test(in_a_container_the_group_is_the_root),
		cmocka_unit_test(the_first_version_has_a_hierarchy_for_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
