/* SPDX-License-Identifier: MIT */
#include "behaviour/parcel.h"

#include <otp/process.h>

#include "port/memory.h"

void otpi_parcel_free(void *object) {
    otpi_free(object);
}

static void parcel_drop(void *argument) {
    otpi_free(*(void **)argument);
}

otp_term otpi_parcel_new(const otp_resource_type *type, size_t size, void **object) {
    *object = NULL;
    otp_defer(parcel_drop, object); /* until the term owns it */
    *object = otpi_alloc(size);
    otp_term term = *object ? otp_resource(type, *object) : OTP_NONE;
    otp_undefer(object, false);
    return term;
}
