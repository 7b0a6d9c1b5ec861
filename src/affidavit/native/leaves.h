/* Sealed records in columns, as the lake stores them (docs/spec/lake.md). */
#ifndef AFFIDAVIT_LEAVES_H
#define AFFIDAVIT_LEAVES_H

#include "kernel.h"

typedef struct {
    kernel_strings text; /* facts LF raw */
    kernel_strings actor;
    kernel_strings target;
    kernel_strings detail;
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
