#include "unit.h"

#include "qonduit/digest.h"

static void assert_sum(struct str s, const char *expected)
{
	unsigned char bytes[DIGEST_BYTES];
	char hex[DIGEST_HEX];
	digest_of(s, bytes);
	digest_hex(bytes, hex);
	CU_ASSERT_STRING_EQUAL(hex, expected);
}

static void sums_the_published_examples(void)
{
	assert_sum((struct str){ 0 }, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	assert_sum(STR("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_sum(STR("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
		"248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

static void sums_in_pieces_as_in_one_go(void)
{
	struct digest *d = digest_new();
	digest_add(d, "a", 1);
	digest_add(d, "", 0);
	digest_add(d, "bc", 2);
	char hex[DIGEST_HEX];
	digest_end_hex(d, hex);
	CU_ASSERT_STRING_EQUAL(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void frees_an_unfinished_sum(void)
{
	struct digest *d = digest_new();
	digest_add(d, "abc", 3);
	digest_free(d);
	digest_free(NULL);
}

UNIT_SUITE(digest, UNIT(sums_the_published_examples), UNIT(sums_in_pieces_as_in_one_go), UNIT(frees_an_unfinished_sum))
