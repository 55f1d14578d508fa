/* SPDX-License-Identifier: MIT */
/* Lesson 10: a model of the box office is one number. Commands are drawn, run on the real server,
 * and judged by the model: one client, then three at the same time. */
#include "box_office.h"

#include <supertester/supertester.h>

enum { SEATS = 5 };

static int64_t number(otp_term term) {
    int64_t n = 0;
    OTP_ASSERT(otp_get_int(term, &n));
    return n;
}

/* ---- The model ---- */

typedef struct seats {
    int64_t free;
} seats;

static void all_free(void *model) {
    ((seats *)model)->free = SEATS;
}

static otp_term some(const void *model) {
    (void)model;
    return otp_int(st_int(1, 3));
}

static otp_term sell(void *office, otp_term n) {
    return box_office_sell(*(otp_pid *)office, number(n)) ? OTP_ATOM(sold) : OTP_ATOM(sold_out);
}

static bool sold_if_free(const void *model, otp_term n, otp_term answer) {
    bool enough = number(n) <= ((const seats *)model)->free;
    return otp_is(answer, "sold") == enough;
}

static void after_sale(void *model, otp_term n, otp_term answer) {
    ((seats *)model)->free -= otp_is(answer, "sold") ? number(n) : 0;
}

static otp_term ask_free(void *office, otp_term nothing) {
    (void)nothing;
    return otp_int(box_office_free(*(otp_pid *)office));
}

static bool is_free(const void *model, otp_term nothing, otp_term answer) {
    (void)nothing;
    return number(answer) == ((const seats *)model)->free;
}

static const st_command commands[] = {
    {.name = "free", .run = ask_free, .holds = is_free},
    {.name = "sell",
     .weight = 2,
     .draw = some,
     .run = sell,
     .holds = sold_if_free,
     .next = after_sale},
    {0},
};

static const st_model box_office = {.size = sizeof(seats), .init = all_free, .commands = commands};

ST_PROPERTY(box_office, does_as_its_model_says) {
    otp_pid office = st_setup_isolated_genserver(&box_office_server, otp_int(SEATS));
    st_run_model(&box_office, &office, NULL);
}

/* ---- Three clients at the same time ---- */

ST_EXPLORE(box_office, is_linearizable) {
    otp_pid office = st_setup_isolated_genserver(&box_office_server, otp_int(SEATS));
    st_run_model(&box_office, &office, &(st_model_opts){.clients = 3, .commands_max = 4});
}

/* The planted race: the same commands, but a sale is two calls. */
static otp_term sell_carelessly(void *office, otp_term n) {
    return box_office_sell_carelessly(*(otp_pid *)office, number(n)) ? OTP_ATOM(sold)
                                                                     : OTP_ATOM(sold_out);
}

static const st_command careless_commands[] = {
    {.name = "free", .run = ask_free, .holds = is_free},
    {.name = "sell",
     .weight = 2,
     .draw = some,
     .run = sell_carelessly,
     .holds = sold_if_free,
     .next = after_sale},
    {0},
};

static const st_model careless_box_office = {
    .size = sizeof(seats), .init = all_free, .commands = careless_commands};

ST_PROPERTY(box_office, careless_sales_look_right_with_one_client) {
    otp_pid office = st_setup_isolated_genserver(&box_office_server, otp_int(SEATS));
    st_run_model(&careless_box_office, &office, NULL);
}

ST_EXPLORE(box_office, careless_clients_oversell, .must_fail = "not linearizable") {
    otp_pid office = st_setup_isolated_genserver(&box_office_server, otp_int(SEATS));
    st_run_model(&careless_box_office, &office, &(st_model_opts){.clients = 3, .commands_max = 4});
}
