/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/notify.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "unit.h"

static int
listen_at(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	assert_true(fd >= 0);
	strcpy(at.sun_path, path);
	unlink(path);
	assert_int_equal(bind(fd, (struct sockaddr *)(void *)&at, sizeof at), 0);
	return fd;
}

static void
sends_what_it_was_told(void **state)
{
	struct notify n;
	struct fault f = { 0 };
	char got[2048], here[80];
	int fd;

	(void)state;
	/* A relative name is none; the tests' directory is short enough for the socket's address. */
	assert_int_equal(notify_open(&n, "socket", NULL, NULL, &f), STATUS_USAGE);
	snprintf(here, sizeof here, "/tmp/nfseal-notify-%ld", (long)getpid());
	fd = listen_at(here);
	assert_int_equal(notify_open(&n, here, "2500000", NULL, &f), STATUS_OK);
	assert_int_equal(n.watchdog, 2500000000);
	notify_send(&n, "READY=1\nSTATUS=%d packets", 42);
	got[recv(fd, got, sizeof got - 1, 0)] = '\0';
	assert_string_equal(got, "READY=1\nSTATUS=42 packets");
	notify_send(&n, "STATUS=%2000d", 1); /* cut, not refused */
	assert_int_equal(recv(fd, got, sizeof got, 0), 1023);
	close(fd);
	unlink(here);
	notify_send(&n, "STOPPING=1"); /* the manager is gone: nothing happens */
	notify_close(&n);
	notify_send(&n, "STOPPING=1");
}

static void
nobody_wants_to_know(void **state)
{
	struct notify n;
	struct fault f = { 0 };
	char name[200];

	(void)state;
	assert_int_equal(notify_open(&n, NULL, "1000000", NULL, &f), STATUS_OK);
	assert_int_equal(n.fd, -1);
	assert_int_equal(n.watchdog, 0);
	assert_int_equal(notify_open(&n, "", NULL, NULL, &f), STATUS_OK);
	assert_int_equal(n.fd, -1);
	memset(name, 'x', sizeof name);
	name[0] = '/';
	name[sizeof name - 1] = '\0';
	assert_int_equal(notify_open(&n, name, NULL, NULL, &f), STATUS_USAGE);
	assert_int_equal(n.fd, -1);
}

static void
the_watchdog_may_be_meant_for_another(void **state)
{
	struct notify n;
	struct fault f = { 0 };
	char me[24];

	(void)state;
	snprintf(me, sizeof me, "%ld", (long)getpid());
	assert_int_equal(notify_open(&n, "/nowhere", "1000000", me, &f), STATUS_OK);
	assert_int_equal(n.watchdog, 1000000000);
	notify_close(&n);
	assert_int_equal(notify_open(&n, "/nowhere", "1000000", "1", &f), STATUS_OK);
	assert_int_equal(n.watchdog, 0);
	notify_close(&n);
	assert_int_equal(notify_open(&n, "/nowhere", "soon", NULL, &f), STATUS_OK);
	assert_int_equal(n.watchdog, 0);
	notify_close(&n);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sends_what_it_was_told),
		cmocka_unit_test(nobody_wants_to_know),
		cmocka_unit_test(the_watchdog_may_be_meant_for_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
