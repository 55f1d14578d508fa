/* SPDX-License-Identifier: MIT */
/*
 * The metadata of a process, which goes with its log entries: a kept map. OTP, logger(3),
 * set_process_metadata and its kin.
 */
#include <otp/logger.h>

#include "process/extra.h"
#include "term/atom.h"
#include "term/build.h"

static otp_term metadata_now(const otpi_process *self) {
    return self->extra != NULL ? self->extra->log_metadata : OTP_NONE;
}

static void map_needed(const char *site, otp_term metadata) {
    if (otp_kind_of(metadata) != OTP_KIND_MAP) {
        otpi_badarg(site, "the metadata is no map");
    }
}

static void metadata_replace(otpi_process *self, otp_term metadata) {
    otpi_extra *extra = otpi_extra_need(self, OTPI_SITE);
    otp_term before = extra->log_metadata;
    extra->log_metadata = otp_keep(metadata);
    if (!otp_is_none(before)) {
        otp_drop(before);
    }
}

void otp_logger_set_process_metadata(otp_term metadata) {
    map_needed("otp_logger_set_process_metadata", metadata);
    metadata_replace(otpi_self(), metadata);
}

void otp_logger_update_process_metadata(otp_term metadata) {
    otpi_process *self = otpi_self();
    map_needed("otp_logger_update_process_metadata", metadata);
    otp_scope scope = otp_scope_begin();
    otp_term merged = otp_is_none(metadata_now(self)) ? otp_map_of(0, NULL) : metadata_now(self);
    otp_term key;
    otp_term value;
    for (size_t i = 0; otp_map_at(metadata, i, &key, &value); i++) {
        merged = otp_map_put(merged, key, value);
    }
    metadata_replace(self, merged);
    otp_scope_end(scope);
}

otp_term otp_logger_get_process_metadata(void) {
    otp_term metadata = metadata_now(otpi_self());
    return otp_is_none(metadata) ? otpi_am(undefined)
                                 : otpi_made(otpi_make_copy(metadata), OTPI_SITE);
}

void otp_logger_unset_process_metadata(void) {
    otpi_process *self = otpi_self();
    otp_term metadata = metadata_now(self);
    if (!otp_is_none(metadata)) {
        self->extra->log_metadata = OTP_NONE;
        otp_drop(metadata);
    }
}
