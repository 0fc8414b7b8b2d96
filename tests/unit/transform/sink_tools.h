/* A record into a sink in one go, as one thread does it. */
#ifndef QONDUIT_TESTS_SINK_TOOLS_H
#define QONDUIT_TESTS_SINK_TOOLS_H

#include "qonduit/sink.h"

static inline int sink_add(struct sink *s, const struct value *values, struct str origin, struct arena *scratch,
	struct err *e)
{
	struct buf text = { 0 }, line = { 0 };
	int status = sink_prints(s) ? sink_print(s, values, scratch, &text, e) : 0;
	sink_add_origin(&line, origin);
	struct sink_record r = { buf_str(&text), sink_prints(s) ? NULL : values, buf_str(&line) };
	status = status == 0 ? sink_take(s, &r, e) : status;
	buf_release(&text);
	buf_release(&line);
	return status;
}

#endif
