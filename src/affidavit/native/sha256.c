/* SHA-256 of many messages at once (FIPS 180-4).
 *
 * The processor's SHA instructions wait for one another within a message, so two messages are hashed side by side:
 * that is nearly twice as fast as one after the other. Where there are vectors of 512 bits, sixteen are.
 */
#include "sha256.h"

#include <string.h>

#if KERNEL_X86
#include <cpuid.h>
#include <immintrin.h>
#endif

static const uint32_t K[64] __attribute__((aligned(64))) = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};
static const uint32_t INITIAL[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

/* One message on its way: a run of blocks at a time, of which the first and the last are put together in `edge`. */
typedef struct {
    uint32_t state[8];
    const uint8_t *blocks;
    int64_t left; /* blocks in this run */
    const uint8_t *rest;
    int64_t rest_bytes;
    int64_t all_bytes;
    uint8_t *digest;
    int stage; /* the run: 0 the first block, 1 whole blocks of the body, 2 the end, 3 done */
    uint8_t edge[128];
} lane;

/* `rest` (less than a block, but for `used` bytes that stand in `edge`), the padding and the length. */
static void begin_end(lane *on, int64_t used)
{
    int64_t bytes = used + on->rest_bytes;
    if (on->rest_bytes)
        memcpy(on->edge + used, on->rest, (size_t)on->rest_bytes);
    int64_t blocks = bytes + 9 <= 64 ? 1 : 2;
    memset(on->edge + bytes, 0, (size_t)(64 * blocks - bytes));
    on->edge[bytes] = 0x80;
    uint64_t bits = (uint64_t)on->all_bytes * 8;
    for (int at = 0; at < 8; at++)
        on->edge[64 * blocks - 1 - at] = (uint8_t)(bits >> (8 * at));
    on->blocks = on->edge;
    on->left = blocks;
    on->stage = 2;
}

static void begin(lane *on, const sha256_message *message)
{
    memcpy(on->state, INITIAL, sizeof INITIAL);
    on->digest = message->digest;
    on->all_bytes = message->head_bytes + message->body_bytes;
    on->rest = message->body;
    on->rest_bytes = message->body_bytes;
    memcpy(on->edge, message->head, (size_t)message->head_bytes);
    int64_t more = 64 - message->head_bytes;
    if (message->body_bytes < more) {
        begin_end(on, message->head_bytes);
        return;
    }
    if (more)
        memcpy(on->edge + message->head_bytes, message->body, (size_t)more);
    on->rest += more;
    on->rest_bytes -= more;
    on->blocks = on->edge;
    on->left = 1;
    on->stage = 0;
}

/* The next run; 0 where the message is done and its digest written. */
static int advance(lane *on)
{
    if (on->stage == 0 && on->rest_bytes >= 64) {
        on->blocks = on->rest;
        on->left = on->rest_bytes / 64;
        on->rest += 64 * on->left;
        on->rest_bytes -= 64 * on->left;
        on->stage = 1;
        return 1;
    }
    if (on->stage < 2) {
        begin_end(on, 0);
        return 1;
    }
    for (int at = 0; at < 8; at++) {
        on->digest[4 * at] = (uint8_t)(on->state[at] >> 24);
        on->digest[4 * at + 1] = (uint8_t)(on->state[at] >> 16);
        on->digest[4 * at + 2] = (uint8_t)(on->state[at] >> 8);
        on->digest[4 * at + 3] = (uint8_t)on->state[at];
    }
    on->stage = 3;
    return 0;
}

static inline uint32_t rotated(uint32_t word, int by)
{
    return word >> by | word << (32 - by);
}

static void compress_plain(lane *on, int64_t blocks)
{
    uint32_t w[64];
    for (; blocks; blocks--, on->blocks += 64, on->left--) {
        for (int t = 0; t < 16; t++) {
            const uint8_t *at = on->blocks + 4 * t;
            w[t] = (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
        }
        for (int t = 16; t < 64; t++) {
            uint32_t near = w[t - 2], far = w[t - 15];
            w[t] = w[t - 16] + w[t - 7] + (rotated(far, 7) ^ rotated(far, 18) ^ far >> 3) +
                   (rotated(near, 17) ^ rotated(near, 19) ^ near >> 10);
        }
        uint32_t a = on->state[0], b = on->state[1], c = on->state[2], d = on->state[3];
        uint32_t e = on->state[4], f = on->state[5], g = on->state[6], h = on->state[7];
        for (int t = 0; t < 64; t++) {
            uint32_t one = h + (rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)) + ((e & f) ^ (~e & g)) + K[t] + w[t];
            uint32_t two = (rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
            h = g, g = f, f = e, e = d + one, d = c, c = b, b = a, a = one + two;
        }
        on->state[0] += a, on->state[1] += b, on->state[2] += c, on->state[3] += d;
        on->state[4] += e, on->state[5] += f, on->state[6] += g, on->state[7] += h;
    }
}

static void many_plain(const sha256_message *messages, int64_t count)
{
    lane on;
    for (int64_t at = 0; at < count; at++) {
        begin(&on, &messages[at]);
        do
            compress_plain(&on, on.left);
        while (advance(&on));
    }
}

#if KERNEL_X86
#define SHA_TARGET __attribute__((target("sha,sse4.1,ssse3")))

/* The words of the state as the instructions want them: ABEF and CDGH. */
#define LOAD_STATE(on, abef, cdgh)                                                                                     \
    do {                                                                                                               \
        __m128i low = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)&(on)->state[0]), 0xB1);                      \
        __m128i high = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)&(on)->state[4]), 0x1B);                     \
        abef = _mm_alignr_epi8(low, high, 8);                                                                          \
        cdgh = _mm_blend_epi16(high, low, 0xF0);                                                                       \
    } while (0)
