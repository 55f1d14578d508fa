/* SPDX-License-Identifier: MIT */
/*
 * The supervision tree of the service.
 */
#include "todo.h"

#include <otp/otp.h>

#include <stdio.h>

otp_err todo_start_link(todo_app *app, const todo_opts *opts, otp_pid *out) {
    app->opts = *opts;
    uint32_t intensity = opts->restarts_max ? opts->restarts_max : 10;
    for (int i = 0; i < TODO_DESKS; i++) {
        (void)snprintf(app->desk_names[i], sizeof app->desk_names[i], "todo_desk_%d", i);
        app->desks[i] = (otp_child_spec){
            .id = app->desk_names[i], .name = app->desk_names[i], .server = &todo_desk_server};
    }
    app->desk_supervisor = (otp_supervisor_spec){.name = "todo_desks",
                                                 .intensity = intensity,
                                                 .children = app->desks,
                                                 .child_count = TODO_DESKS};
    app->children[0] = (otp_child_spec){
        .id = "store", .name = "todo_store", .server = &todo_store_server, .context = &app->opts};
    app->children[1] =
        (otp_child_spec){.id = "desks", .name = "todo_desks", .supervisor = &app->desk_supervisor};
    app->root = (otp_supervisor_spec){
        .name = "todo_root", .intensity = intensity, .children = app->children, .child_count = 2};
    return otp_supervisor_start_link(&app->root, &(otp_start_opts){.name = OTP_ATOM(todo_root)},
                                     out);
}
