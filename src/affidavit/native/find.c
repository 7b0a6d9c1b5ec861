/* Caseless search for one string in every value of a column. */
#include "kernel.h"

#include <string.h>

#if KERNEL_X86
#include <immintrin.h>
#endif

static inline int same(const uint8_t *text, const uint8_t *needle, int64_t size)
{
    for (int64_t at = 0; at < size; at++)
        if (kernel_folded(text[at]) != needle[at])
            return 0;
    return 1;
}

/* How common a folded byte is in logged JSON: the search looks for the two rarest of the needle. */
static int commonness(uint8_t byte)
{
    static const char by_rank[] = "\"e,:_ aiotnrs-0cld1u.m2p3/y45v8h69g7b{}f";
    const char *at = byte ? strchr(by_rank, byte) : NULL;
    return at ? (int)(sizeof by_rank - (size_t)(at - by_rank)) : 0;
}

typedef struct {
    const uint8_t *needle;
    int64_t size;
    int64_t first; /* places of the two rarest bytes, first < second unless the needle is one byte */
    int64_t second;
} sought;

static sought seek(const uint8_t *needle, int64_t size)
{
    sought what = {needle, size, 0, size - 1};
    int64_t rarest = 0, next = -1;
    for (int64_t at = 1; at < size; at++)
        if (commonness(needle[at]) < commonness(needle[rarest]))
            rarest = at;
    for (int64_t at = 0; at < size; at++)
        if (at != rarest && (next < 0 || commonness(needle[at]) < commonness(needle[next])))
            next = at;
    if (next < 0)
        next = rarest;
    what.first = rarest < next ? rarest : next;
    what.second = rarest < next ? next : rarest;
    return what;
}

/* Where the needle begins at or behind `at`, or -1; it ends at or before `end`. */
static int64_t next_plain(const uint8_t *data, int64_t at, int64_t end, const sought *what)
{
    uint8_t first = what->needle[what->first], second = what->needle[what->second];
    for (; at + what->size <= end; at++)
        if (kernel_folded(data[at + what->first]) == first && kernel_folded(data[at + what->second]) == second &&
            same(data + at, what->needle, what->size))
            return at;
    return -1;
}

#if KERNEL_X86
/* 32 places at a time. A letter is compared with bit 0x20 set in both, which lets more through; `same` decides. */
__attribute__((target("avx2"))) static int64_t next_avx2(const uint8_t *data, int64_t at, int64_t end,
                                                         const sought *what)
{
    uint8_t first = what->needle[what->first], second = what->needle[what->second];
    const __m256i first_wanted = _mm256_set1_epi8((char)first), second_wanted = _mm256_set1_epi8((char)second);
    const __m256i first_fold = _mm256_set1_epi8((uint8_t)(first - 'a') < 26 ? 0x20 : 0);
    const __m256i second_fold = _mm256_set1_epi8((uint8_t)(second - 'a') < 26 ? 0x20 : 0);
    for (; at + what->second + 32 <= end; at += 32) {
        __m256i a = _mm256_loadu_si256((const __m256i *)(data + at + what->first));
        __m256i b = _mm256_loadu_si256((const __m256i *)(data + at + what->second));
        a = _mm256_cmpeq_epi8(_mm256_or_si256(a, first_fold), first_wanted);
        b = _mm256_cmpeq_epi8(_mm256_or_si256(b, second_fold), second_wanted);
        uint32_t hits = (uint32_t)_mm256_movemask_epi8(_mm256_and_si256(a, b));
        while (hits) {
            int64_t place = at + __builtin_ctz(hits);
            if (place + what->size <= end && same(data + place, what->needle, what->size))
                return place;
            hits &= hits - 1;
        }
    }
    return next_plain(data, at, end, what);
}
#endif

/* Sets bit i of `found` (least significant first) where value i contains the needle, and clears the others.
 * The needle has no A-Z and is not empty. */
KERNEL_EXPORT int32_t affidavit_find(const kernel_strings *column, int64_t count, const uint8_t *needle,
                                     int64_t needle_bytes, uint8_t *found)
{
    if (column->codes || !kernel_fits(column, 0, count))
        return KERNEL_BAD_OFFSETS;
    if (count <= 0)
        return 0;
    memset(found, 0, ((size_t)count + 7) / 8);
    sought what = seek(needle, needle_bytes);
    int64_t (*next)(const uint8_t *, int64_t, int64_t, const sought *) = next_plain;
#if KERNEL_X86
    if (__builtin_cpu_supports("avx2"))
        next = next_avx2;
#endif
    int64_t row = 0, at = kernel_offset(column, 0), end = kernel_offset(column, count);
    while ((at = next(column->data, at, end, &what)) >= 0) {
        while (kernel_offset(column, row + 1) <= at)
            row++;
        int64_t row_end = kernel_offset(column, row + 1);
        if (at + needle_bytes <= row_end) {
            found[row >> 3] |= (uint8_t)(1u << (row & 7));
            at = row_end;
        } else {
            at++; /* it spans two values */
        }
    }
    return 0;
}

KERNEL_EXPORT int32_t affidavit_kernel_version(void)
{
    return KERNEL_VERSION;
}
