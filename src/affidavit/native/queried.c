/* The query columns that follow from a record's parts (docs/spec/lake.md, Query columns), and which records have them.
 *
 * Only the plain is decided here, which nearly every record is: compact JSON without escapes, names in ASCII, IPv4.
 * Anything else, and whatever differs, is left to formats.record.columns, which alone says what is right. So a
 * function here returns 0 both for what is wrong and for what it does not understand.
 */
#include "queried.h"

#include "leaves.h"

#include <string.h>

#if KERNEL_X86
#include <immintrin.h>
#endif

enum { DEPTH = 16, NAMES = 48, KEYS = 24, DIGITS = 15, AUTHENTICATION = 3002, FINDINGS = 2 };
enum { BLOCK = 64, QUOTES = 1024, DOZEN = 12, QUOTES_ROOM = QUOTES + BLOCK + DOZEN + 1, NONE = UINT16_MAX };

static const uint8_t PLACES[BLOCK] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
                                      22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43,
                                      44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63};

/* JSON on its way. Nothing but strings has quotes, so those ahead are where the next strings begin and end. */
typedef struct {
    const uint8_t *at;
    const uint8_t *end;
    const uint8_t *start;
    const uint16_t *quote; /* the next one; NONE behind the last */
    int ascii;
} text;

/* A name to look for. */
typedef struct {
    const char *data;
    int64_t bytes;
} wanted_;

#define WANTED(literal) {literal, sizeof literal - 1}

static inline int is(const text *json, uint8_t byte)
{
    return json->at < json->end && *json->at == byte;
}

static inline int take(text *json, uint8_t byte)
{
    if (!is(json, byte))
        return 0;
    json->at++;
    return 1;
}

static int word(text *json, const char *literal)
{
    size_t size = strlen(literal);
    if ((size_t)(json->end - json->at) < size || memcmp(json->at, literal, size))
        return 0;
    json->at += size;
    return 1;
}

/* The bytes of one character of UTF-8 beyond ASCII (RFC 3629), or 0. */
static int64_t character(const uint8_t *at, int64_t left)
{
    uint8_t first = *at;
    int more = first >= 0xc2 && first <= 0xdf ? 1 : (first & 0xf0) == 0xe0 ? 2 : first >= 0xf0 && first <= 0xf4 ? 3 : 0;
    if (!more || left <= more)
        return 0;
    for (int byte = 1; byte <= more; byte++)
        if ((at[byte] & 0xc0) != 0x80)
            return 0;
    if ((first == 0xe0 && at[1] < 0xa0) || (first == 0xed && at[1] > 0x9f) || (first == 0xf0 && at[1] < 0x90) ||
        (first == 0xf4 && at[1] > 0x8f))
        return 0;
    return more + 1;
}

/* Whether it is UTF-8 without escapes and without what JSON has only as escapes. */
static int plain(kernel_span part)
{
    for (int64_t at = 0; at < part.bytes;) {
        uint8_t byte = part.data[at];
        int64_t size = byte < 0x80 ? byte >= 0x20 && byte != '\\' : character(part.data + at, part.bytes - at);
        if (!size)
            return 0;
        at += size;
    }
    return 1;
}

/* Which of a block's bytes are quotes; `others` is set where one is an escape or no printable ASCII. */
static inline uint64_t quotes_of(const uint8_t *block, int *others)
{
    uint64_t quotes = 0;
#if KERNEL_X86
    const __m128i quote = _mm_set1_epi8('"'), escape = _mm_set1_epi8('\\'), space = _mm_set1_epi8(' ');
    __m128i other = _mm_setzero_si128();
    for (int at = 0; at < BLOCK; at += 16) {
        __m128i some = _mm_loadu_si128((const __m128i *)(block + at));
        quotes |= (uint64_t)_mm_movemask_epi8(_mm_cmpeq_epi8(some, quote)) << at;
        other = _mm_or_si128(other, _mm_cmpeq_epi8(some, escape));
        other = _mm_or_si128(other, _mm_cmplt_epi8(some, space)); /* bytes from 0x80 on count as negative */
    }
    *others |= _mm_movemask_epi8(other);
#else
    for (int at = 0; at < BLOCK; at++) {
        quotes |= (uint64_t)(block[at] == '"') << at;
        *others |= block[at] < 0x20 || block[at] >= 0x80 || block[at] == '\\';
    }
#endif
    return quotes;
}

