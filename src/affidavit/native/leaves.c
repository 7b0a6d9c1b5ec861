/* The leaves of sealed records: salts, part digests, body, entry, leaf (docs/spec/record.md). */
#include "leaves.h"

#include "queried.h"
#include "sha256.h"

#include <string.h>

enum { GROUP = 32, NAMES_MAX = 512, ENTRY_MAX = 1024 };

/* Eight at a time, which the compiler makes into the widest vectors that it may use. */
typedef uint64_t eight __attribute__((vector_size(64)));

static const uint64_t K[80] = {
    0x428a2f98d728ae22, 0x7137449123ef65cd, 0xb5c0fbcfec4d3b2f, 0xe9b5dba58189dbbc, 0x3956c25bf348b538,
    0x59f111f1b605d019, 0x923f82a4af194f9b, 0xab1c5ed5da6d8118, 0xd807aa98a3030242, 0x12835b0145706fbe,
    0x243185be4ee4b28c, 0x550c7dc3d5ffb4e2, 0x72be5d74f27b896f, 0x80deb1fe3b1696b1, 0x9bdc06a725c71235,
    0xc19bf174cf692694, 0xe49b69c19ef14ad2, 0xefbe4786384f25e3, 0x0fc19dc68b8cd5b5, 0x240ca1cc77ac9c65,
    0x2de92c6f592b0275, 0x4a7484aa6ea6e483, 0x5cb0a9dcbd41fbd4, 0x76f988da831153b5, 0x983e5152ee66dfab,
    0xa831c66d2db43210, 0xb00327c898fb213f, 0xbf597fc7beef0ee4, 0xc6e00bf33da88fc2, 0xd5a79147930aa725,
    0x06ca6351e003826f, 0x142929670a0e6e70, 0x27b70a8546d22ffc, 0x2e1b21385c26c926, 0x4d2c6dfc5ac42aed,
    0x53380d139d95b3df, 0x650a73548baf63de, 0x766a0abb3c77b2a8, 0x81c2c92e47edaee6, 0x92722c851482353b,
    0xa2bfe8a14cf10364, 0xa81a664bbc423001, 0xc24b8b70d0f89791, 0xc76c51a30654be30, 0xd192e819d6ef5218,
    0xd69906245565a910, 0xf40e35855771202a, 0x106aa07032bbd1b8, 0x19a4c116b8d2d0c8, 0x1e376c085141ab53,
    0x2748774cdf8eeb99, 0x34b0bcb5e19b48a8, 0x391c0cb3c5c95a63, 0x4ed8aa4ae3418acb, 0x5b9cca4f7763e373,
    0x682e6ff3d6b2b8a3, 0x748f82ee5defb2fc, 0x78a5636f43172f60, 0x84c87814a1f0ab72, 0x8cc702081a6439ec,
    0x90befffa23631e28, 0xa4506cebde82bde9, 0xbef9a3f7b2c67915, 0xc67178f2e372532b, 0xca273eceea26619c,
    0xd186b8c721c0c207, 0xeada7dd6cde0eb1e, 0xf57d4f7fee6ed178, 0x06f067aa72176fba, 0x0a637dc5a2c898a6,
    0x113f9804bef90dae, 0x1b710b35131c471b, 0x28db77f523047d84, 0x32caab7b40c72493, 0x3c9ebe0a15c9bebc,
    0x431d67c49c100d4c, 0x4cc5d4becb3e42b6, 0x597f299cfc657e2a, 0x5fcb6fab3ad6faec, 0x6c44198c4a475817};
static const uint64_t INITIAL[8] = {0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
                                    0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179};

#define ROTATED(word, by) ((word) >> (by) | (word) << (64 - (by)))

/* SHA-512 (FIPS 180-4) of eight messages of one block each, that is of less than 112 bytes. */
static inline __attribute__((always_inline)) void sha512_eight(uint8_t (*blocks)[128], uint8_t (*digests)[64])
{
    eight w[16], state[8];
    for (int t = 0; t < 16; t++)
        for (int lane = 0; lane < 8; lane++) {
            const uint8_t *at = blocks[lane] + 8 * t;
            uint64_t word = 0;
            for (int byte = 0; byte < 8; byte++)
                word = word << 8 | at[byte];
            w[t][lane] = word;
        }
    for (int at = 0; at < 8; at++)
        state[at] = (eight){0} + INITIAL[at];
    eight a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5], g = state[6], h = state[7];
    for (int t = 0; t < 80; t++) {
        if (t >= 16) {
            eight near = w[(t - 2) & 15], far = w[(t - 15) & 15];
            w[t & 15] += w[(t - 7) & 15] + (ROTATED(far, 1) ^ ROTATED(far, 8) ^ far >> 7) +
                         (ROTATED(near, 19) ^ ROTATED(near, 61) ^ near >> 6);
        }
        eight one = h + (ROTATED(e, 14) ^ ROTATED(e, 18) ^ ROTATED(e, 41)) + ((e & f) ^ (~e & g)) + K[t] + w[t & 15];
        eight two = (ROTATED(a, 28) ^ ROTATED(a, 34) ^ ROTATED(a, 39)) + ((a & b) ^ (a & c) ^ (b & c));
        h = g, g = f, f = e, e = d + one, d = c, c = b, b = a, a = one + two;
    }
    state[0] += a, state[1] += b, state[2] += c, state[3] += d;
    state[4] += e, state[5] += f, state[6] += g, state[7] += h;
    for (int at = 0; at < 8; at++)
        for (int lane = 0; lane < 8; lane++)
            for (int byte = 0; byte < 8; byte++)
                digests[lane][8 * at + byte] = (uint8_t)(state[at][lane] >> (56 - 8 * byte));
}