#define STORE_STATE(on, abef, cdgh)                                                                                    \
    do {                                                                                                               \
        __m128i low = _mm_shuffle_epi32(abef, 0x1B), high = _mm_shuffle_epi32(cdgh, 0xB1);                             \
        _mm_storeu_si128((__m128i *)&(on)->state[0], _mm_blend_epi16(low, high, 0xF0));                                \
        _mm_storeu_si128((__m128i *)&(on)->state[4], _mm_alignr_epi8(high, low, 8));                                   \
    } while (0)
#define LOAD_WORDS(w, block)                                                                                           \
    do {                                                                                                               \
        for (int t = 0; t < 4; t++)                                                                                    \
            w[t] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(block) + t), swap);                              \
    } while (0)
/* Four rounds, the words W[4i .. 4i + 3] being w[i % 4]; from i = 4 on they are first scheduled. */
#define SCHEDULE(w, i)                                                                                                 \
    w[(i) & 3] = _mm_sha256msg2_epu32(                                                                                 \
        _mm_add_epi32(_mm_sha256msg1_epu32(w[(i) & 3], w[((i) + 1) & 3]),                                              \
                      _mm_alignr_epi8(w[((i) + 3) & 3], w[((i) + 2) & 3], 4)),                                         \
        w[((i) + 3) & 3])
#define ROUNDS(w, i, abef, cdgh)                                                                                       \
    do {                                                                                                               \
        __m128i sum = _mm_add_epi32(w[(i) & 3], _mm_load_si128((const __m128i *)&K[4 * (i)]));                         \
        cdgh = _mm_sha256rnds2_epu32(cdgh, abef, sum);                                                                 \
        abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(sum, 0x0E));                                        \
    } while (0)
#define ONE(i) ROUNDS(w, i, abef, cdgh);
#define ONE_MORE(i)                                                                                                    \
    SCHEDULE(w, i);                                                                                                    \
    ROUNDS(w, i, abef, cdgh);
#define TWO(i)                                                                                                         \
    ROUNDS(w, i, abef, cdgh);                                                                                          \
    ROUNDS(v, i, abef2, cdgh2);
#define TWO_MORE(i)                                                                                                    \
    SCHEDULE(w, i);                                                                                                    \
    SCHEDULE(v, i);                                                                                                    \
    ROUNDS(w, i, abef, cdgh);                                                                                          \
    ROUNDS(v, i, abef2, cdgh2);
#define FIRST(DO) DO(0) DO(1) DO(2) DO(3)
#define LATER(DO) DO(4) DO(5) DO(6) DO(7) DO(8) DO(9) DO(10) DO(11) DO(12) DO(13) DO(14) DO(15)

SHA_TARGET static void compress_one(lane *on, int64_t blocks)
{
    const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    __m128i abef, cdgh, w[4];
    LOAD_STATE(on, abef, cdgh);
    for (; blocks; blocks--, on->blocks += 64, on->left--) {
        __m128i abef_before = abef, cdgh_before = cdgh;
        LOAD_WORDS(w, on->blocks);
        FIRST(ONE)
        LATER(ONE_MORE)
        abef = _mm_add_epi32(abef, abef_before);
        cdgh = _mm_add_epi32(cdgh, cdgh_before);
    }
    STORE_STATE(on, abef, cdgh);
}

