/* The functions that the rows of the table in steps.c point to. */
#ifndef QONDUIT_STEP_FUNCTIONS_H
#define QONDUIT_STEP_FUNCTIONS_H

#include "qonduit/step.h"

typedef int step_compiles(struct step *s, const struct json *arg, struct scope *scope);
typedef int step_runs(const struct step *s, struct value *v, struct run *r);
typedef bool step_holds(const struct step *s, const struct value *v);

/* step_text.c */
step_runs step_trim, step_squeeze, step_clean, step_repair_encoding, step_lower, step_upper, step_title, step_sentence,
	step_truncate, step_prefix, step_suffix, step_pad_left, step_replace, step_replace_pattern, step_extract,
	step_split, step_strip_html, step_slug, step_strip_accents, step_nfc, step_digits, step_url_encode, step_sha256;
step_compiles step_compile_text, step_compile_truncate, step_compile_pad_left, step_compile_replace,
	step_compile_replace_pattern, step_compile_pattern, step_compile_split;
/* The pattern of step_compile_pattern has met its limits on a value: the reason. */
int step_pattern_limit(const struct step *s, struct str text, struct run *r);

/* step_number.c */
step_runs step_add, step_subtract, step_multiply, step_divide, step_percent, step_round, step_charm, step_tiers,
	step_not_below, step_not_above, step_negate;
step_compiles step_compile_number, step_compile_divide, step_compile_round, step_compile_charm, step_compile_tiers;

/* step_type.c */
step_runs step_to_text, step_to_integer, step_to_decimal, step_to_boolean, step_to_date, step_to_epoch, step_gtin,
	step_currency, step_parse_json, step_fingerprint;
step_compiles step_compile_to_date, step_compile_gtin, step_compile_parse_json;

/* step_choice.c */
step_runs step_empty_if, step_default, step_lookup, step_map;
step_compiles step_compile_default, step_compile_lookup, step_compile_map;

/* step_condition.c */
step_runs step_equals, step_not_equals, step_one_of, step_at_least, step_more_than, step_at_most, step_less_than,
	step_matches, step_contains, step_starts_with, step_ends_with, step_empty, step_present;
step_compiles step_compile_compared, step_compile_list, step_compile_empty;
step_holds equals_holds, not_equals_holds, at_least_holds, more_than_holds, at_most_holds, less_than_holds, contains_holds,
	starts_with_holds, ends_with_holds, empty_holds, present_holds;
/* Notes that the argument is known and that the condition's `holds` will do. Returns `status`. */
int step_compile_known(struct step *s, int status);
/* Whether the value is one of the list's of step_compile_list. */
int step_is_one_of(const struct step *s, const struct value *v, struct run *r, bool *found);

#endif
