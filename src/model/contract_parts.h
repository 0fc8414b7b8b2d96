/* contract_parts - what the files that read a contract share: contract_read.c its fields and files, contract_xml.c how
 * they stand in XML, contract_wire.c how it is sent. Private to src/model.
 */
#ifndef QONDUIT_CONTRACT_PARTS_H
#define QONDUIT_CONTRACT_PARTS_H

#include "qonduit/contract.h"
#include "qonduit/system.h"
#include "slots.h"

/* contract_read, with a warning where the system of the wire is none of these (null: whatever it is). */
int contract_read_for(const struct systems *systems, struct str text, const char *name, struct arena *arena,
	struct contract *out, struct faults *faults);

/* What is not said. */
void contract_wire_init(struct contract_wire *w);
/* A slot: "wire" into a struct contract. */
void contract_read_wire(struct slot_reading *r, const struct json *j, void *into);
/* What its tables cannot say. */
void contract_check_wire(struct slot_reading *r, const struct systems *systems, const struct json *root,
	const struct contract *c);

/* Slots: "xml" of a field into its struct contract_xml, "xml" of a file into its struct contract_frame. */
void contract_read_xml(struct slot_reading *r, const struct json *j, void *into);
void contract_read_frame(struct slot_reading *r, const struct json *j, void *into);
/* What its tables cannot say. */
void contract_check_xml(struct slot_reading *r, const struct json *root, const struct contract *c);
/* An object of fields, in its order. */
void contract_read_fields(struct slot_reading *r, const struct json *j, const struct contract_field **fields,
	size_t *count);

#endif
