/* connection_parts - what the files that make a connection share: connection.c puts it together, connection_config.c
 * reads the config file, connection_secret.c finds credentials. Private to src/api.
 */
#ifndef QONDUIT_API_CONNECTION_PARTS_H
#define QONDUIT_API_CONNECTION_PARTS_H

#include "qonduit/connection.h"
#include "qonduit/env_file.h"

struct loading {
	const struct connection_files *from; /* its `variable` is there */
	const struct systems *systems;
	const struct system *system;
	struct env_file env;
	struct arena *arena;
	struct connection *out;
	struct err *e;
};

/* Finds the config file, if there is one, and takes from it what is said of the system. */
bool connection_config(struct loading *l);
int connection_address(const struct system *s, struct str text, struct arena *arena, struct connection *out,
	struct err *e);

/* The environment's value, else the env file's; null where neither has one that is not empty. */
const char *connection_variable(struct loading *l, struct str name);
/* A credential, from the first of these that has it: the environment, the file that NAME_FILE names, NAME in
 * $CREDENTIALS_DIRECTORY, the env file, the file that NAME_FILE in the env file names. *out is null where none has.
 * `secret`: it is registered, and files that others may read are refused, but for those in $CREDENTIALS_DIRECTORY. */
int connection_credential(struct loading *l, struct str name, bool secret, const char **out);

#endif
