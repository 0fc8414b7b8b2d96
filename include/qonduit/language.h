/* language - the words of the mapping language as data: which keys its objects have, what stands behind each key and
 * what it is for. The parse knows its keys from here (parse_keys), and so does the JSON Schema (mapping_schema.h).
 *
 * What has a table of its own elsewhere is not repeated: steps and conditions (step.h), types of columns (column.h),
 * targets and their fields (contract.h).
 */
#ifndef QONDUIT_LANGUAGE_H
#define QONDUIT_LANGUAGE_H

#include <stdbool.h>

/* ONE: of the words of an object marked so exactly one is there. */
enum word_need { WORD_MAY, WORD_MUST, WORD_ONE };

/* A key of an object. */
struct language_word {
	const char *name;
	enum word_need need;
	const char *shape;   /* of what stands behind it: one of language_shapes, or of those that the schema adds */
	const char *help;    /* one line; null: the shape says enough */
	const char *beside;  /* of ONE: a word beside which it is no choice of its own; null: none */
};

/* Ended by a null name. */
extern const struct language_word language_mapping[], language_param[], language_table[], language_source[],
	language_column[], language_unique[], language_prefer[], language_output[], language_test[], language_rule[],
	language_cell[], language_case[], language_cond[], language_sheet[], language_sheet_of_rows[], language_measure[],
	language_chart[];

/* Ended by null. */
extern const char *const language_formats[], *const language_ragged[], *const language_charts[];

/* What may stand at a place: an object of words ("$comment" is one of each), one of some texts, or what the keywords
 * alone say. */
struct language_shape {
	const char *name;
	const struct language_word *words;     /* null: none */
	const char *const *choices;   /* texts; null: none */
	bool text;                    /* of words: a text may stand in the place of the object */
	const char *keywords;         /* of JSON Schema, ' standing for "; null: none */
};

/* Keywords of an object that has a member besides a comment. */
#define LANGUAGE_SOME "'minProperties':1,'not':{'required':['$comment'],'maxProperties':1}"

/* Ended by a null name. */
extern const struct language_shape language_shapes[];

#endif