/* Where the quotes of a part are, and how many, or -1 where they are too many; `others` as above. */
static int64_t find_quotes(kernel_span part, uint16_t *quotes, int *others)
{
    int64_t found = 0;
    for (int64_t at = 0; at < part.bytes && found <= QUOTES; at += BLOCK) {
        uint8_t rest[BLOCK];
        const uint8_t *block = part.data + at;
        if (part.bytes - at < BLOCK) {
            memset(rest, ' ', BLOCK);
            block = memcpy(rest, block, (size_t)(part.bytes - at));
        }
        uint64_t here = quotes_of(block, others);
        uint16_t *to = quotes + found;
        found += __builtin_popcountll(here);
        for (; here; to += DOZEN) /* by the dozen: a loop that ends elsewhere each time is slow */
            for (int next = 0; next < DOZEN; next++, here &= here - 1)
                to[next] = (uint16_t)(at + __builtin_ctzll(here | (uint64_t)1 << 63));
    }
    return found > QUOTES ? -1 : found;
}

#if KERNEL_X86
#define WIDE_TARGET __attribute__((target("avx512f,avx512bw,avx512vbmi2,popcnt")))

/* The same, sixty-four bytes at a time. */
WIDE_TARGET static int64_t find_quotes_wide(kernel_span part, uint16_t *quotes, int *others)
{
    const __m512i quote = _mm512_set1_epi8('"'), escape = _mm512_set1_epi8('\\'), space = _mm512_set1_epi8(' ');
    const __m512i places = _mm512_loadu_si512(PLACES);
    int64_t found = 0;
    for (int64_t at = 0; at < part.bytes && found <= QUOTES; at += BLOCK) {
        uint64_t all = ~(uint64_t)0, there = part.bytes - at < BLOCK ? ~(all << (part.bytes - at)) : all;
        __m512i some = _mm512_mask_loadu_epi8(space, there, part.data + at), base = _mm512_set1_epi16((int16_t)at);
        uint64_t here = _mm512_cmpeq_epi8_mask(some, quote); /* below, bytes from 0x80 on count as negative */
        *others |= (_mm512_cmpeq_epi8_mask(some, escape) | _mm512_cmplt_epi8_mask(some, space)) != 0;
        __m512i list = _mm512_maskz_compress_epi8(here, places);
        __m512i low = _mm512_cvtepu8_epi16(_mm512_castsi512_si256(list)),
                high = _mm512_cvtepu8_epi16(_mm512_extracti64x4_epi64(list, 1));
        _mm512_storeu_si512(quotes + found, _mm512_add_epi16(base, low));
        _mm512_storeu_si512(quotes + found + BLOCK / 2, _mm512_add_epi16(base, high));
        found += __builtin_popcountll(here);
    }
    return found > QUOTES ? -1 : found;
}
#endif

/* JSON to be read, `quotes` being room for where its quotes are; 0 where it has escapes or is long. */
static int begin(text *json, kernel_span part, uint16_t *quotes)
{
    int64_t found;
    int others = 0;
    if (part.bytes >= NONE)
        return 0;
#if KERNEL_X86
    if (__builtin_cpu_supports("avx512vbmi2") && __builtin_cpu_supports("avx512bw"))
        found = find_quotes_wide(part, quotes, &others);
    else
#endif
        found = find_quotes(part, quotes, &others);
    if (found < 0 || (others && !plain(part)))
        return 0;
    quotes[found] = NONE;
    *json = (text){part.data, part.data + part.bytes, part.data, quotes, !others};
    return 1;
}

/* A string without escapes. */
static inline int string(text *json, kernel_span *found)
{
    int64_t from = json->at - json->start;
    if (json->quote[0] != from || json->quote[1] == NONE)
        return 0;
    *found = (kernel_span){json->at + 1, json->quote[1] - from - 1};
    json->at = json->start + json->quote[1] + 1;
    json->quote += 2;
    return 1;
}

static int digits(text *json, int64_t *number)
{
    const uint8_t *start = json->at;
    int64_t value = 0;
    while (json->at < json->end && (uint8_t)(*json->at - '0') < 10) {
        if (json->at - start == DIGITS)
            return 0;
        value = 10 * value + (*json->at++ - '0');
    }
    *number = value;
    return json->at != start;
}

