/* SPDX-License-Identifier: MIT */
/*
 * Results of operations on files, pipes and child processes. When one is not OTPI_IO_OK, errno
 * holds the system's own number for it (simulated devices set it too; 0 for SHORT), until the next
 * call.
 */
#ifndef OTP_PORT_IO_H
#define OTP_PORT_IO_H

#include <otp/api.h>

typedef enum otpi_io_err {
    OTPI_IO_OK,
    OTPI_IO_ENOENT, /* no such file or directory */
    OTPI_IO_EEXIST, /* it exists already (a directory to remove: it is not empty) */
    OTPI_IO_EIO,    /* the device failed: what the operation changed is unknown */
    OTPI_IO_ENOSPC, /* device full, quota or size limit reached */
    OTPI_IO_EACCES, /* not permitted, or read-only */
    OTPI_IO_EBUSY,  /* somebody else holds it; nothing there yet; the deadline passed */
    OTPI_IO_SHORT,  /* fewer bytes than asked: end of file, or the device took only a part */
    OTPI_IO_EINVAL, /* the request makes no sense for this object */
    OTPI_IO_ENOMEM, /* out of memory or file descriptors */
    OTPI_IO_EDEAD,  /* the node lost power: nothing it does has an effect any more */
    OTPI_IO_OTHER,  /* errno says what */
} otpi_io_err;

/* The one that fits an errno value; 0 is OTPI_IO_OK. */
otpi_io_err otpi_io_err_from(int system_errno);
/* "ENOSPC"; never NULL. */
const char *otpi_io_err_name(otpi_io_err err);

#endif