SHA_TARGET static void compress_two(lane *on, lane *other, int64_t blocks)
{
    const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    __m128i abef, cdgh, abef2, cdgh2, w[4], v[4];
    LOAD_STATE(on, abef, cdgh);
    LOAD_STATE(other, abef2, cdgh2);
    const uint8_t *at = on->blocks, *at2 = other->blocks;
    on->blocks += 64 * blocks, on->left -= blocks;
    other->blocks += 64 * blocks, other->left -= blocks;
    for (; blocks; blocks--, at += 64, at2 += 64) {
        __m128i abef_before = abef, cdgh_before = cdgh, abef2_before = abef2, cdgh2_before = cdgh2;
        LOAD_WORDS(w, at);
        LOAD_WORDS(v, at2);
        FIRST(TWO)
        LATER(TWO_MORE)
        abef = _mm_add_epi32(abef, abef_before);
        cdgh = _mm_add_epi32(cdgh, cdgh_before);
        abef2 = _mm_add_epi32(abef2, abef2_before);
        cdgh2 = _mm_add_epi32(cdgh2, cdgh2_before);
    }
    STORE_STATE(on, abef, cdgh);
    STORE_STATE(other, abef2, cdgh2);
}

/* The lanes that are on their way, and then the messages. */
static void two_by_two(lane **begun, int lanes, const sha256_message *messages, int64_t count)
{
    lane rooms[2], *on[2];
    int busy[2];
    int64_t next = 0;
    for (int at = 0; at < 2; at++) {
        on[at] = lanes ? begun[--lanes] : &rooms[at];
        busy[at] = on[at] != &rooms[at] || next < count;
        if (on[at] == &rooms[at] && busy[at])
            begin(on[at], &messages[next++]);
    }
    while (busy[0] && busy[1]) {
        compress_two(on[0], on[1], on[0]->left < on[1]->left ? on[0]->left : on[1]->left);
        for (int at = 0; at < 2; at++) {
            if (on[at]->left || advance(on[at]))
                continue;
            if (lanes)
                on[at] = begun[--lanes];
            else if (next < count)
                begin(on[at], &messages[next++]);
            else
                busy[at] = 0;
        }
    }
    for (int at = 0; at < 2; at++)
        while (busy[at]) {
            compress_one(on[at], on[at]->left);
            busy[at] = advance(on[at]);
        }
}

/* Sixteen messages side by side, a vector having one word of each: 18 ns a block where two by the instructions above
 * take 30, as those all wait for one port of the processor.
 */
enum { WIDE = 16, FEW = 10 }; /* with no more lanes busy than FEW, two at a time are faster */
/* Messages of a batch mostly lie behind those of the batch before, so what is this far ahead is fetched meanwhile:
 * sixteen streams of reads are more than the processor foresees. */
enum { AHEAD = 1 << 17 };
#define WIDE_TARGET __attribute__((target("avx512f,avx512bw")))

/* Word t of each block, as big-endian numbers: from blocks in rows to words in rows. */
WIDE_TARGET static inline void load_wide(const uint8_t *const *blocks, __m512i *w)
{
    const __m512i swap = _mm512_broadcast_i32x4(_mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203));
    __m512i rows[WIDE], pairs[WIDE];
    for (int at = 0; at < WIDE; at++)
        rows[at] = _mm512_shuffle_epi8(_mm512_loadu_si512(blocks[at]), swap);
    for (int at = 0; at < WIDE; at += 2) {
        pairs[at] = _mm512_unpacklo_epi32(rows[at], rows[at + 1]);
        pairs[at + 1] = _mm512_unpackhi_epi32(rows[at], rows[at + 1]);
    }
    for (int at = 0; at < WIDE; at += 4)
        for (int half = 0; half < 2; half++) {
            rows[at + 2 * half] = _mm512_unpacklo_epi64(pairs[at + half], pairs[at + half + 2]);
            rows[at + 2 * half + 1] = _mm512_unpackhi_epi64(pairs[at + half], pairs[at + half + 2]);
        }
    for (int at = 0; at < 4; at++) {
        __m512i even = _mm512_shuffle_i32x4(rows[at], rows[at + 4], 0x88),
                even2 = _mm512_shuffle_i32x4(rows[at + 8], rows[at + 12], 0x88),
                odd = _mm512_shuffle_i32x4(rows[at], rows[at + 4], 0xdd),
                odd2 = _mm512_shuffle_i32x4(rows[at + 8], rows[at + 12], 0xdd);
        w[at] = _mm512_shuffle_i32x4(even, even2, 0x88);
        w[at + 4] = _mm512_shuffle_i32x4(odd, odd2, 0x88);
        w[at + 8] = _mm512_shuffle_i32x4(even, even2, 0xdd);
        w[at + 12] = _mm512_shuffle_i32x4(odd, odd2, 0xdd);
    }
}

#define XOR(a, b, c) _mm512_ternarylogic_epi32(a, b, c, 0x96)
#define SUM(a, b) _mm512_add_epi32(a, b)