/* A number of few digits without an exponent; `number` is for whole ones only, NULL for any. */
static int number_(text *json, int64_t *number)
{
    int negative = take(json, '-');
    const uint8_t *start = json->at;
    int64_t whole, part;
    if (!digits(json, &whole) || (*start == '0' && json->at - start > 1) || (negative && !whole && number))
        return 0;
    if (is(json, '.')) {
        json->at++;
        if (number || !digits(json, &part))
            return 0;
    }
    if (is(json, 'e') || is(json, 'E'))
        return 0;
    if (number)
        *number = negative ? -whole : whole;
    return 1;
}

/* The next key of an object and its colon: 1, or 0 at the end of the object, or -1. */
static int key(text *json, int *first, kernel_span *name)
{
    if (take(json, '}'))
        return 0;
    if (!*first && !take(json, ','))
        return -1;
    *first = 0;
    return string(json, name) && take(json, ':') ? 1 : -1;
}

static int skip(text *json, int depth)
{
    kernel_span found;
    int first = 1, more;
    if (depth > DEPTH || json->at >= json->end)
        return 0;
    switch (*json->at) {
    case '"':
        return string(json, &found);
    case '{':
        json->at++;
        while ((more = key(json, &first, &found)) == 1)
            if (!skip(json, depth + 1))
                return 0;
        return !more;
    case '[':
        json->at++;
        if (take(json, ']'))
            return 1;
        do
            if (!skip(json, depth + 1))
                return 0;
        while (take(json, ','));
        return take(json, ']');
    case 't':
        return word(json, "true");
    case 'f':
        return word(json, "false");
    case 'n':
        return word(json, "null");
    default:
        return number_(json, NULL);
    }
}

static inline int named(kernel_span name, const wanted_ *wanted)
{
    return name.bytes == wanted->bytes && !memcmp(name.data, wanted->data, (size_t)wanted->bytes);
}

/* Which of the wanted names it is, or -1; -2 where it was there before. */
static int which(kernel_span name, const wanted_ *wanted, int count, uint32_t *seen)
{
    for (int at = 0; at < count; at++)
        if (named(name, &wanted[at])) {
            if (*seen & 1u << at)
                return -2;
            *seen |= 1u << at;
            return at;
        }
    return -1;
}

static int ascii(kernel_span name)
{
    uint8_t all = 0;
    for (int64_t at = 0; at < name.bytes; at++)
        all |= name.data[at];
    return all < 0x80;
}

/* A name in ASCII, or null, which is as good as an empty one. */
static int name_(text *json, kernel_span *found)
{
    if (is(json, 'n'))
        return word(json, "null");
    return string(json, found) && (json->ascii || ascii(*found));
}

/* An object of which some names are wanted; or null. */
static int names(text *json, const wanted_ *wanted, int count, kernel_span *found)
{
    kernel_span name;
    uint32_t seen = 0;
    int first = 1, more;
    if (is(json, 'n'))
        return word(json, "null");
    if (!take(json, '{'))
        return 0;
    while ((more = key(json, &first, &name)) == 1) {
        int at = which(name, wanted, count, &seen);
        if (at == -2 || !(at < 0 ? skip(json, 0) : name_(json, &found[at])))
            return 0;
    }
    return !more;
}

typedef struct {
    int64_t time_ms, class_uid, activity_id, type_uid, severity_id, status_id, action_id;
    kernel_span activity, operation, event_code;
} facts_;

