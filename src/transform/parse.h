/* parse - what the files of the mapping's parse share: faults with a place, and keys that are known. */
#ifndef QONDUIT_TRANSFORM_PARSE_H
#define QONDUIT_TRANSFORM_PARSE_H

#include "qonduit/mapping.h"

struct parse {
	struct mapping *m;
	struct faults *faults;
};

/* A fault at a value, or at the key of a member. Returns -1. */
int parse_fault(struct parse *p, const struct json *at, const char *code, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
int parse_fault_key(struct parse *p, const struct json *at, const char *code, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Every key of `object` must be one of `keys` (ended by null) or $comment. */
void parse_keys(struct parse *p, const struct json *object, const char *const *keys, const char *what);
/* Whether `j` is of that kind; a fault that says found and expected where it is not, null included. */
bool parse_kind(struct parse *p, const struct json *j, enum json_kind kind, const char *what);
/* Members without $comment. */
size_t parse_count(const struct json *object);
bool parse_is_comment(const struct json *member);
/* A non-empty list of strings, or one string where `single` allows it. */
bool parse_names(struct parse *p, const struct json *j, bool single, const char *what);

/* The member `key`, which must be true or false; false where it is missing. */
bool parse_bool(struct parse *p, const struct json *object, const char *key);
/* A constant of a column's type, written as text or as a JSON number or boolean. */
bool parse_constant(struct parse *p, const struct json *j, enum column_type type, struct value *out);
/* The type that `j` names; text where it is null. */
enum column_type parse_type(struct parse *p, const struct json *j);

void parse_source(struct parse *p, const struct json *j);
void parse_rule(struct parse *p, const struct json *j, struct mapping_rule *out);
/* The same where "format" and "width" may stand beside it. */
void parse_cell_rule(struct parse *p, const struct json *j, struct mapping_rule *out);
void parse_cond(struct parse *p, const struct json *j, struct mapping_cond *out);
/* The members of an object of rules. */
void parse_fields(struct parse *p, const struct json *j, struct mapping_field **out, size_t *count);
/* The sheets of a workbook. */
void parse_sheets(struct parse *p, const struct json *j, struct mapping_output *out);

#endif
