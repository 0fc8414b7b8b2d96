#include "qonduit/digest.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "qonduit/arena.h"

struct digest {
	EVP_MD_CTX *context;
};

/* Fetched once: looking the algorithm up costs more than summing a short key. */
static EVP_MD *sha256;

static void must(bool done)
{
	if (!done) {
		fputs("qonduit: libcrypto cannot compute SHA-256\n", stderr);
		exit(70);
	}
}

static void fetch(void)
{
	sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	must(sha256);
}

static const EVP_MD *algorithm(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, fetch);
	return sha256;
}

struct digest *digest_new(void)
{
	struct digest *d = mem_alloc(sizeof *d);
	d->context = EVP_MD_CTX_new();
	must(d->context && EVP_DigestInit_ex2(d->context, algorithm(), NULL));
	return d;
}

void digest_add(struct digest *d, const void *bytes, size_t n)
{
	must(EVP_DigestUpdate(d->context, bytes, n));
}

void digest_end(struct digest *d, unsigned char out[DIGEST_BYTES])
{
	must(EVP_DigestFinal_ex(d->context, out, NULL));
	digest_free(d);
}

void digest_end_hex(struct digest *d, char out[DIGEST_HEX])
{
	unsigned char bytes[DIGEST_BYTES];
	digest_end(d, bytes);
	digest_hex(bytes, out);
}

void digest_free(struct digest *d)
{
	if (d) {
		EVP_MD_CTX_free(d->context);
		free(d);
	}
}

void digest_of(struct str s, unsigned char out[DIGEST_BYTES])
{
	must(EVP_Digest(s.p, s.n, out, NULL, algorithm(), NULL));
}

void digest_hex(const unsigned char in[DIGEST_BYTES], char out[DIGEST_HEX])
{
	for (int i = 0; i < DIGEST_BYTES; i++) {
		out[2 * i] = "0123456789abcdef"[in[i] >> 4];
		out[2 * i + 1] = "0123456789abcdef"[in[i] & 15];
	}
	out[DIGEST_HEX - 1] = '\0';
}