static int read_facts(kernel_span part, facts_ *facts)
{
    static const wanted_ wanted[] = {WANTED("time"),          WANTED("class_uid"), WANTED("activity_id"),
                                     WANTED("type_uid"),      WANTED("severity_id"), WANTED("status_id"),
                                     WANTED("action_id"),     WANTED("activity_name"), WANTED("api"),
                                     WANTED("metadata")};
    static const wanted_ operation[] = {WANTED("operation")}, event_code[] = {WANTED("event_code")};
    int64_t *numbers[] = {&facts->time_ms,     &facts->class_uid, &facts->activity_id, &facts->type_uid,
                          &facts->severity_id, &facts->status_id, &facts->action_id};
    uint16_t quotes[QUOTES_ROOM];
    uint32_t seen = 0;
    kernel_span name;
    text json;
    int first = 1, more;
    memset(facts, 0, sizeof *facts);
    if (!begin(&json, part, quotes) || !take(&json, '{'))
        return 0;
    while ((more = key(&json, &first, &name)) == 1) {
        int at = which(name, wanted, 10, &seen);
        int good = at == -2  ? 0
                   : at < 0  ? skip(&json, 0)
                   : at < 7  ? number_(&json, numbers[at])
                   : at == 7 ? name_(&json, &facts->activity)
                   : at == 8 ? names(&json, operation, 1, &facts->operation)
                             : names(&json, event_code, 1, &facts->event_code);
        if (!good)
            return 0;
    }
    return !more && json.at == json.end && (seen & 3) == 3;
}

typedef struct {
    kernel_span uid, name, email;
} person;

typedef struct {
    person user;
    kernel_span address;
} actor_;

static int read_user(text *json, person *user)
{
    static const wanted_ wanted[] = {WANTED("uid"), WANTED("name"), WANTED("email_addr")};
    kernel_span found[3] = {{0}};
    if (!names(json, wanted, 3, found))
        return 0;
    *user = (person){found[0], found[1], found[2]};
    return 1;
}

/* `user` of the object `actor`. */
static int read_actor_object(text *json, person *user)
{
    static const wanted_ wanted[] = {WANTED("user")};
    kernel_span name;
    uint32_t seen = 0;
    int first = 1, more;
    if (is(json, 'n'))
        return word(json, "null");
    if (!take(json, '{'))
        return 0;
    while ((more = key(json, &first, &name)) == 1) {
        int at = which(name, wanted, 1, &seen);
        if (at == -2 || !(at < 0 ? skip(json, 0) : read_user(json, user)))
            return 0;
    }
    return !more;
}

static int read_actor(kernel_span part, actor_ *actor)
{
    static const wanted_ wanted[] = {WANTED("src_endpoint"), WANTED("device"), WANTED("actor")};
    static const wanted_ address[] = {WANTED("ip"), WANTED("hostname")};
    kernel_span ends[2][2] = {{{0}}}, name;
    uint16_t quotes[QUOTES_ROOM];
    uint32_t seen = 0;
    int there[2] = {0}, first = 1, more;
    text json;
    memset(actor, 0, sizeof *actor);
    if (!part.bytes)
        return 1;
    if (!begin(&json, part, quotes) || !take(&json, '{'))
        return 0;
    while ((more = key(&json, &first, &name)) == 1) {
        int at = which(name, wanted, 3, &seen);
        if (at == 0 || at == 1)
            there[at] = is(&json, '{');
        if (at == -2 || !(at < 0    ? skip(&json, 0)
                          : at == 2 ? read_actor_object(&json, &actor->user)
                                    : names(&json, address, 2, ends[at])))
            return 0;
    }
    if (more || json.at != json.end)
        return 0;
    const kernel_span *end = ends[there[0] ? 0 : 1];
    actor->address = end[0].bytes ? end[0] : end[1];
    return 1;
}

typedef struct {
    kernel_span names[NAMES];
    int count;
    person user;
} target_;

static int add(target_ *target, kernel_span name)
{
    if (!name.bytes)
        return 1;
    if (target->count == NAMES)
        return 0;
    target->names[target->count++] = name;
    return 1;
}

/* Anything that can be acted upon: its own names first, then those of what it stands for or belongs to. */
static int read_thing(text *json, target_ *target, person *user, int depth)
{
    static const wanted_ wanted[] = {WANTED("uid"),  WANTED("name"),       WANTED("email_addr"), WANTED("hostname"),
                                     WANTED("ip"),   WANTED("path"),       WANTED("url_string"), WANTED("user"),
                                     WANTED("group"), WANTED("policy"),    WANTED("account"),    WANTED("org")};
    enum { OWN = 7, ALL = 12 };
    kernel_span own[OWN] = {{0}}, name;
    text inner[ALL - OWN] = {{0}};
    uint32_t seen = 0;
    int first = 1, more;
    if (depth > DEPTH || !take(json, '{'))
        return 0;
    while ((more = key(json, &first, &name)) == 1) {
        int at = which(name, wanted, ALL, &seen);
        if (at >= OWN)
            inner[at - OWN] = *json;
        if (at == -2 || !(at >= 0 && at < OWN ? name_(json, &own[at]) : skip(json, depth)))
            return 0;
    }
    if (more)
        return 0;
    if (user)
        *user = (person){own[0], own[1], own[2]};
    for (int at = 0; at < OWN; at++)
        if (!add(target, own[at]))
            return 0;
    for (int at = 0; at < ALL - OWN; at++)
        if (inner[at].at && !is(&inner[at], 'n') && !read_thing(&inner[at], target, NULL, depth + 1))
            return 0;
    return 1;
}

