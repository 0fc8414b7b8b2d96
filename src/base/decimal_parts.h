/* decimal_parts - what decimal.c (arithmetic) and decimal_text.c (reading and writing) share. Magnitudes are unsigned and
 * signs are kept apart. What 64 bits hold, nearly everything, takes a short way that gives the same.
 */
#ifndef QONDUIT_DECIMAL_PARTS_H
#define QONDUIT_DECIMAL_PARTS_H

#include "qonduit/decimal.h"

typedef unsigned __int128 u128;

#define TEN(n) ((u128)powers[n])
#define MANTISSA_END (TEN(19) * TEN(19)) /* 10^38: the first that is too large */
#define SHORT_DIGITS 19                  /* as many as 64 bits always hold */

/* Here, not beside one of them, so that the compiler knows the numbers. */
static const uint64_t powers[SHORT_DIGITS + 1] = {
	1u, 10u, 100u, 1000u, 10000u, 100000u, 1000000u, 10000000u, 100000000u, 1000000000u, 10000000000u,
	100000000000u, 1000000000000u, 10000000000000u, 100000000000000u, 1000000000000000u, 10000000000000000u,
	100000000000000000u, 1000000000000000000u, 10000000000000000000u,
};

/* 10^n, n from 0 to 38. */
static inline u128 ten_to(int n)
{
	return n <= SHORT_DIGITS ? TEN(n) : TEN(SHORT_DIGITS) * TEN(n - SHORT_DIGITS);
}

static inline u128 magnitude(struct decimal d)
{
	return d.mantissa < 0 ? -(u128)d.mantissa : (u128)d.mantissa;
}

static inline struct decimal with_sign(bool negative, u128 mantissa, int scale)
{
	return (struct decimal){ negative ? -(__int128)mantissa : (__int128)mantissa, scale };
}

/* Whether the mantissa fits into 64 bits with its sign. */
static inline bool is_small(struct decimal d)
{
	return d.mantissa == (int64_t)d.mantissa;
}

static inline uint64_t small_magnitude(struct decimal d)
{
	int64_t mantissa = (int64_t)d.mantissa;
	return mantissa < 0 ? -(uint64_t)mantissa : (uint64_t)mantissa;
}

#endif
