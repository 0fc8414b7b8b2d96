#include "qonduit/json_echo.h"

#include "qonduit/json_write.h"

static void add(struct buf *to, const struct json_pull *p, enum json_token token)
{
	switch (token) {
	case JSON_PULL_OBJECT:
		buf_addc(to, '{');
		break;
	case JSON_PULL_END_OBJECT:
		buf_addc(to, '}');
		break;
	case JSON_PULL_ARRAY:
		buf_addc(to, '[');
		break;
	case JSON_PULL_END_ARRAY:
		buf_addc(to, ']');
		break;
	case JSON_PULL_KEY:
		json_escape(to, json_pull_text(p));
		buf_addc(to, ':');
		break;
	case JSON_PULL_STRING:
		json_escape(to, json_pull_text(p));
		break;
	case JSON_PULL_NUMBER:
		buf_add(to, json_pull_text(p));
		break;
	case JSON_PULL_TRUE:
		buf_add(to, STR("true"));
		break;
	case JSON_PULL_FALSE:
		buf_add(to, STR("false"));
		break;
	case JSON_PULL_NULL:
		buf_add(to, STR("null"));
		break;
	case JSON_PULL_END:
		break;
	}
}

void json_echo(struct json_echo *x, const struct json_pull *p, enum json_token token)
{
	if (x->comma && !json_token_closes(token))
		buf_addc(x->to, ',');
	add(x->to, p, token);
	x->comma = !json_token_opens(token) && token != JSON_PULL_KEY;
}
