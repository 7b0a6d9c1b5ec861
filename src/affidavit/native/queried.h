/* Query columns beside the parts that they follow from, as the lake stores them (docs/spec/lake.md). */
#ifndef AFFIDAVIT_QUERIED_H
#define AFFIDAVIT_QUERIED_H

#include "kernel.h"

/* A column of strings, some of which may be null. */
typedef struct {
    kernel_strings strings;
    const uint8_t *known; /* Arrow's bitmap, whose bit `known_first` is that of the first; NULL for all */
    int64_t known_first;
} kernel_words;

typedef struct {
    kernel_strings parts;
    const int64_t *time_us;
    const int32_t *class_uid;
    const int32_t *activity_id;
    const int64_t *type_uid;
    const int32_t *severity_id;
    kernel_words outcome;
    kernel_words action;
    kernel_words activity;
    kernel_words actor_uid;
    kernel_words actor_name;
    kernel_words actor_email;
    kernel_words actors;
    kernel_words resources;
    kernel_words src_ip;
    kernel_words src_net;
} kernel_queried;

#endif
