/* compile - what the files of the mapping's compile share. */
#ifndef QONDUIT_TRANSFORM_COMPILE_H
#define QONDUIT_TRANSFORM_COMPILE_H

#include "qonduit/program.h"

/* Compiles a rule; the type that comes out is out->type. */
void compile_rule(struct rule *out, const struct mapping_rule *rule, const struct contract_field *contract,
	struct scope *s);
void compile_cond(struct cond *out, const struct mapping_cond *cond, struct scope *s);
/* Whether a value of that type may stand in the field; a fault with advice where it may not. */
void compile_field_type(const struct contract_field *f, enum value_type type, const struct json *at, struct scope *s);
/* The fields, rules and report of an output that is a workbook. */
void compile_report(struct program_output *out, const struct mapping_output *o, struct scope *s);
/* "\"name\":" */
struct str compile_json_key(struct str name, struct arena *a);

#endif