static int read_string(text *json, target_ *target)
{
    kernel_span found = {0};
    return name_(json, &found) && add(target, found);
}

static int read_things(text *json, target_ *target)
{
    json->at++;
    if (take(json, ']'))
        return 1;
    do {
        int good = is(json, '{')   ? read_thing(json, target, NULL, 0)
                   : is(json, '"') ? read_string(json, target)
                   : is(json, 'n') ? word(json, "null")
                                   : number_(json, NULL);
        if (!good)
            return 0;
    } while (take(json, ','));
    return take(json, ']');
}

static int read_target(kernel_span part, target_ *target)
{
    static const wanted_ user = WANTED("user");
    kernel_span keys[KEYS], name;
    uint16_t quotes[QUOTES_ROOM];
    text json;
    int count = 0, first = 1, more;
    target->count = 0;
    target->user = (person){{0}, {0}, {0}};
    if (!part.bytes)
        return 1;
    if (!begin(&json, part, quotes) || !take(&json, '{'))
        return 0;
    while ((more = key(&json, &first, &name)) == 1) {
        for (int at = 0; at < count; at++)
            if (keys[at].bytes == name.bytes && !memcmp(keys[at].data, name.data, (size_t)name.bytes))
                return 0;
        if (count == KEYS)
            return 0;
        keys[count++] = name;
        int good = is(&json, '{')   ? read_thing(&json, target, named(name, &user) ? &target->user : NULL, 0)
                   : is(&json, '[') ? read_things(&json, target)
                   : is(&json, '"') ? read_string(&json, target)
                                    : skip(&json, 0);
        if (!good)
            return 0;
    }
    return !more && json.at == json.end;
}

static inline uint8_t lower(uint8_t byte)
{
    return (uint8_t)(byte - 'A') < 26 ? byte | 0x20 : byte;
}

/* The names in lower case, each once, each with a line feed before and after; -1 where they are too long. */
static int64_t lines(const kernel_span *of, int count, uint8_t *into)
{
    int64_t starts[NAMES], sizes[NAMES], at = 0;
    int held = 0;
    for (int next = 0; next < count; next++) {
        if (!of[next].bytes)
            continue;
        if (at + of[next].bytes + 2 > LINES)
            return -1;
        int64_t start = at + 1;
        for (int64_t byte = 0; byte < of[next].bytes; byte++)
            into[start + byte] = lower(of[next].data[byte]);
        int before = 0;
        while (before < held && (sizes[before] != of[next].bytes ||
                                 memcmp(into + starts[before], into + start, (size_t)of[next].bytes)))
            before++;
        if (before < held)
            continue;
        into[at] = '\n';
        starts[held] = start;
        sizes[held++] = of[next].bytes;
        at = start + of[next].bytes;
    }
    if (held)
        into[at++] = '\n';
    return at;
}

static int known(const kernel_words *column, int64_t row)
{
    int64_t bit = column->known_first + row;
    return !column->known || column->known[bit >> 3] >> (bit & 7) & 1;
}

static int holds(const kernel_words *column, int64_t row, kernel_span meant, int nullable)
{
    if (nullable && !meant.bytes)
        return !known(column, row);
    kernel_span stored = kernel_value(&column->strings, row);
    return known(column, row) && stored.bytes == meant.bytes &&
           (!meant.bytes || !memcmp(stored.data, meant.data, (size_t)meant.bytes));
}

