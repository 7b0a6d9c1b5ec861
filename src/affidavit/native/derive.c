/* Query columns written from the parts, for what is being sealed; what is uncertain is left to Python. */
#include "leaves.h"
#include "queried.h"

#include <string.h>

/* A column of strings to be written: `offsets` has room for count + 1, `known` for a bit a row, all of it 0. */
typedef struct {
    uint8_t *data;
    int64_t data_bytes;
    int32_t *offsets;
    uint8_t *known;
} column_;

typedef struct {
    kernel_strings parts;
    int64_t *time_us;
    int32_t *class_uid;
    int32_t *activity_id;
    int64_t *type_uid;
    int32_t *severity_id;
    column_ words[WORDS];
} columns_;

static int fits(const columns_ *columns, const kernel_row *row, int64_t at)
{
    for (int word = 0; word < WORDS; word++)
        if (columns->words[word].data_bytes - columns->words[word].offsets[at] < row->words[word].bytes)
            return 0;
    return 1;
}

static void put(column_ *column, int64_t at, kernel_span word, int nullable)
{
    int32_t start = column->offsets[at];
    if (word.bytes)
        memcpy(column->data + start, word.data, (size_t)word.bytes);
    if (word.bytes || !nullable)
        column->known[at >> 3] |= (uint8_t)(1 << (at & 7));
    column->offsets[at + 1] = start + (int32_t)word.bytes;
}

/* Writes the query columns, and a byte a record: 1, or 0 where they are uncertain; then what is written is empty.
 *
 * Goes on from record `done`, and stops, with `done` moved, before one whose words do not fit any more: its caller
 * makes room and calls again. No column may have room for more than INT32_MAX bytes.
 */
KERNEL_EXPORT int32_t affidavit_derive(columns_ *columns, int64_t count, uint8_t *certain, int64_t *done)
{
    kernel_row row;
    kernel_span parts[PARTS];
    if (!kernel_fits(&columns->parts, 0, count))
        return KERNEL_BAD_OFFSETS;
    for (int64_t at = *done; at < count; at++) {
        certain[at] = kernel_parts(kernel_value(&columns->parts, at), parts) && kernel_derive(parts, &row);
        if (!certain[at]) {
            row.time_us = row.type_uid = row.class_uid = row.activity_id = row.severity_id = 0;
            memset(row.words, 0, sizeof row.words);
        } else if (!fits(columns, &row, at)) {
            return 0;
        }
        columns->time_us[at] = row.time_us;
        columns->class_uid[at] = row.class_uid;
        columns->activity_id[at] = row.activity_id;
        columns->type_uid[at] = row.type_uid;
        columns->severity_id[at] = row.severity_id;
        for (int word = 0; word < WORDS; word++)
            put(&columns->words[word], at, row.words[word], kernel_nullable(word));
        *done = at + 1;
    }
    return 0;
}
