/* Encoded events divided into the parts of records, as the lake stores them (docs/spec/lake.md). */
#include "leaves.h"

#include <string.h>

enum { MARKS = 3, ENCODED = MARKS + 1 };

/* The event between its marks; 0 unless the first byte of the kind that marks begin with is the first mark's, and so
 * on, so that nothing is cut where an attribute only looks like one. */
static int cut(kernel_span event, const kernel_span marks[MARKS], kernel_span pieces[ENCODED])
{
    for (int at = 0; at < MARKS; at++) {
        const uint8_t *rare = event.bytes ? memchr(event.data, marks[at].data[1], (size_t)event.bytes) : NULL;
        int64_t before = rare ? rare - 1 - event.data : -1;
        if (before < 0 || event.bytes - before < marks[at].bytes ||
            memcmp(event.data + before, marks[at].data, (size_t)marks[at].bytes))
            return 0;
        pieces[at] = (kernel_span){event.data, before};
        event.data += before + marks[at].bytes;
        event.bytes -= before + marks[at].bytes;
    }
    pieces[MARKS] = event;
    return 1;
}

/* Without the bracket or comma at each end. */
static kernel_span inner(kernel_span piece)
{
    return piece.bytes > 2 ? (kernel_span){piece.data + 1, piece.bytes - 2} : (kernel_span){piece.data, 0};
}

static uint8_t *put(uint8_t *to, kernel_span value)
{
    if (value.bytes)
        memcpy(to, value.data, (size_t)value.bytes);
    return to + value.bytes;
}

static uint8_t *put_object(uint8_t *to, kernel_span members)
{
    if (members.bytes) {
        *to++ = '{';
        to = put(to, members);
        *to++ = '}';
    }
    *to++ = '\n';
    return to;
}

/* Writes the parts of each event one behind another, and of each how many bytes they are. `marks` has three values, of at
 * least two bytes.
 *
 * Returns the bytes written; KERNEL_NO_CUT where it is not certain where an event is to be cut; KERNEL_BAD_OFFSETS also
 * where there would be more than `room`.
 */
KERNEL_EXPORT int64_t affidavit_divide(const kernel_strings *encoded, const kernel_strings *constants,
                                       const kernel_strings *raws, const kernel_strings *marks, int64_t count,
                                       uint8_t *to, int64_t room, int64_t *lengths)
{
    kernel_span between[MARKS], pieces[ENCODED];
    if (!kernel_fits(encoded, 0, count) || !kernel_fits(constants, 0, count) || !kernel_fits(raws, 0, count) ||
        !kernel_fits(marks, 0, MARKS))
        return KERNEL_BAD_OFFSETS;
    for (int at = 0; at < MARKS; at++) {
        between[at] = kernel_value(marks, at);
        if (between[at].bytes < 2)
            return KERNEL_BAD_OFFSETS;
    }
    uint8_t *next = to;
    for (int64_t at = 0; at < count; at++) {
        if (!cut(kernel_value(encoded, at), between, pieces))
            return KERNEL_NO_CUT;
        kernel_span known = kernel_value(constants, at), raw = kernel_value(raws, at);
        int64_t bytes = known.bytes + raw.bytes + MARKS + 1 /* line feeds */ + 1 /* a comma */;
        for (int piece = 0; piece < ENCODED; piece++) {
            pieces[piece] = inner(pieces[piece]);
            bytes += pieces[piece].bytes + 2;
        }
        if (bytes > room - (next - to))
            return KERNEL_BAD_OFFSETS;
        uint8_t *start = next;
        for (int piece = 1; piece < ENCODED; piece++)
            next = put_object(next, pieces[piece]);
        *next++ = '{';
        next = put(next, known);
        *next++ = ',';
        next = put(next, pieces[0]);
        *next++ = '}';
        *next++ = '\n';
        next = put(next, raw);
        lengths[at] = next - start;
    }
    return next - to;
}
