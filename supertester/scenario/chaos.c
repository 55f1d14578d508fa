/* SPDX-License-Identifier: MIT */
/*
 * Scenarios of chaos, as terms: which faults are to strike, in which order, in how long a time.
 */
#include "supertester/scenario/options.h"

enum { DURATION_MS_MAX = 24 * 3600 * 1000, RATE_MAX = 10000, EVENTS_MAX = 10000 };

static const char *const intensities[] = {"low", "medium", "high", NULL};
static const char *const kinds[] = {"crash_process",     "delay_messages",   "drop_messages",
                                    "partition_network", "exhaust_resource", NULL};
static const char *const resources[] = {"process_limit", "port_limit", "ets_tables",
                                        "memory",        "atoms",      NULL};

/* What an intensity allows. */
typedef struct harm {
    int64_t delay_ms_max, drop_percent_max;
} harm;

static harm harm_of(otp_term intensity) {
    return otp_is(intensity, "low")      ? (harm){10, 5}
           : otp_is(intensity, "medium") ? (harm){100, 20}
                                         : (harm){1000, 50};
}

/* ---- Options ---- */

static bool terms_fit(st_chaos_opts *opts, const char *site) {
    otp_term any = otp_list(OTP_ATOM(any));
    otp_term every = otp_list(OTP_ATOM(process_limit), OTP_ATOM(port_limit), OTP_ATOM(ets_tables),
                              OTP_ATOM(memory), OTP_ATOM(atoms));
    otp_term intensity =
        otp_list(otp_is_none(opts->intensity) ? OTP_ATOM(medium) : opts->intensity);
    if (!sti_list_fits(&opts->events, OTP_NONE, kinds, ".events", site) ||
        !sti_list_fits(&opts->targets, any, NULL, ".targets", site) ||
        !sti_list_fits(&opts->nodes, any, NULL, ".nodes", site) ||
        !sti_list_fits(&opts->resources, every, resources, ".resources", site) ||
        !sti_list_fits(&intensity, OTP_NONE, intensities, ".intensity", site)) {
        return false;
    }
    opts->intensity = otp_head(intensity);
    OTP_LIST_FOREACH (target, opts->targets) {
        if (!otp_is_atom(target) && otp_kind_of(target) != OTP_KIND_PID) {
            return sti_refuse(site, ".targets: %s is no pid and no name", otp_show(target));
        }
    }
    OTP_LIST_FOREACH (node, opts->nodes) {
        if (!otp_is_atom(node)) {
            return sti_refuse(site, ".nodes: %s is no atom", otp_show(node));
        }
    }
    return true;
}

/* How many events that is in so long a time; at least one for a time that is shorter than a rate
 * needs. */
static st_range events_in(int64_t duration_ms, st_range rate) {
    int64_t lo = (duration_ms * rate.lo + 999) / 1000, hi = duration_ms * rate.hi / 1000;
    return (st_range){lo, hi > lo ? hi : lo};
}

static bool options_fit(st_chaos_opts *opts, const char *site) {
    if (!terms_fit(opts, site) ||
        !sti_range_fits(&opts->duration_ms, (st_range){1000, 5000}, (st_range){1, DURATION_MS_MAX},
                        ".duration_ms", site) ||
        !sti_range_fits(&opts->event_rate, (st_range){1, 10}, (st_range){0, RATE_MAX},
                        ".event_rate", site)) {
        return false;
    }
    return events_in(opts->duration_ms.hi, opts->event_rate).hi <= EVENTS_MAX ||
           sti_refuse(site, ".duration_ms and .event_rate make more than %d events", EVENTS_MAX);
}

/* ---- Drawing ---- */

/* One of them at least. */
static otp_term draw_nodes(otp_term nodes) {
    otp_term some = otp_nil();
    int64_t needed = (int64_t)st_draw_alternative(otp_length(nodes), "node"), i = 0;
    OTP_LIST_FOREACH (node, nodes) {
        if (i++ == needed || st_draw_chance(0.3, "another node")) {
            some = otp_cons(node, some);
        }
    }
    return sti_list_reversed(some);
}

static otp_term draw_argument(const st_chaos_opts *opts, otp_term kind) {
    harm most = harm_of(opts->intensity);
    if (otp_is(kind, "crash_process")) {
        return sti_list_pick(opts->targets, "target");
    }
    if (otp_is(kind, "delay_messages")) {
        return otp_int(st_draw_int(1, most.delay_ms_max, "delay"));
    }
    if (otp_is(kind, "drop_messages")) {
        return otp_float((double)st_draw_int(1, most.drop_percent_max, "percent") / 100);
    }
    if (otp_is(kind, "partition_network")) {
        return draw_nodes(opts->nodes);
    }
    return sti_list_pick(opts->resources, "resource");
}

static otp_term draw_scenario(const st_chaos_opts *opts) {
    int64_t duration_ms = st_draw_int(opts->duration_ms.lo, opts->duration_ms.hi, "duration");
    st_range number = events_in(duration_ms, opts->event_rate);
    otp_term events = otp_nil();
    for (ST_CLOSES_(st_list_close) st_list each = st_list_open(number.lo, number.hi, "events");
         st_list_more(&each);) {
        otp_term kind = sti_list_pick(opts->events, "event");
        events = otp_cons(otp_tuple(kind, draw_argument(opts, kind)), events);
    }
    return otp_map(OTP_ATOM(duration_ms), otp_int(duration_ms), OTP_ATOM(events),
                   sti_list_reversed(events), OTP_ATOM(intensity), opts->intensity);
}

otp_term st_chaos_scenario_at(const st_chaos_opts *given, const char *label, const char *site) {
    st_chaos_opts opts = *given;
    sti_scenario_begin(label);
    bool fit = options_fit(&opts, site);
    return sti_scenario_end(fit ? draw_scenario(&opts) : OTP_NONE, label);
}