/* 1 where it is an IPv4 address, which `digits_` then has as ::ffff:a.b.c.d; 0 where it is none; -1 for others. */
static int address(const uint8_t *data, int64_t bytes, uint8_t digits_[32])
{
    static const char hex[] = "0123456789abcdef";
    if (memchr(data, ':', (size_t)bytes))
        return -1;
    memcpy(digits_, "00000000000000000000ffff", 24);
    const uint8_t *end = data + bytes;
    for (int octet = 0; octet < 4; octet++) {
        const uint8_t *start = data;
        int value = 0;
        while (data < end && (uint8_t)(*data - '0') < 10 && data - start < 3)
            value = 10 * value + (*data++ - '0');
        if (data == start || value > 255 || (*start == '0' && data - start > 1))
            return 0;
        if (octet < 3 && (data == end || *data++ != '.'))
            return 0;
        digits_[24 + 2 * octet] = (uint8_t)hex[value >> 4];
        digits_[25 + 2 * octet] = (uint8_t)hex[value & 15];
    }
    return data == end;
}

static inline int narrow(int64_t number)
{
    return number >= INT32_MIN && number <= INT32_MAX;
}

int kernel_derive(const kernel_span *parts, kernel_row *row)
{
    facts_ facts;
    actor_ actor;
    target_ target;
    if (!read_facts(parts[PART_FACTS], &facts) || !read_actor(parts[PART_ACTOR], &actor) ||
        !read_target(parts[PART_TARGET], &target))
        return 0;
    if (facts.class_uid < 0 || !narrow(facts.class_uid) || !narrow(facts.activity_id) || !narrow(facts.severity_id))
        return 0;
    row->time_us = 1000 * facts.time_ms;
    row->type_uid = facts.type_uid;
    row->class_uid = (int32_t)facts.class_uid;
    row->activity_id = (int32_t)facts.activity_id;
    row->severity_id = (int32_t)facts.severity_id;

    int64_t status = facts.class_uid / 1000 == FINDINGS ? facts.action_id : facts.status_id;
    const char *outcome = status == 0 ? "unknown" : status == 1 ? "success" : status == 2 ? "failure" : "other";
    row->words[OUTCOME] = (kernel_span){(const uint8_t *)outcome, (int64_t)strlen(outcome)};
    row->words[ACTION] = facts.event_code.bytes  ? facts.event_code
                         : facts.operation.bytes ? facts.operation
                                                 : facts.activity;
    row->words[ACTIVITY] = facts.activity;

    person who = actor.user;
    if (facts.class_uid == AUTHENTICATION && !who.uid.bytes && !who.name.bytes && !who.email.bytes)
        who = target.user;
    const kernel_span three[] = {who.uid, who.name, who.email};
    for (int at = 0; at < 3; at++)
        row->words[ACTOR_UID + at] = three[at];
    row->words[ACTORS] = (kernel_span){row->room[ACTORS], lines(three, 3, row->room[ACTORS])};
    row->words[RESOURCES] = (kernel_span){row->room[RESOURCES], lines(target.names, target.count, row->room[RESOURCES])};
    if (row->words[ACTORS].bytes < 0 || row->words[RESOURCES].bytes < 0 || actor.address.bytes > LINES)
        return 0;

    uint8_t *ip = row->room[SRC_IP], *net = row->room[SRC_NET];
    for (int64_t at = 0; at < actor.address.bytes; at++)
        ip[at] = lower(actor.address.data[at]);
    int found = actor.address.bytes ? address(ip, actor.address.bytes, net) : 0;
    row->words[SRC_IP] = (kernel_span){ip, actor.address.bytes};
    row->words[SRC_NET] = (kernel_span){net, found ? 32 : 0};
    return found >= 0;
}

int kernel_queried_fit(const kernel_queried *columns, int64_t first, int64_t count)
{
    for (int word = 0; word < WORDS; word++)
        if (!kernel_fits(&columns->words[word].strings, first, count))
            return 0;
    return 1;
}

int kernel_agrees(const kernel_queried *columns, int64_t at, const kernel_span *parts, kernel_row *row)
{
    if (!kernel_derive(parts, row) || columns->time_us[at] != row->time_us ||
        columns->class_uid[at] != row->class_uid || columns->activity_id[at] != row->activity_id ||
        columns->type_uid[at] != row->type_uid || columns->severity_id[at] != row->severity_id)
        return 0;
    for (int word = 0; word < WORDS; word++)
        if (!holds(&columns->words[word], at, row->words[word], kernel_nullable(word)))
            return 0;
    return 1;
}