static void sha512_plain(uint8_t (*blocks)[128], uint8_t (*digests)[64])
{
    sha512_eight(blocks, digests);
}

#if KERNEL_X86
__attribute__((target("avx2"))) static void sha512_avx2(uint8_t (*blocks)[128], uint8_t (*digests)[64])
{
    sha512_eight(blocks, digests);
}

__attribute__((target("avx512f"))) static void sha512_avx512(uint8_t (*blocks)[128], uint8_t (*digests)[64])
{
    sha512_eight(blocks, digests);
}
#endif

/* The salts of a group's parts: wide = SHA-512("affidavit/salts/v1" LF || record salt). */
static void widen(const kernel_records *records, int64_t first, int64_t count, uint8_t (*wide)[64])
{
    static const char prefix[] = "affidavit/salts/v1\n";
    enum { PREFIX = sizeof prefix - 1 };
    void (*sha512)(uint8_t(*)[128], uint8_t(*)[64]) = sha512_plain;
#if KERNEL_X86
    if (__builtin_cpu_supports("avx512f"))
        sha512 = sha512_avx512;
    else if (__builtin_cpu_supports("avx2"))
        sha512 = sha512_avx2;
#endif
    for (int64_t at = 0; at < count; at += 8) {
        uint8_t blocks[8][128] = {{0}};
        for (int64_t lane = 0; lane < 8 && at + lane < count; lane++) {
            int64_t row = first + at + lane;
            int64_t bit = records->salts_known_first + row;
            int known = !records->salts_known || records->salts_known[bit >> 3] >> (bit & 7) & 1;
            size_t bytes = PREFIX + (known ? 16 : 0);
            memcpy(blocks[lane], prefix, PREFIX);
            if (known)
                memcpy(blocks[lane] + PREFIX, records->salts + 16 * row, 16);
            blocks[lane][bytes] = 0x80;
            blocks[lane][126] = (uint8_t)(bytes * 8 >> 8);
            blocks[lane][127] = (uint8_t)(bytes * 8);
        }
        sha512(blocks, wide + at); /* `wide` has room for a multiple of eight */
    }
}

/* "affidavit/part/v1" LF name LF || salt || bytes */
static void part(sha256_message *message, const char *name, const uint8_t *salt, kernel_span bytes, uint8_t *digest)
{
    static const char prefix[] = "affidavit/part/v1\n";
    size_t at = sizeof prefix - 1, name_bytes = strlen(name);
    memcpy(message->head, prefix, at);
    memcpy(message->head + at, name, name_bytes);
    at += name_bytes;
    message->head[at++] = '\n';
    memcpy(message->head + at, salt, 16);
    message->head_bytes = (int64_t)at + 16;
    message->body = bytes.data;
    message->body_bytes = bytes.bytes;
    message->digest = digest;
}

static uint8_t *put(uint8_t *at, const void *bytes, size_t size)
{
    memcpy(at, bytes, size);
    return at + size;
}

#define PUT(at, text) put(at, text, sizeof(text) - 1)

static uint8_t *put_hex(uint8_t *at, const uint8_t *bytes, int count)
{
    static const char digits[] = "0123456789abcdef";
    for (int byte = 0; byte < count; byte++) {
        *at++ = (uint8_t)digits[bytes[byte] >> 4];
        *at++ = (uint8_t)digits[bytes[byte] & 15];
    }
    return at;
}

static uint8_t *put_number(uint8_t *at, int64_t number)
{
    uint8_t digits[20];
    int count = 0;
    uint64_t left = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    do
        digits[count++] = (uint8_t)('0' + left % 10);
    while (left /= 10);
    if (number < 0)
        *at++ = '-';
    while (count)
        *at++ = digits[--count];
    return at;
}

