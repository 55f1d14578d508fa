/* SPDX-License-Identifier: MIT */
#include "port/io.h"

#include <errno.h>

static const struct {
    int number;
    otpi_io_err err;
} table[] = {
    {0, OTPI_IO_OK},
    {ENOENT, OTPI_IO_ENOENT},
    {ESRCH, OTPI_IO_ENOENT},
    {ECHILD, OTPI_IO_ENOENT},
    {EEXIST, OTPI_IO_EEXIST},
    {ENOTEMPTY, OTPI_IO_EEXIST},
    {EIO, OTPI_IO_EIO},
    {ENOSPC, OTPI_IO_ENOSPC},
    {EDQUOT, OTPI_IO_ENOSPC},
    {EFBIG, OTPI_IO_ENOSPC},
    {EACCES, OTPI_IO_EACCES},
    {EPERM, OTPI_IO_EACCES},
    {EROFS, OTPI_IO_EACCES},
    {EBUSY, OTPI_IO_EBUSY},
    {EAGAIN, OTPI_IO_EBUSY},
    {ETXTBSY, OTPI_IO_EBUSY},
    {ETIMEDOUT, OTPI_IO_EBUSY},
    {EINVAL, OTPI_IO_EINVAL},
    {EISDIR, OTPI_IO_EINVAL},
    {ENOTDIR, OTPI_IO_EINVAL},
    {EBADF, OTPI_IO_EINVAL},
    {ENAMETOOLONG, OTPI_IO_EINVAL},
    {ELOOP, OTPI_IO_EINVAL},
    {EXDEV, OTPI_IO_EINVAL},
    {ENOEXEC, OTPI_IO_EINVAL},
    {ENOMEM, OTPI_IO_ENOMEM},
    {EMFILE, OTPI_IO_ENOMEM},
    {ENFILE, OTPI_IO_ENOMEM},
    {ENOLCK, OTPI_IO_ENOMEM},
};

otpi_io_err otpi_io_err_from(int system_errno) {
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (table[i].number == system_errno) {
            return table[i].err;
        }
    }
    return OTPI_IO_OTHER;
}

const char *otpi_io_err_name(otpi_io_err err) {
    static const char *const names[] = {"OK",    "ENOENT", "EEXIST", "EIO",    "ENOSPC", "EACCES",
                                        "EBUSY", "SHORT",  "EINVAL", "ENOMEM", "EDEAD",  "OTHER"};
    return (size_t)err < sizeof names / sizeof *names ? names[err] : "unknown";
}
