/* SPDX-License-Identifier: MIT */
/* A box office that sells the seats of one evening. */
#ifndef BOX_OFFICE_H
#define BOX_OFFICE_H

#include <otp/gen_server.h>

/* Started with the number of seats. */
extern const otp_gen_server box_office_server;

/* Sells n seats: true, or false when there are not so many. */
bool box_office_sell(otp_pid office, int64_t n);
/* The same in two calls: asks first, then takes. */
bool box_office_sell_carelessly(otp_pid office, int64_t n);
/* Takes n seats back. */
void box_office_return(otp_pid office, int64_t n);
/* How many are free. */
int64_t box_office_free(otp_pid office);

#endif
