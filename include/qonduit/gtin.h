/* gtin - GS1 article numbers: 8, 12, 13 or 14 digits with a check digit (GS1 General Specifications 7.9, modulo 10). */
#ifndef QONDUIT_GTIN_H
#define QONDUIT_GTIN_H

#include "qonduit/str.h"

/* Reads a cell: outer and invisible white space and a leading apostrophe are ignored, 8 and 12 digits are padded to 13,
 * 13 and 14 stay. `number` says that it was a number cell, which has lost its leading zeros: fewer digits are then
 * padded to 13, the check digit proves it. On failure `why` (at least 200 bytes) says what is wrong, and for a wrong
 * check digit which one would be right; scientific text such as 3.34967E+12 is named as lost digits. Zeros alone are
 * refused. Never repairs a digit. */
bool gtin_read(struct str text, bool number, char out[15], size_t *length, char *why);
/* Whether the text is a right number of 13 digits as it stands: what most cells are. */
bool gtin_is_right(struct str text);
/* The same number in `digits` (8, 12, 13, 14) places: zeros are added or, where they are zeros, taken off in front. */
bool gtin_resize(struct str gtin, int digits, char out[15], char *why);

#endif
