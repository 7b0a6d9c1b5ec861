/* The inner nodes of the log's tree (RFC 6962, section 2.1). */
#include "sha256.h"

enum { WIDTH = 256, HASH = 32 };

/* The root of a perfect tree of `count` hashes, a power of two of at most 256; the hashes are not kept. */
KERNEL_EXPORT int32_t affidavit_subtree_root(uint8_t *hashes, int64_t count, uint8_t *root)
{
    sha256_message messages[WIDTH / 2];
    uint8_t above[WIDTH / 2 * HASH];
    if (count < 1 || count > WIDTH || count & (count - 1))
        return KERNEL_BAD_OFFSETS;
    for (; count > 1; count /= 2) {
        for (int64_t at = 0; at < count / 2; at++) {
            messages[at].head[0] = 1;
            messages[at].head_bytes = 1;
            messages[at].body = hashes + 2 * HASH * at;
            messages[at].body_bytes = 2 * HASH;
            messages[at].digest = above + HASH * at;
        }
        sha256_many(messages, count / 2);
        for (int64_t at = 0; at < count / 2 * HASH; at++)
            hashes[at] = above[at];
    }
    for (int at = 0; at < HASH; at++)
        root[at] = hashes[at];
    return 0;
}
