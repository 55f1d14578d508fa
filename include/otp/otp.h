/* SPDX-License-Identifier: MIT */
/*
 * libotp in reading order: this is the table of contents.
 */
#ifndef OTP_OTP_H
#define OTP_OTP_H

#include <otp/api.h>
#include <otp/err.h>
#include <otp/term.h>        /* values */
#include <otp/match.h>       /* patterns */
#include <otp/etf.h>         /* values as bytes */
#include <otp/world.h>       /* what runs processes: parallel or simulated */
#include <otp/choose.h>      /* who decides in a simulated world */
#include <otp/process.h>     /* spawn, send, receive, links, monitors, names, timers */
#include <otp/gen_server.h>  /* servers */
#include <otp/gen_statem.h>  /* state machines */
#include <otp/supervisor.h>  /* who restarts them */
#include <otp/task.h>        /* one computation, one result; many of them */
#include <otp/application.h> /* trees that start and stop in order */
#include <otp/pg.h>          /* groups of processes over nodes */
#include <otp/pubsub.h>      /* topics and who subscribes to them */
#include <otp/sys.h>         /* looking into running servers */
#include <otp/table.h>       /* shared rows */
#include <otp/select.h>      /* rows by pattern */
#include <otp/port.h>        /* programs of the operating system */
#include <otp/telemetry.h>   /* events */
#include <otp/metrics.h>     /* numbers made of events, for Prometheus */
#include <otp/logger.h>      /* reports */

#endif
