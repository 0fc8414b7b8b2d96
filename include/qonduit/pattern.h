/* pattern - regular expressions (PCRE2, UTF, JIT), compiled once, matched under limits.
 *
 * A pattern is immutable after pattern_compile and may be shared by threads; the scratch that a match needs is the
 * caller's (one a thread). Match, depth and heap limits turn a runaway pattern into PATTERN_LIMIT, never into a hang.
 */
#ifndef QONDUIT_PATTERN_H
#define QONDUIT_PATTERN_H

#include "qonduit/arena.h"

struct pattern;
struct pattern_scratch;

#define PATTERN_REPLACED_MAX ((size_t)4 << 20) /* bytes of a result: replacements in a row multiply */

/* PATTERN_LIMIT: the pattern runs away on the text. PATTERN_TOO_LONG: the result of pattern_replace does. */
enum pattern_result { PATTERN_NO_MATCH, PATTERN_MATCH, PATTERN_LIMIT, PATTERN_TOO_LONG };

/* Null where it does not compile: `why` (at least 256 bytes) says what and at which character. */
struct pattern *pattern_compile(struct str text, char *why, size_t why_size);
void pattern_free(struct pattern *p);
struct pattern_scratch *pattern_scratch_new(void);
void pattern_scratch_free(struct pattern_scratch *s);

enum pattern_result pattern_matches(const struct pattern *p, struct pattern_scratch *s, struct str text);
/* Group 1 where the pattern has groups, else the whole match; an unset group 1 is an empty slice of `text`. */
enum pattern_result pattern_extract(const struct pattern *p, struct pattern_scratch *s, struct str text,
	struct str *out);
/* Every match replaced; `with` may hold $0 to $9 (one digit: $10 is $1 and a 0), ${12}, ${name} and $$, and has been
 * checked with pattern_check_with. *out is `text` itself where nothing matches. */
enum pattern_result pattern_replace(const struct pattern *p, struct pattern_scratch *s, struct str text,
	struct str with, struct arena *a, struct str *out);
/* Whether `with` is right for pattern_replace: every group that it names exists. `why` as above. */
bool pattern_check_with(const struct pattern *p, struct str with, char *why, size_t why_size);

#endif
