/* SHA-256 of many messages at once (FIPS 180-4). */
#ifndef AFFIDAVIT_SHA256_H
#define AFFIDAVIT_SHA256_H

#include "kernel.h"

/* A message is `head` followed by `body`; the head has at most 64 bytes. */
typedef struct {
    uint8_t head[64];
    int64_t head_bytes;
    const uint8_t *body;
    int64_t body_bytes;
    uint8_t *digest; /* 32 bytes */
} sha256_message;

/* The digests of `count` messages, in any order. */
void sha256_many(const sha256_message *messages, int64_t count);

#endif
