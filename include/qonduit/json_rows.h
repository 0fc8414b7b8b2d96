/* json_rows - from JSON to rows: records found by their path become rows of a batch, a cell for each column, in the memory
 * of one outermost record. For the source (source_json.c) and for a mapping's tests, whose documents are short.
 *
 *     json_rows_open(columns, records)      once a document or a file of many
 *     json_rows_fill(r, pull, batch, most)  rows; 0 rows only at the end
 *     json_rows_missing(r)                  after the end: what was nowhere
 *     json_rows_close
 *
 * The paths of the columns are one tree of keys, so that a record is walked once and what no column wants is skipped as
 * it comes. A column's cell is TEXT, NUMBER (its own text), BOOLEAN, EMPTY (null, or not there) or JSON (an object or an
 * array, as it stands but for white space and escapes). Of several paths of a column the first counts that leads to a
 * value, which null and "" are not. A path that starts with the name of an outer level reads from the record of that
 * level; one that starts with $ from the document, or, where records stand in an array that is the document, from its
 * element. Values of outer levels may stand behind the inner array: rows wait for the end of the outer record, or, where
 * a column reads from $, of the document; but not for what stands before that array. What waits takes at most
 * JSON_ROWS_WAIT bytes.
 *
 * A row's number counts records of the input from 1; its place is a JSON pointer, "/orders/3/cart_data/0", or, where
 * documents stand one a line, the line and the pointer within it, "17/cart_data/0".
 *
 * Failures are ERR_INPUT with line and column, and say what stands there and what was expected:
 *   json.records        no such member, or no array, where a level should be: with the members that are there
 *   json.record         a record that is no object
 *   json.duplicate_key  a member that a column or a level wants, twice in its object
 *   json.document       a second document where one is expected, or on the line on which the one before it ended
 *   json.wait           more than JSON_ROWS_WAIT bytes would have to wait, or one value has as many
 *   json.missing        of json_rows_missing
 * An inner level that is null or empty has no rows. A level, or a column that is not `optional`, that stands in no
 * record at all is told by json_rows_missing, once there was a record.
 *
 * A path that meets a value which has no members or elements (a text on the way) gives a cell of the kind CELL_ASTRAY,
 * whose text says what stands where; column_read refuses it, and its row is rejected.
 */
#ifndef QONDUIT_JSON_ROWS_H
#define QONDUIT_JSON_ROWS_H

#include "qonduit/json_pull.h"
#include "qonduit/source.h"

#define JSON_ROWS_WAIT ((size_t)64 << 20)

struct json_rows;

/* `lines`: documents may follow each other, one a line (NDJSON); the json_pull is then opened for `many`. `records` null:
 * the document is the record. The columns and records must outlive it. */
struct json_rows *json_rows_open(const struct column *columns, size_t column_count, const struct records *records,
	bool lines);
/* Adds at most about `most` rows to the batch, which is the caller's to clear, and fewer where they are long; rows of
 * one outer record stay together only as far as they must wait for it. */
int json_rows_fill(struct json_rows *r, struct json_pull *p, struct batch *b, size_t most, struct err *e);
/* After the end: what was asked for and never seen, as one error with what there is instead; 0 where nothing is missing
 * or there was no record. */
int json_rows_missing(const struct json_rows *r, struct err *e);
/* After the end: paths of "each" that no element of any record had though they are not `optional`, as
 * "lines[].price", "lines[].tax"; nothing is added where there was no element. */
void json_rows_unseen(const struct json_rows *r, struct buf *to);
void json_rows_close(struct json_rows *r); /* null is allowed */

/* "orders[].cart_data[]" into levels; false with the reason where it is malformed. */
bool records_parse(struct str text, struct arena *a, struct records *out, struct buf *why);
/* "variant.gtin" into parts; false with the reason. */
bool column_path_parse(struct str text, struct arena *a, struct column_path *out, struct buf *why);
/* Reads one path out of a tree: null where there is nothing; *misled where a value on the way has no members. For the
 * elements of "each". */
const struct json *column_path_find(const struct column_path *path, const struct json *from, bool *misled);
/* Whether a member on the way stands twice in its object. */
bool column_path_is_twice(const struct column_path *path, const struct json *from);

#endif
