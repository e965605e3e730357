/* SPDX-License-Identifier: Apache-2.0
 *
 * file.h - a document named on the command line, read whole.
 */
#ifndef HMI_CLI_FILE_H
#define HMI_CLI_FILE_H

#include "base/buf.h"

/* Appends the file's bytes, "-" is standard input; HM_E_LIMIT above `max`. A folder, a socket or a
 * device is refused; a pipe is read. */
int hmi_read_file(const char *path, size_t max, hmi_buf *out, hm_err *err);
/* What failed on this path by errno, in a sentence that says what to do. */
int hmi_cannot_read(const char *path, hm_err *err);
int hmi_cannot_write(const char *path, hm_err *err);
/* `code`; a failure is said to be about this file. */
int hmi_about_file(const char *path, int code, hm_err *err);
/* Writes a new or replaces an old file as a whole: beside it first, then renamed. */
int hmi_write_file(const char *path, hm_bytes content, hm_err *err);

#endif
