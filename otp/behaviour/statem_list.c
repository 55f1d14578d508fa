/* SPDX-License-Identifier: MIT */
/*
 * Events that wait: records in lists with the oldest first.
 */
#include "behaviour/statem.h"

#include "port/memory.h"

otpi_statem_record *otpi_statem_record_new(const otp_statem_event *event) {
    otpi_statem_record *record = otpi_calloc(1, sizeof *record);
    if (!record) {
        otpi_enomem(OTPI_SITE);
    }
    if (!otpi_hold(&record->name, event->name) || !otpi_hold(&record->content, event->content)) {
        otpi_statem_record_end(record);
        otpi_enomem(OTPI_SITE);
    }
    record->event = *event;
    record->event.name = record->name.term;
    record->event.content = record->content.term;
    return record;
}

void otpi_statem_record_end(otpi_statem_record *record) {
    otpi_held_release(&record->name);
    otpi_held_release(&record->content);
    otpi_free(record);
}

static otpi_statem_record **list_end(otpi_statem_list *list) {
    return list->first ? list->end : &list->first;
}

void otpi_statem_add(otpi_statem_list *list, otpi_statem_record *record) {
    record->next = NULL;
    *list_end(list) = record;
    list->end = &record->next;
}

otpi_statem_record *otpi_statem_take_first(otpi_statem_list *list) {
    otpi_statem_record *record = list->first;
    if (record) {
        list->first = record->next;
        record->next = NULL;
    }
    return record;
}

otpi_statem_record **otpi_statem_insert(otpi_statem_list *list, otpi_statem_record **at,
                                        otpi_statem_record *record) {
    record->next = *at;
    *at = record;
    if (!record->next) {
        list->end = &record->next;
    }
    return &record->next;
}

void otpi_statem_remove(otpi_statem_list *list, otpi_statem_record *record) {
    otpi_statem_record **at = &list->first;
    while (*at != record) {
        at = &(*at)->next;
    }
    *at = record->next;
    if (!record->next) {
        list->end = at;
    }
    record->next = NULL;
}

void otpi_statem_put_before(otpi_statem_list *list, otpi_statem_list *front) {
    if (!front->first) {
        return;
    }
    *front->end = list->first;
    if (!list->first) {
        list->end = front->end;
    }
    list->first = front->first;
    front->first = NULL;
}

void otpi_statem_list_free(otpi_statem_list *list) {
    for (otpi_statem_record *record; (record = otpi_statem_take_first(list));) {
        otpi_statem_record_end(record);
    }
}
