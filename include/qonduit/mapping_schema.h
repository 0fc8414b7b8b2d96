/* mapping_schema - JSON Schema (draft 2020-12) of the mapping language, for editors and CI: completion, hover texts, and
 * what a schema can say of a fault. It is made of the tables that the check and the run come from: the words of the
 * language, the steps and conditions, the types of columns, and the contracts with all their targets and fields.
 *
 * What `check` accepts is valid. What it refuses is mostly not; names (columns, parameters, tables), types along the
 * steps and files are left to it.
 */
#ifndef QONDUIT_MAPPING_SCHEMA_H
#define QONDUIT_MAPPING_SCHEMA_H

#include "qonduit/contract.h"

/* Appends the schema, compact JSON. Equal for equal contracts. */
void mapping_schema(const struct contracts *contracts, struct buf *to);

#endif
