/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef NFSEAL_H
#define NFSEAL_H

/* The subcommands: each in cmd_NAME.c of its verb's directory; argv[0] is the name. */

int cmd_archive(int argc, char **argv);
int cmd_capture(int argc, char **argv);
int cmd_close(int argc, char **argv);
int cmd_collect(int argc, char **argv);
int cmd_info(int argc, char **argv);
int cmd_init(int argc, char **argv);
int cmd_recover(int argc, char **argv);
int cmd_replay(int argc, char **argv);
int cmd_show(int argc, char **argv);
int cmd_verify(int argc, char **argv);

#endif