/* A block of each of sixteen messages. */
WIDE_TARGET static void compress_wide(__m512i *state, const uint8_t *const *blocks)
{
    __m512i w[16], s[8];
    load_wide(blocks, w);
    memcpy(s, state, sizeof s);
#pragma GCC unroll 64
    for (int t = 0; t < 64; t++) {
        __m512i *a = &s[(0 - t) & 7], *b = &s[(1 - t) & 7], *c = &s[(2 - t) & 7], *d = &s[(3 - t) & 7];
        __m512i *e = &s[(4 - t) & 7], *f = &s[(5 - t) & 7], *g = &s[(6 - t) & 7], *h = &s[(7 - t) & 7];
        __m512i *word = &w[t & 15];
        if (t >= 16) {
            __m512i near = w[(t - 2) & 15], far = w[(t - 15) & 15];
            __m512i low = XOR(_mm512_ror_epi32(far, 7), _mm512_ror_epi32(far, 18), _mm512_srli_epi32(far, 3));
            __m512i high = XOR(_mm512_ror_epi32(near, 17), _mm512_ror_epi32(near, 19), _mm512_srli_epi32(near, 10));
            *word = SUM(SUM(*word, w[(t - 7) & 15]), SUM(low, high));
        }
        __m512i one = SUM(SUM(*h, _mm512_set1_epi32((int)K[t])), *word);
        one = SUM(one, XOR(_mm512_ror_epi32(*e, 6), _mm512_ror_epi32(*e, 11), _mm512_ror_epi32(*e, 25)));
        one = SUM(one, _mm512_ternarylogic_epi32(*e, *f, *g, 0xca));
        __m512i two = SUM(XOR(_mm512_ror_epi32(*a, 2), _mm512_ror_epi32(*a, 13), _mm512_ror_epi32(*a, 22)),
                          _mm512_ternarylogic_epi32(*a, *b, *c, 0xe8));
        *d = SUM(*d, one);
        *h = SUM(one, two);
    }
    for (int at = 0; at < 8; at++)
        state[at] = SUM(state[at], s[at]);
}

static inline void begin_wide(lane *on, const sha256_message *message, uint32_t (*state)[WIDE], int at)
{
    begin(on, message);
    for (int word = 0; word < 8; word++)
        state[word][at] = on->state[word];
}

static inline void leave_wide(lane *on, uint32_t (*state)[WIDE], int at)
{
    for (int word = 0; word < 8; word++)
        on->state[word] = state[word][at];
}

WIDE_TARGET static void many_wide(const sha256_message *messages, int64_t count)
{
    static const uint8_t nothing[64];
    uint32_t state[8][WIDE] __attribute__((aligned(64)));
    lane lanes[WIDE];
    int64_t next = 0;
    int busy = WIDE;
    for (int at = 0; at < WIDE; at++)
        begin_wide(&lanes[at], &messages[next++], state, at);
    while (busy > FEW) {
        const uint8_t *blocks[WIDE];
        for (int at = 0; at < WIDE; at++)
            blocks[at] = lanes[at].stage == 3 ? nothing : lanes[at].blocks;
        compress_wide((__m512i *)state, blocks);
        for (int at = 0; at < WIDE; at++) {
            lane *on = &lanes[at];
            if (on->stage == 3)
                continue;
            on->blocks += 64;
            __builtin_prefetch((const void *)((uintptr_t)on->blocks + AHEAD), 0, 2);
            if (--on->left)
                continue;
            leave_wide(on, state, at);
            if (advance(on))
                continue;
            if (next < count)
                begin_wide(on, &messages[next++], state, at);
            else
                busy--;
        }
    }
    lane *left[WIDE];
    int many = 0;
    for (int at = 0; at < WIDE; at++)
        if (lanes[at].stage != 3) {
            leave_wide(&lanes[at], state, at);
            left[many++] = &lanes[at];
        }
    two_by_two(left, many, NULL, 0);
}

/* Found once, when the library is loaded: asking takes microseconds on a virtual machine. */
static int has_sha, has_wide;

__attribute__((constructor)) static void look_for_sha(void)
{
    unsigned a, b, c, d;
    int has_ssse3_sse4_1 = __get_cpuid(1, &a, &b, &c, &d) && (c & 1u << 9) && (c & 1u << 19);
    has_sha = has_ssse3_sse4_1 && __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & 1u << 29);
    __builtin_cpu_init();
    has_wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw");
}
#endif

void sha256_many(const sha256_message *messages, int64_t count)
{
#if KERNEL_X86
    if (has_sha && has_wide && count >= WIDE) {
        many_wide(messages, count);
        return;
    }
    if (has_sha) {
        two_by_two(NULL, 0, messages, count);
        return;
    }
#endif
    many_plain(messages, count);
}
