/* Which three bytes stand beside each other in a text: whoever knows them need not read it for a word that it
 * cannot hold. */
#include "kernel.h"

#define BITS 17 /* native/grams.py has the same */
#define WINDOW 4096

static inline uint32_t place(const uint8_t *three)
{
    uint32_t value = (uint32_t)three[0] | (uint32_t)three[1] << 8 | (uint32_t)three[2] << 16;
    return value * 0x9E3779B1u >> (32 - BITS);
}

/* Sets the bit (least significant first) of every three bytes of the text, folded, in a bitmap of 2^BITS bits. */
KERNEL_EXPORT void affidavit_grams(const uint8_t *text, int64_t size, uint8_t *bitmap)
{
    uint8_t seen[1 << BITS] = {0}, window[WINDOW]; /* a store a byte, where setting a bit is a load and a store */
    for (int64_t at = 0; size - at >= 3; at += WINDOW - 2) {
        int64_t length = size - at < WINDOW ? size - at : WINDOW;
        for (int64_t i = 0; i < length; i++)
            window[i] = kernel_folded(text[at + i]);
        for (int64_t i = 0; i + 3 <= length; i++)
            seen[place(window + i)] = 1;
    }
    for (size_t at = 0; at < sizeof seen; at += 8) {
        uint8_t byte = 0;
        for (int bit = 0; bit < 8; bit++)
            byte |= (uint8_t)(seen[at + bit] << bit);
        bitmap[at / 8] |= byte;
    }
}
