/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_SANITIZED_H
#define BASE_SANITIZED_H

/*
 * SANITIZED: built with a sanitizer, which looks into its own process as a debugger does, and writes
 * its report to a file: such a process cannot be confined.
 */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

#endif
