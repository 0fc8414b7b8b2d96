/* parse - what the files of the mapping's parse share: faults with a place, and keys that are known. */
#ifndef QONDUIT_TRANSFORM_PARSE_H
#define QONDUIT_TRANSFORM_PARSE_H

#include "qonduit/language.h"
#include "qonduit/mapping.h"

struct parse {
	struct mapping *m;
	struct faults *faults;
	bool in_each;          /* names are paths from an element */
	struct column *columns; /* the mapping's, once they grow; room for column_room */
	size_t column_room;
};

/* A fault at a value, or at the key of a member. Returns -1. */
int parse_fault(struct parse *p, const struct json *at, const char *code, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
int parse_fault_key(struct parse *p, const struct json *at, const char *code, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* ", did you mean \"…\"?" with the nearest of the words, or nothing. */
const char *parse_near(struct parse *p, struct str word, const struct str *words, size_t count);
/* Every key of `object` must be one of `keys` or $comment. */
void parse_keys(struct parse *p, const struct json *object, const struct language_word *keys, const char *what);
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

/* A text or a list of them, as an array that lives as long as the mapping. */
const struct str *parse_texts(struct parse *p, const struct json *j, size_t *count);

void parse_source(struct parse *p, const struct json *j);
/* Whether the source says that it may be JSON. */
bool parse_is_json(const struct json *source, const char *format);
/* "orders[].cart_data[]", or a list of such; null: there are none. */
void parse_records(struct parse *p, const struct json *j, struct source_options *s);
/* The paths of a column, which become its last headers. */
void parse_paths(struct parse *p, const struct json *j, struct column *c);
/* The column, behind those that are declared, that has what stands at a path as JSON; -1 after a fault. */
int parse_array(struct parse *p, const struct json *path);
void parse_rule(struct parse *p, const struct json *j, struct mapping_rule *out);
/* The same where "format" and "width" may stand beside it. */
void parse_cell_rule(struct parse *p, const struct json *j, struct mapping_rule *out);
void parse_cond(struct parse *p, const struct json *j, struct mapping_cond *out);
/* The members of an object of rules. */
void parse_fields(struct parse *p, const struct json *j, struct mapping_field **out, size_t *count);
/* The sheets of a workbook. */
void parse_sheets(struct parse *p, const struct json *j, struct mapping_output *out);

#endif
