/* SPDX-License-Identifier: MIT */
#include "race.h"

#include "unit.h"

UNIT("two clients read a cell before either writes: an update is lost") {
    race_check(&race_lost_update, 1);
}

UNIT("an owner dies between the insert and the monitor: its name stays") {
    race_check(&race_stale_name, 1);
}

UNIT("a name is looked up, then its process exits, then something is sent to the name") {
    race_check(&race_send_to_name, 1);
}

UNIT("a worker is done before its client monitors it: success looks like a crash") {
    race_check(&race_late_monitor, 1);
}

UNIT("a timer is cancelled when its message is already in the mailbox") {
    race_check(&race_cancelled_timer, 1);
}

UNIT("two buyers see the last item in a public table: it is sold twice") {
    race_check(&race_sold_twice, 1);
}
