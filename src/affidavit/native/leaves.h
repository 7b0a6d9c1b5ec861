/* Sealed records in columns, as the lake stores them (docs/spec/lake.md). */
#ifndef AFFIDAVIT_LEAVES_H
#define AFFIDAVIT_LEAVES_H

#include "kernel.h"

#include <string.h>

/* Of a value of the column `parts`, in the order in which they stand there. */
enum { PART_ACTOR, PART_TARGET, PART_DETAIL, PART_FACTS, PART_RAW, PARTS };

/* The parts of one value, with a line feed between any two; 0 where there are not so many. */
static inline int kernel_parts(kernel_span value, kernel_span parts[PARTS])
{
    for (int at = 0; at < PART_RAW; at++) {
        const uint8_t *cut = value.bytes ? memchr(value.data, '\n', (size_t)value.bytes) : NULL;
        if (!cut)
            return 0;
        parts[at] = (kernel_span){value.data, cut - value.data};
        value = (kernel_span){cut + 1, value.bytes - (cut + 1 - value.data)};
    }
    parts[PART_RAW] = value;
    return 1;
}

/* All but the parts. */
typedef struct {
    kernel_strings kind;
    kernel_strings mapper;
    kernel_strings source;
    const uint8_t *records; /* 16 bytes each */
    const uint8_t *salts;   /* 16 bytes each */
    const uint8_t *salts_known; /* Arrow's bitmap, whose bit `salts_known_first` is that of the first; NULL for all */
    int64_t salts_known_first;
    const int32_t *classes;
    const int64_t *received_us;
    const int64_t *seqs;
} kernel_records;

#endif
