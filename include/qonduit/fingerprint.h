/* fingerprint - a number for a text that is the same in every run: 1 to 2147483647 (a positive 32-bit integer), the
 * first 64 bits of its SHA-256 by that modulus, plus 1.
 *
 * Two texts may have one number (of 1,000 texts with a chance of 1 in 4,300), and then one of them must not pass for
 * the other: fingerprints notes the texts that it has given a number to, at most FINGERPRINTS_MAX different ones. For
 * one thread.
 */
#ifndef QONDUIT_FINGERPRINT_H
#define QONDUIT_FINGERPRINT_H

#include "qonduit/str.h"

#define FINGERPRINTS_MAX 65536

struct fingerprints;

enum fingerprint_status {
	FINGERPRINT_OK,
	FINGERPRINT_TAKEN, /* by another text, which is *other as far as it is kept: its first bytes, whole characters */
	FINGERPRINT_FULL,
};

uint32_t fingerprint_of(struct str text);

struct fingerprints *fingerprints_new(void);
enum fingerprint_status fingerprints_add(struct fingerprints *f, struct str text, uint32_t *number, struct str *other);
void fingerprints_free(struct fingerprints *f); /* null is allowed */

#endif
