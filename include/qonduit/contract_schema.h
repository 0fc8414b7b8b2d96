/* contract_schema - JSON Schema (draft 2020-12) of one record of a target, from its contract: what record_print writes
 * of a record that record_check takes. What the contract only warns of, and limits of numbers that go out as strings,
 * which a schema cannot compare, stand in the description of their field, behind what the documentation says.
 *
 * "multipleOf" is the exact decimal (0.01): a validator that reads numbers as binary fractions may find that 0.07 is no
 * multiple of it.
 */
#ifndef QONDUIT_CONTRACT_SCHEMA_H
#define QONDUIT_CONTRACT_SCHEMA_H

#include "qonduit/contract.h"

/* Appends the schema, compact JSON, fields in the order of the contract. */
void contract_schema(const struct contract *c, struct buf *to);

#endif
