/* The native kernel: what is called once a batch, over plain buffers (docs/adr/0010-native-kernel.md).
 *
 * Every function is pure: it reads the buffers it is given and writes those it is given, keeps nothing, takes no
 * lock, allocates nothing and cannot fail halfway. One that takes offsets checks all of them first and returns
 * KERNEL_BAD_OFFSETS without having touched the data they point into.
 */
#ifndef AFFIDAVIT_KERNEL_H
#define AFFIDAVIT_KERNEL_H

#include <stddef.h>
#include <stdint.h>

/* Raised whenever a signature or the meaning of one changes; native/library.py loads no other. */
#define KERNEL_VERSION 10
#define KERNEL_BAD_OFFSETS (-1)
#define KERNEL_NO_CUT (-2)     /* a value out of which no five parts of a record are to be cut */
#define KERNEL_LONG_NAMES (-3) /* kind, mapper and source together are longer than 512 bytes */

#if defined(_WIN32)
#define KERNEL_EXPORT __declspec(dllexport)
#else
#define KERNEL_EXPORT __attribute__((visibility("default")))
#endif

#if (defined(__x86_64__) || defined(_M_X64)) && defined(__GNUC__)
#define KERNEL_X86 1
#else
#define KERNEL_X86 0
#endif

/* A column of byte strings: value i is data[offset(i) .. offset(i + 1)], offsets as Arrow has them. */
typedef struct {
    const uint8_t *data;
    int64_t data_bytes;
    const void *offsets; /* of count + 1 integers, 64 bits wide where `wide`, else 32 */
    int32_t wide;
    int32_t repeated; /* there is one value, which every row has */
    const int32_t *codes; /* which of `values` values each row has; NULL where every row has its own */
    int64_t values;
} kernel_strings;

static inline int64_t kernel_offset(const kernel_strings *column, int64_t at)
{
    return column->wide ? ((const int64_t *)column->offsets)[at] : ((const int32_t *)column->offsets)[at];
}

/* `A-Z` as `a-z`; every other byte as it is. */
static inline uint8_t kernel_folded(uint8_t byte)
{
    return (uint8_t)(byte - 'A') < 26 ? byte | 0x20 : byte;
}

/* A value of a column, or a piece of one. */
typedef struct {
    const uint8_t *data;
    int64_t bytes;
} kernel_span;

static inline kernel_span kernel_value(const kernel_strings *column, int64_t row)
{
    int64_t at = column->repeated ? 0 : column->codes ? column->codes[row] : row;
    int64_t start = kernel_offset(column, at), end = kernel_offset(column, at + 1);
    return (kernel_span){column->data + start, end - start};
}

/* Whether the offsets of the values of `count` rows from row `first` on grow and stay within the data, and the rows'
 * codes within the values. */
static inline int kernel_fits(const kernel_strings *column, int64_t first, int64_t count)
{
    if (column->codes) {
        for (int64_t row = first; row < first + count; row++)
            if (column->codes[row] < 0 || column->codes[row] >= column->values)
                return 0;
        first = 0;
        count = column->values;
    } else if (column->repeated) {
        first = 0;
        count = 1;
    }
    int64_t before = 0;
    for (int64_t at = first; at <= first + count; at++) {
        int64_t here = kernel_offset(column, at);
        if (here < before)
            return 0;
        before = here;
    }
    return before <= column->data_bytes;
}

#endif
