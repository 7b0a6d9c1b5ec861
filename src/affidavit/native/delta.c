/* Lengths as Parquet packs them (DELTA_BINARY_PACKED in its Encodings.md), where a page of values begins with them. */
#include "kernel.h"

enum { BLOCK = 128, MINIBLOCKS = 4, MINIBLOCK = BLOCK / MINIBLOCKS };

typedef struct {
    const uint8_t *at;
    const uint8_t *end;
} packed;

/* An unsigned number of 32 bits in LEB128. */
static int number(packed *from, uint32_t *found)
{
    uint64_t value = 0;
    for (int shift = 0; shift < 35 && from->at < from->end; shift += 7) {
        uint8_t byte = *from->at++;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            *found = (uint32_t)value;
            return value <= UINT32_MAX;
        }
    }
    return 0;
}

/* The same with the sign in its lowest bit. */
static int signed_(packed *from, uint32_t *found)
{
    if (!number(from, found))
        return 0;
    *found = *found >> 1 ^ (0 - (*found & 1));
    return 1;
}

static uint32_t bits(const uint8_t *from, int first, int width)
{
    uint64_t value = 0;
    int last = first + width - 1;
    for (int byte = first >> 3; width && byte <= last >> 3; byte++)
        value |= (uint64_t)from[byte] << 8 * (byte - (first >> 3));
    return (uint32_t)(value >> (first & 7) & (((uint64_t)1 << width) - 1));
}

static int put(int64_t *offsets, int64_t at, uint32_t length)
{
    offsets[at + 1] = offsets[at] + length;
    return length <= INT32_MAX;
}

/* Where in a page of DELTA_LENGTH_BYTE_ARRAY its `count` values begin, and where the last one ends, which is the page's.
 * `offsets` has room for count + 1.
 *
 * Returns KERNEL_BAD_OFFSETS for any other page and for one that is packed otherwise than Arrow packs it.
 */
KERNEL_EXPORT int32_t affidavit_page_offsets(const uint8_t *page, int64_t bytes, int64_t count, int64_t *offsets)
{
    packed from = {page, page + bytes};
    uint32_t block, miniblocks, total, length, least;
    if (count < 1 || !number(&from, &block) || !number(&from, &miniblocks) || !number(&from, &total) ||
        !signed_(&from, &length))
        return KERNEL_BAD_OFFSETS;
    offsets[0] = 0;
    if (block != BLOCK || miniblocks != MINIBLOCKS || total != count || !put(offsets, 0, length))
        return KERNEL_BAD_OFFSETS;
    for (int64_t at = 1; at < count;) {
        if (!signed_(&from, &least) || from.end - from.at < MINIBLOCKS)
            return KERNEL_BAD_OFFSETS;
        const uint8_t *widths = from.at;
        from.at += MINIBLOCKS;
        for (int miniblock = 0; miniblock < MINIBLOCKS; miniblock++) {
            int width = at < count ? widths[miniblock] : 0;
            if (width != widths[miniblock] || width > 32 || from.end - from.at < MINIBLOCK / 8 * width)
                return KERNEL_BAD_OFFSETS;
            for (int value = 0; value < MINIBLOCK && at < count; value++, at++) {
                length += least + bits(from.at, value * width, width);
                if (!put(offsets, at, length))
                    return KERNEL_BAD_OFFSETS;
            }
            from.at += MINIBLOCK / 8 * width;
        }
    }
    for (int64_t at = 0; at <= count; at++)
        offsets[at] += from.at - page;
    return offsets[count] == bytes ? 0 : KERNEL_BAD_OFFSETS;
}