/* 0x00 || entry; its length, or 0 where the names are longer than any that a record may have. */
static int64_t put_entry(uint8_t *entry, const uint8_t *body, const kernel_records *records, int64_t row)
{
    kernel_span kind = kernel_value(&records->kind, row), mapper = kernel_value(&records->mapper, row),
                source = kernel_value(&records->source, row);
    const uint8_t *id = records->records + 16 * row;
    if (kind.bytes > NAMES_MAX || mapper.bytes > NAMES_MAX || source.bytes > NAMES_MAX ||
        kind.bytes + mapper.bytes + source.bytes > NAMES_MAX)
        return 0;
    uint8_t *at = entry;
    *at++ = 0;
    at = PUT(at, "{\"body\":\"");
    at = put_hex(at, body, 32);
    at = PUT(at, "\",\"class\":");
    at = put_number(at, records->classes[row]);
    at = PUT(at, ",\"kind\":\"");
    at = put(at, kind.data, (size_t)kind.bytes);
    at = PUT(at, "\",\"mapper\":\"");
    at = put(at, mapper.data, (size_t)mapper.bytes);
    at = PUT(at, "\",\"received\":");
    at = put_number(at, records->received_us[row]);
    at = PUT(at, ",\"record\":\"");
    at = put_hex(at, id, 4);
    *at++ = '-';
    at = put_hex(at, id + 4, 2);
    *at++ = '-';
    at = put_hex(at, id + 6, 2);
    *at++ = '-';
    at = put_hex(at, id + 8, 2);
    *at++ = '-';
    at = put_hex(at, id + 10, 6);
    at = PUT(at, "\",\"seq\":");
    at = put_number(at, records->seqs[row]);
    at = PUT(at, ",\"source\":\"");
    at = put(at, source.data, (size_t)source.bytes);
    at = PUT(at, "\",\"v\":1}");
    return at - entry;
}

/* The leaves of `count` records, at most GROUP, from row `first` on, whose parts are cut already. */
static int32_t group(const kernel_records *records, kernel_span (*parts)[PARTS], int64_t first, int64_t count,
                     uint8_t *leaves)
{
    static const char of_body[] = "affidavit/body/v1\n";
    static const uint8_t no_salt[16];
    uint8_t wide[GROUP][64], digests[GROUP][PARTS * 32], entries[GROUP][ENTRY_MAX], bodies[GROUP][32];
    sha256_message messages[GROUP * PARTS];
    widen(records, first, count, wide);
    for (int64_t at = 0; at < count; at++) { /* those that are mostly the longest first: they end together */
        part(&messages[at], "raw", wide[at] + 32, parts[at][PART_RAW], digests[at] + 96);
        part(&messages[count + at], "actor", wide[at], parts[at][PART_ACTOR], digests[at]);
        part(&messages[2 * count + at], "facts", no_salt, parts[at][PART_FACTS], digests[at] + 64);
        part(&messages[3 * count + at], "detail", wide[at] + 16, parts[at][PART_DETAIL], digests[at] + 32);
        part(&messages[4 * count + at], "target", wide[at] + 48, parts[at][PART_TARGET], digests[at] + 128);
    }
    sha256_many(messages, PARTS * count);
    for (int64_t at = 0; at < count; at++) {
        memcpy(messages[at].head, of_body, sizeof of_body - 1);
        messages[at].head_bytes = sizeof of_body - 1;
        messages[at].body = digests[at];
        messages[at].body_bytes = PARTS * 32;
        messages[at].digest = bodies[at];
    }
    sha256_many(messages, count);
    for (int64_t at = 0; at < count; at++) {
        messages[at].head_bytes = 0;
        messages[at].body = entries[at];
        messages[at].body_bytes = put_entry(entries[at], bodies[at], records, first + at);
        messages[at].digest = leaves + 32 * at;
        if (!messages[at].body_bytes)
            return KERNEL_LONG_NAMES;
    }
    sha256_many(messages, count);
    return 0;
}

/* Writes the 32-byte leaf hash of each of `count` records from row `first` of the columns on, whose parts these are, and
 * where there are `queried` columns a byte each: 1 where these are certainly those of the parts, else 0.
 *
 * Both are done with some records before the next, as long as their parts are at hand in the processor's caches.
 */
KERNEL_EXPORT int32_t affidavit_leaves(const kernel_records *records, const kernel_queried *queried,
                                       const kernel_strings *parts, int64_t first, int64_t count, uint8_t *leaves,
                                       uint8_t *certain)
{
    const kernel_strings *names[] = {&records->kind, &records->mapper, &records->source};
    kernel_row row;
    if (!kernel_fits(parts, 0, count) || (queried && !kernel_queried_fit(queried, first, count)))
        return KERNEL_BAD_OFFSETS;
    for (size_t at = 0; at < sizeof names / sizeof *names; at++)
        if (!kernel_fits(names[at], first, count))
            return KERNEL_BAD_OFFSETS;
    for (int64_t done = 0; done < count; done += GROUP) {
        kernel_span cut[GROUP][PARTS];
        int64_t some = count - done < GROUP ? count - done : GROUP;
        for (int64_t at = 0; at < some; at++)
            if (!kernel_parts(kernel_value(parts, done + at), cut[at]))
                return KERNEL_NO_CUT;
        int32_t status = group(records, cut, first + done, some, leaves + 32 * done);
        if (status)
            return status;
        for (int64_t at = 0; queried && at < some; at++)
            certain[done + at] = (uint8_t)kernel_agrees(queried, first + done + at, cut[at], &row);
    }
    return 0;
}
