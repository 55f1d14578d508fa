/* SPDX-License-Identifier: MIT */
/*
 * A C record on its way to another process: a block behind a resource, freed with the last term
 * that holds it. So it lives as long as the message, also when who sent it is killed meanwhile.
 */
#ifndef OTP_BEHAVIOUR_PARCEL_H
#define OTP_BEHAVIOUR_PARCEL_H

#include <otp/term.h>

/* For the type of a parcel. */
void otpi_parcel_free(void *object);

/* A new parcel of that many bytes, not cleared; *object is its inside. OTP_NONE when out of memory;
 * what cannot be built exits the process, and leaves nothing behind. */
otp_term otpi_parcel_new(const otp_resource_type *type, size_t size, void **object);

#endif
