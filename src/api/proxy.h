/* proxy - the password that the address of a proxy may hold. Private to src/api.
 */
#ifndef QONDUIT_PROXY_H
#define QONDUIT_PROXY_H

/* libcurl reads the variables itself, and shows an address that it does not like: what stands in it before "@" is
 * registered with log_secret. */
void proxy_keep_secrets(char *(*variable)(const char *name));

#endif
