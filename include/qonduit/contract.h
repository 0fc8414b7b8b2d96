/* contract - what a target takes and how it is sent, as data: one JSON file a target (mappings/contracts/, or
 * a folder given with --contracts). Nothing in src/ names a field of a target. mappings/contracts/README.md
 * is the reference of the format.
 *
 *   shape  the fields: type, required, limits, allowed values, number style, and what the API's documentation says
 *   file   how records become payload files: the style (a row of the table in sink.h) and the body around them
 *   wire   how a payload is sent and how a reply is read; absent for targets that are only files
 *
 * contracts_load reads the built-in ones and those of a folder (which may add targets and replace built-in ones);
 * everything lives in the arena given and is immutable afterwards.
 */
#ifndef QONDUIT_CONTRACT_H
#define QONDUIT_CONTRACT_H

#include "qonduit/decimal.h"
#include "qonduit/json_doc.h"
#include "qonduit/value.h"

/* How a field stands in XML: an element of its own; of an object that is one, also an attribute or the text in it. */
enum xml_place { XML_ELEMENT, XML_ATTRIBUTE, XML_TEXT };

struct contract_xml {
	enum xml_place place;
	struct str name;                /* of the element or attribute, with its prefix ("g:price"); empty: the field's. In
	                                 * the name of a list's element # is its number from 1: "category_#" */
	bool cdata;                     /* the text goes into CDATA sections */
	struct str yes, no;             /* text of a boolean; empty: true and false */
};

enum field_type { FIELD_ANY, FIELD_STRING, FIELD_NUMBER, FIELD_INTEGER, FIELD_BOOLEAN, FIELD_OBJECT, FIELD_LIST };

struct contract_field {
	struct str name;
	enum field_type type;
	bool required;
	bool number_as_string;          /* "style": "string": a number goes out as "10.00" */
	int places;                     /* places a number must have at most (and is padded to, as a string); -1: any */
	uint32_t min_length, max_length; /* characters of a string; 0: no limit. A breach rejects the row */
	/* Enforced by real clients, not by the document: a breach is counted and told. */
	uint32_t warn_min_length, warn_max_length;
	bool has_minimum, has_maximum, warn_has_minimum, warn_has_maximum;
	struct decimal minimum, maximum, warn_minimum, warn_maximum;
	const struct str *values;       /* allowed values of a string; null: any */
	size_t value_count;
	struct str characters;          /* of a string, the only ones it may hold: "A-Za-z0-9_-"; empty: any */
	const bool *character;          /* the same for each byte; null: any */
	size_t max_items;               /* of a list; 0: no limit */
	const struct contract_field *fields; /* of an object, or of the objects in a list; null: any */
	size_t field_count;
	enum field_type element;        /* of a list */
	struct value suspect;           /* of a record's own field: what looks like a failed export where all records have
	                                 * it (text, decimal or boolean); empty: nothing does */
	struct str standard;            /* "default" by the documentation, where the field is left out; JSON; empty: none */
	struct str doc;                 /* what the API's documentation says */
	struct contract_xml xml;        /* where the style of the file is "xml" */
};

/* What stands around the records of an XML file: elements from the outside in, the fields of the head within the
 * innermost, then the records. */
struct contract_frame {
	const struct contract_element {
		struct str name;
		const struct str *attributes, *values; /* parallel */
		size_t attribute_count;
	} *elements;
	size_t element_count;
	struct str record;              /* the element of a record */
	const struct contract_field *head; /* fields that a mapping gives once (its "head"); null: none */
	size_t head_count;
};

/* Many bodies; one a line; one JSON array; CSV; a workbook of sheets; an XML document. */
enum file_style { FILE_BATCHES, FILE_LINES, FILE_ARRAY, FILE_TABLE, FILE_WORKBOOK, FILE_XML };

/* A word in a reply that says whether it went well, compared without regard to case. */
struct contract_word {
	struct str path;                /* empty: there is no such word */
	const struct str *words;        /* those that say yes; a null slice ends */
};

/* Results by record in the reply to a request of many. */
struct contract_items {
	struct str list;                /* path to it */
	struct str key, code, message;  /* within one result */
	struct contract_word ok;        /* within one result; without it every result is a refusal */
};

/* How a request's outcome is read; paths are json_path paths into the reply. */
struct contract_job {
	struct str id;                  /* in the reply to the upload: "job_id" (string or number) */
	struct str path;                /* of the status request, a GET */
	struct str id_parameter;        /* "job_id" */
	struct str state;               /* "status" */
	const struct str *running, *done, *failed; /* words of the state, each list ended by a null slice */
	struct str total, processed, successes, failures, errors; /* "errors" leads to a list */
	struct str error_key, error_line, error_message;          /* within one error: "sku", "line", "message" */
	struct str gone_code;           /* error code with 404 that says the job is not known */
};

struct contract_wire {
	struct str system;              /* "quotiza": names the connection, one of system.h */
	struct str method, path;        /* POST /products/import */
	const struct json *success;     /* list of HTTP statuses that mean success */
	bool idempotent;                /* by key: what is in doubt may be sent again */
	struct contract_word ok;        /* in the body of a reply with such a status; without it the status says enough */
	const struct str *needs;        /* paths to what such a reply has besides; a null slice ends */
	struct str error_code, error_message; /* paths in an error body: "error.code", "error.message" */
	bool error_fields;              /* members of an error body that are called like fields hold lists of messages */
	bool has_items;
	struct contract_items items;
	const struct str *stop_codes;   /* codes that no other request can escape (account_not_found); null slice ends */
	bool has_job;
	struct contract_job job;
};

struct contract {
	struct str target;              /* "quotiza.products" */
	struct str title, documentation;
	struct str version;             /* SHA-256 of the file, 16 digits: a changed contract is a different one */
	struct str key;                 /* field that identifies a record; empty: none */
	const struct str *within;       /* fields whose values it holds within (identity.h) */
	size_t within_count;
	bool open;                      /* any field name is taken */
	const struct contract_field *fields;
	size_t field_count;

	enum file_style style;
	struct str extension;           /* "json", "ndjson", "csv" */
	bool quote_formulas;            /* of a table: texts that a spreadsheet would take for formulas begin with ' */
	struct str records;             /* member of the body that holds the records; empty: the records are the body */
	struct str account;             /* member of the body that holds the account ("account_id"), empty: none */
	size_t records_per_request;     /* 0: no limit */
	size_t bytes_per_request;       /* of the body; 0: no limit */
	struct contract_frame frame;    /* of an XML file */

	bool has_wire;
	struct contract_wire wire;
};

struct contracts {
	const struct contract **all; /* in order of target name */
	size_t count;
};

/* `folder` may be null. Faults, also those of the systems that contracts may name, are class ERR_MAPPING with file, line,
 * column and pointer; -1 where there is any error. A contract for a system that is not there is a warning. */
int contracts_load(const char *folder, struct arena *arena, struct contracts *out, struct faults *faults);
/* One contract file, called `name` in faults. The text must live as long as the arena. -1 where there is any error. */
int contract_read(struct str text, const char *name, struct arena *arena, struct contract *out, struct faults *faults);
const struct contract *contracts_find(const struct contracts *c, struct str target);
const struct contract_field *contract_field(const struct contract *c, struct str name);
const char *field_type_name(enum field_type t); /* for sentences: "a number" */
const char *field_type_word(enum field_type t); /* as a contract file says it: "number" */
int field_type_of(struct str word);             /* -1 where there is no such type */

#endif
