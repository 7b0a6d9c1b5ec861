/* Rows in another order than they are stored in, and whether they follow one another. */
#include "kernel.h"

#include <string.h>

static int in_order(const int64_t *keys, int64_t count)
{
    for (int64_t at = 1; at < count; at++)
        if (keys[at] < keys[at - 1])
            return 0;
    return 1;
}

/* Writes the numbers of the keys, the smallest key's first and equal keys' as they stand; all have room for `count`.
 *
 * By digits of 11 bits from the lowest up, of which only those that differ between keys cost anything.
 */
KERNEL_EXPORT int32_t affidavit_ordered(const int64_t *keys, int64_t count, int64_t *order, int64_t *scratch)
{
    enum { DIGITS = 6, BITS = 11, VALUES = 1 << BITS };
    static const uint64_t sign = (uint64_t)1 << 63; /* the smallest key has no bit set once it is turned */
    int64_t *from = order, *to = scratch;
    uint64_t all = ~(uint64_t)0, any = 0;
    for (int64_t at = 0; at < count; at++) {
        from[at] = at;
        all &= (uint64_t)keys[at];
        any |= (uint64_t)keys[at];
    }
    if (in_order(keys, count))
        return 0;
    for (int digit = 0; digit < DIGITS; digit++) {
        int shift = BITS * digit;
        if (!((all ^ any) >> shift & (VALUES - 1)))
            continue;
        uint32_t starts[VALUES] = {0};
        for (int64_t at = 0; at < count; at++)
            starts[((uint64_t)keys[at] ^ sign) >> shift & (VALUES - 1)]++;
        uint32_t before = 0;
        for (int value = 0; value < VALUES; value++) {
            uint32_t here = starts[value];
            starts[value] = before;
            before += here;
        }
        for (int64_t at = 0; at < count; at++)
            to[starts[((uint64_t)keys[from[at]] ^ sign) >> shift & (VALUES - 1)]++] = from[at];
        int64_t *other = from;
        from = to;
        to = other;
    }
    if (from != order)
        memcpy(order, from, (size_t)count * sizeof *order);
    return 0;
}

/* Item i of `to` becomes item order[i] of the `count` in `items`, all of `width` bytes. */
KERNEL_EXPORT int32_t affidavit_taken(const uint8_t *items, int64_t count, int64_t width, const int64_t *order,
                                      uint8_t *to)
{
    for (int64_t at = 0; at < count; at++)
        if (order[at] < 0 || order[at] >= count)
            return KERNEL_BAD_OFFSETS;
    for (int64_t at = 0; at < count; at++)
        memcpy(to + at * width, items + order[at] * width, (size_t)width);
    return 0;
}

/* How many values, from the first on, are each one more than the value before of the same group (without `groups`, of
 * all). Fills what the first of each group is, and what would follow its last; -1 where there is none. Stops at a
 * negative value, too.
 */
KERNEL_EXPORT int64_t affidavit_following(const int64_t *values, const int32_t *groups, int64_t count, int64_t known,
                                          int64_t *firsts, int64_t *nexts)
{
    for (int64_t group = 0; group < known; group++)
        firsts[group] = nexts[group] = -1;
    for (int64_t at = 0; at < count; at++) {
        int64_t group = groups ? groups[at] : 0, value = values[at];
        if (value < 0 || value == INT64_MAX || group < 0 || group >= known)
            return at;
        if (nexts[group] < 0)
            firsts[group] = value;
        else if (nexts[group] != value)
            return at;
        nexts[group] = value + 1;
    }
    return count;
}

/* Where the least and the greatest of the values stand whose group is `group`, or if `but` is set is not; the first of
 * equal ones, -1 where there is none. */
KERNEL_EXPORT int32_t affidavit_ends(const int64_t *values, const int32_t *groups, int64_t count, int32_t group,
                                     int32_t but, int64_t ends[2])
{
    int64_t least = -1, greatest = -1;
    for (int64_t at = 0; at < count; at++) {
        if ((groups[at] == group) == but)
            continue;
        if (least < 0 || values[at] < values[least])
            least = at;
        if (greatest < 0 || values[at] > values[greatest])
            greatest = at;
    }
    ends[0] = least;
    ends[1] = greatest;
    return 0;
}
