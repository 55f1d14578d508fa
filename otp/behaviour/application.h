/* SPDX-License-Identifier: MIT */
/*
 * The parts of applications: application_controller.c knows which there are and in what order they
 * started, application_master.c runs one, application.c is what clients call.
 */
#ifndef OTP_BEHAVIOUR_APPLICATION_H
#define OTP_BEHAVIOUR_APPLICATION_H

#include <otp/application.h>

/* A static application on its way to the controller, and back; NULL when the term is none. */
otp_term otpi_application_term(const otp_application *app);
const otp_application *otpi_application_of(otp_term term);

extern const otp_gen_server otpi_application_controller;

/* Starts the master of an application, which links itself to the caller: the controller. It casts
 * {application_started, Name, ok | {error, Reason}} to it, and exits with the reason of the top
 * supervisor, or normal when its start failed or it was cast stop. */
OTP_MUST_CHECK otp_err otpi_application_master_start(otp_term app, otp_pid *out);

/* {env, Name, Key} is the key of a row of the table of all environments, whose name this is. */
static inline otp_term otpi_application_table_name(void) {
    return OTP_ATOM(ac_tab);
}
static inline otp_term otpi_application_env_key(otp_term name, otp_term key) {
    return otp_tuple(OTP_ATOM(env), name, key);
}

#endif
