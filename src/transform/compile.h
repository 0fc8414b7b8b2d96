/* compile - what the files of the mapping's compile share. */
#ifndef QONDUIT_TRANSFORM_COMPILE_H
#define QONDUIT_TRANSFORM_COMPILE_H

#include "qonduit/program.h"

/* Compiles a rule; the type that comes out is out->type. */
void compile_rule(struct rule *out, const struct mapping_rule *rule, const struct contract_field *contract,
	struct scope *s);
void compile_cond(struct cond *out, const struct mapping_cond *cond, struct scope *s);
/* The types that a field takes; all of them where there is no contract. */
unsigned compile_takes(const struct contract_field *f);
/* Whether a value of that type may stand in the field; a fault with advice where it may not. */
void compile_field_type(const struct contract_field *f, enum value_type type, const struct json *at, struct scope *s);
/* The constants that come to the field as they stand; a fault where the contract refuses one, as it would in every row. */
void compile_constants(const struct record_shape *shape, size_t field, const struct rule *rule,
	const struct mapping_rule *from, struct scope *s);
/* The members of an object or a list, or what each element of an array becomes. */
void compile_members(struct rule *out, const struct mapping_rule *rule, const struct contract_field *contract,
	struct scope *s);
void compile_each(struct rule *out, const struct mapping_rule *rule, const struct contract_field *contract,
	struct scope *s);
/* Objects and lists are not each other, though both are JSON. */
void compile_nesting(const struct contract_field *contract, bool object, const struct json *at, struct scope *s);
/* What the contract says of the elements of a list, as of a field; null where it says nothing. */
const struct contract_field *compile_element(const struct contract_field *list, struct scope *s);
/* The types that a path should have before that step, or with that word of a condition and its argument (or null),
 * where a path may have any of `types`. */
unsigned compile_step_takes(const struct json *step, unsigned types, struct scope *s);
unsigned compile_word_takes(const struct step_kind *kind, const struct json *arg, unsigned types, struct scope *s);
/* The fields of an output, with their rules. */
void compile_fields(struct program_output *out, const struct mapping_output *o, struct scope *s);
/* What stands once before the records of an XML file. `settled`: every parameter has its value. */
void compile_head(struct program_output *out, const struct mapping_output *o, bool settled, struct scope *s);
/* The fields, rules and report of an output that is a workbook. */
void compile_report(struct program_output *out, const struct mapping_output *o, struct scope *s);
/* What needs no look in the values of a field whose contract is set and whose rule is compiled. */
void compile_sure(struct record_field *field, const struct rule *rule);
/* "\"name\":" */
struct str compile_json_key(struct str name, struct arena *a);

#endif
