/* Query columns beside the parts that they follow from, as the lake stores them (docs/spec/lake.md). */
#ifndef AFFIDAVIT_QUERIED_H
#define AFFIDAVIT_QUERIED_H

#include "kernel.h"

/* The columns of strings, in the order of formats.record.queried.WORDS. */
enum { OUTCOME, ACTION, ACTIVITY, ACTOR_UID, ACTOR_NAME, ACTOR_EMAIL, ACTORS, RESOURCES, SRC_IP, SRC_NET, WORDS };
enum { LINES = 4096 }; /* bytes of a word that is put together */

/* A column of strings, some of which may be null. */
typedef struct {
    kernel_strings strings;
    const uint8_t *known; /* Arrow's bitmap, whose bit `known_first` is that of the first; NULL for all */
    int64_t known_first;
} kernel_words;

typedef struct {
    const int64_t *time_us;
    const int32_t *class_uid;
    const int32_t *activity_id;
    const int64_t *type_uid;
    const int32_t *severity_id;
    kernel_words words[WORDS];
} kernel_queried;

/* The query columns of one record. An empty word is null where the column has nulls (kernel_nullable). */
typedef struct {
    int64_t time_us, type_uid;
    int32_t class_uid, activity_id, severity_id;
    kernel_span words[WORDS];
    uint8_t room[WORDS][LINES]; /* for words that are put together */
} kernel_row;

/* Whether the query columns of these parts, PARTS of them, are certain, and then what they are. */
int kernel_derive(const kernel_span *parts, kernel_row *row);

/* Whether `count` rows of the columns from row `first` on may be read. */
int kernel_queried_fit(const kernel_queried *columns, int64_t first, int64_t count);

/* Whether the columns of row `at` are certainly those of these parts; `row` is room for it. */
int kernel_agrees(const kernel_queried *columns, int64_t at, const kernel_span *parts, kernel_row *row);

/* outcome, action, activity and the columns of lines are never null: there, nothing is an empty string. */
static inline int kernel_nullable(int word)
{
    return (word >= ACTOR_UID && word <= ACTOR_EMAIL) || word == SRC_IP || word == SRC_NET;
}

#endif
