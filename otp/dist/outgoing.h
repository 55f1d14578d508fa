/* SPDX-License-Identifier: MIT */
/*
 * What goes out over a connection.
 */
#ifndef OTP_DIST_OUTGOING_H
#define OTP_DIST_OUTGOING_H

#include "dist/connection.h"
#include "dist/control.h"

/* Sends it, or closes the connection when there is no memory to send it with. */
void otpi_control_send(otpi_connection *connection, const otpi_control *control);

#endif
