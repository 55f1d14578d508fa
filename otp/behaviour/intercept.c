/* SPDX-License-Identifier: MIT */
/*
 * Installing interceptors: in the process itself, between two of its signals, so that a message is
 * seen wholly by the old rule or wholly by the new one.
 */
#include <otp/sys.h>

#include "behaviour/call.h"
#include "process/system.h"
#include "term/box.h"

typedef struct install {
    const otp_interceptor *interceptor; /* NULL = remove */
    otp_err err;
} install;

static void install_here(void *context, otpi_process *process) {
    install *i = context;
    i->err = otpi_process_intercept(process, i->interceptor);
}

static otp_err install_at(otp_term dest, const otp_interceptor *interceptor, int64_t timeout_ms) {
    install i = {.interceptor = interceptor};
    otp_pid pid;
    if (otp_is_atom(dest)) {
        dest = otp_from_pid(otp_whereis(dest));
        if (otp_is_none(dest)) {
            return OTP_ENOPROC;
        }
    }
    if (!otp_get_pid(dest, &pid)) {
        return OTP_EBADARG;
    }
    otp_err err = otpi_process_visit(pid, install_here, &i, timeout_ms);
    return err ? err : i.err;
}

otp_err otp_sys_install(otp_term dest, const otp_interceptor *interceptor, int64_t timeout_ms) {
    bool valid = interceptor && interceptor->see;
    return valid ? install_at(dest, interceptor, timeout_ms) : OTP_EBADARG;
}

otp_err otp_sys_remove(otp_term dest, int64_t timeout_ms) {
    return install_at(dest, NULL, timeout_ms);
}
