/* SPDX-License-Identifier: MIT */
#include "port/io.h"

#include "tests/unit.h"

#include <errno.h>

UNIT("system errors map to the result they mean") {
    CHECK_EQ(otpi_io_err_from(0), OTPI_IO_OK);
    CHECK_EQ(otpi_io_err_from(ENOENT), OTPI_IO_ENOENT);
    CHECK_EQ(otpi_io_err_from(ENOTEMPTY), OTPI_IO_EEXIST);
    CHECK_EQ(otpi_io_err_from(EDQUOT), OTPI_IO_ENOSPC);
    CHECK_EQ(otpi_io_err_from(EROFS), OTPI_IO_EACCES);
    CHECK_EQ(otpi_io_err_from(EAGAIN), OTPI_IO_EBUSY);
    CHECK_EQ(otpi_io_err_from(EMFILE), OTPI_IO_ENOMEM);
    CHECK_EQ(otpi_io_err_from(EPIPE), OTPI_IO_OTHER);
}

UNIT("every result has a name") {
    CHECK_STR(otpi_io_err_name(OTPI_IO_OK), "OK");
    CHECK_STR(otpi_io_err_name(OTPI_IO_EDEAD), "EDEAD");
    CHECK_STR(otpi_io_err_name(OTPI_IO_OTHER), "OTHER");
    CHECK_STR(otpi_io_err_name((otpi_io_err)99), "unknown");
}
