/* system - an API as data: where it is, how one logs in, what limits hold, and what can be asked of it. One JSON file a
 * system: mappings/systems/NAME.json, which are part of the program, and systems/NAME.json in the folder given with
 * --contracts, which may add systems and replace built-in ones. mappings/systems/README.md is the reference of the
 * format. Nothing in src/ outside the sandbox names a system or a resource.
 *
 * systems_load reads them all; everything lives in the arena given and is immutable afterwards. wanted_parse then says
 * what one means by "qogita:orders?status=PAID", checked before any request: the system, the resource, its arguments
 * and its parameters, with "did you mean".
 */
#ifndef QONDUIT_SYSTEM_H
#define QONDUIT_SYSTEM_H

#include "qonduit/json_doc.h"

/* Of limits as rate.h counts them. */
struct system_limit {
	struct str path;            /* of endpoints; empty: all */
	uint32_t requests;
	int64_t per_ms;
	bool per_account;
};

/* Credentials for which the system gives a token: POST of a JSON object. */
struct system_login {
	struct str path;            /* "/auth/login/"; empty: the system has no login */
	struct str user, password;  /* members of the body: "email", "password" */
	struct str token;           /* path in the reply: "accessToken" */
	struct str refresh;         /* path of a POST that gives a new token for the cookies of the login; empty: none */
};

enum parameter_type { PARAMETER_TEXT, PARAMETER_INTEGER, PARAMETER_DECIMAL, PARAMETER_BOOLEAN, PARAMETER_TIME,
	PARAMETER_UUID };

struct parameter {
	struct str name, doc;       /* one {KEY} in the name stands for any text: "attributes__{KEY}__contains" */
	enum parameter_type type;
	const struct str *values;   /* allowed ones; null: any of the type */
	size_t value_count;
	bool many;                  /* may be given more than once */
	bool commas;                /* of many: sent as one, joined by commas; else repeated */
	bool required;
	int64_t minimum, maximum;   /* of a whole number; INT64_MIN and INT64_MAX: none */
	const bool *character;      /* the only bytes that a text may hold; null: any */
	struct str with;            /* another parameter that must be given too; empty: none */
};

enum resource_format { RESOURCE_JSON, RESOURCE_CSV, RESOURCE_XLSX };

struct resource {
	struct str name;            /* as one asks for it, "order-lines/QID": segments in capitals are arguments */
	struct str method;          /* "GET" */
	struct str path;            /* "/orders/{QID}/lines/", perhaps with "?job_id={JOB_ID}" behind it */
	struct str doc, documentation; /* what it is; where the API's documentation says so */
	enum resource_format format;
	struct str format_parameter;/* asks for another format ("format" of "xlsx"); empty: there is one only */
	const struct parameter *arguments; /* in the order of the name */
	size_t argument_count;
	const struct parameter *parameters; /* with those of pages, where it is paged */
	size_t parameter_count;
	const struct str *one_of;   /* parameters of which one at least must be given; null: none */
	size_t one_of_count;
	struct str account;         /* parameter that takes the connection's account; empty: none */
	bool in_body;               /* parameters go as members of a JSON body, not in the query */
	bool paged;                 /* as the system's paging says */
	uint64_t most;              /* records that pages ever give, whatever their count; 0: no such cap */
	struct str records;         /* of JSON: path of the list of records; empty: the reply is one */
	const struct str *needs;    /* columns of a CSV file, members of a record: what a reply must have */
	size_t need_count;
};

/* How lists come in pages. */
struct system_paging {
	struct str page, size;      /* parameters; empty size: not to be chosen */
	uint32_t size_asked;        /* unless one asks for another; 0: none is asked for, the API has its own */
	struct str count, next, records; /* paths in a reply */
};

struct system {
	struct str name, title, documentation;
	struct str base_url;        /* empty: has to be given */
	/* Names of variables; empty: it knows no such thing. */
	struct str base_variable, token_variable, user_variable, password_variable, account_variable;
	struct str auth_header;     /* before the token, "Authorization: Bearer " */
	struct str read_auth_header; /* of another header that has it too where a request reads; empty: there is none */
	bool content_type;          /* requests without a body say Content-Type: application/json too */
	bool anonymous;             /* it knows no credentials: no variables but that of the base address */
	struct system_login login;
	const struct system_limit *limits;
	size_t limit_count;
	uint32_t concurrency;
	struct str ok;              /* path of a word in each reply that says whether all is well; empty: the status does */
	const struct str *ok_words; /* those that say yes, in either case; a null slice ends */
	struct str error_code, error_message; /* paths in an error body */
	struct system_paging paging;
	const struct resource *resources;
	size_t resource_count;
};

struct systems {
	const struct system **all;  /* in order of name */
	size_t count;
};

/* `folder` (that of --contracts) may be null. Faults are class ERR_MAPPING with file, line, column and pointer; -1
 * where there is any. */
int systems_load(const char *folder, struct arena *arena, struct systems *out, struct faults *faults);
/* One system file, called `name` in faults. The text must live as long as the arena. -1 where there is any error. */
int system_read(struct str text, const char *name, struct arena *arena, struct system *out, struct faults *faults);
const struct system *systems_find(const struct systems *s, struct str name);

struct wanted {
	struct str text;            /* as given: how origins and errors call it */
	const struct system *system;
	const struct resource *resource;
	const struct str *arguments;/* in the order of the name */
	size_t argument_count;
	const struct wanted_pair {
		const struct parameter *parameter;
		struct str name;        /* as it is sent: the parameter's, with {KEY} filled in */
		struct str value;       /* percent-decoded */
	} *pairs;
	size_t pair_count;
	enum resource_format format;
	bool paged;                 /* comes in pages: `paged` of the resource, in JSON */
	bool one_page;              /* a page was named: that one alone is wanted */
};

/* The header in which a token goes, "Authorization: Bearer" or "x-token:" (a name, a colon, and at most one word
 * before the token), as it stands before the token: "Authorization: Bearer ". A null pointer where it is none, or one
 * that would make another request of it. */
struct str system_auth_header(struct str text, struct arena *arena);
/* "qogita, quarticon or shop": for sentences. */
struct str systems_names(const struct systems *s, struct arena *arena);

/* Whether `text` begins with the name of a system and a colon: then it is no file. */
bool wanted_is(const struct systems *s, struct str text);
/* SYSTEM:NAME[/ARGUMENT…][?name=value&…]. In arguments and values %XX is decoded and everything else stands for
 * itself, a plus too: blanks are written as they are. A value of a parameter that is sent with commas may hold several.
 * ERR_USAGE for what is not there, not of its type, missing or given twice. */
int wanted_parse(const struct systems *s, struct str text, struct arena *arena, struct wanted *out, struct err *e);
/* Path and query of the (first) request, below the base address: arguments, names and values are percent-encoded, all
 * but RFC 3986's unreserved characters. The account goes in where the resource takes one, the usual size of pages where
 * it is paged and none was asked for. *body: a JSON object where parameters go there, else a null pointer. */
const char *wanted_path(const struct wanted *w, struct str account, struct arena *arena, struct str *body);
/* The resources of a system (null: of all), for people: `fetch --list`. */
void systems_print(const struct systems *s, const struct system *only, struct buf *to);

#endif
