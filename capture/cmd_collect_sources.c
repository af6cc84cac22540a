/* SPDX-License-Identifier: BSD-2-Clause */
/* Who may send, and into which archive it goes: --allow, -n and -N. */
#include "capture/cmd_collect.h"

#include <stdlib.h>
#include <string.h>

enum { ROUTES_FILE_MAX = 1 << 20 };

/* What stands in metrics, hooks and manifests, and is what people call an exporter. */
static bool
is_ident(const char *s, size_t len)
{
	static const char others[] = "._:-";

	if (len == 0 || len >= COLLECT_IDENT_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		if (!(s[i] >= 'a' && s[i] <= 'z') && !(s[i] >= 'A' && s[i] <= 'Z') &&
		    !(s[i] >= '0' && s[i] <= '9') && strchr(others, s[i]) == NULL)
			return false;
	return true;
}

enum status
collect_sources_ident(struct collect_settings *s, const char *value, struct fault *f)
{
	if (!is_ident(value, strlen(value)))
		return fault_set(f, STATUS_USAGE, NULL,
		    "-I %s: letters, digits and . _ : - are expected, %d at most", value,
		    COLLECT_IDENT_MAX - 1);
	s->ident = value;
	return STATUS_OK;
}

static enum status
bad_route(const char *text, const char *why, struct fault *f)
{
	return fault_set(f, STATUS_USAGE, NULL, "-n %s: %s; ident,address[/prefix],archive is expected",
	    text, why);
}

static enum status
add_route(struct collect_settings *s, const struct collect_route *route, const char *text,
    struct fault *f)
{
	for (size_t i = 0; i < s->route_count; i++) {
		const struct collect_route *other = &s->routes[i];

		if (memcmp(&other->from, &route->from, sizeof route->from) == 0)
			return bad_route(text, "the address has an archive already", f);
		if ((strcmp(other->archive, route->archive) == 0) != (strcmp(other->ident, route->ident) == 0))
			return bad_route(text, "each ident has its archive, and each archive its ident", f);
	}
	if (s->archive != NULL && strcmp(s->archive, route->archive) == 0)
		return bad_route(text, "the archive is that of all others, -w", f);
	if (s->routes == NULL)
		s->routes = calloc(COLLECT_ROUTES_MAX, sizeof *s->routes);
	if (s->routes == NULL)
		return fault_memory(f);
	s->routes[s->route_count++] = *route;
	return STATUS_OK;
}

/* "ident,address,archive"; the archive's name is what is behind the second comma. */
enum status
collect_sources_route(struct collect_settings *s, const char *value, struct fault *f)
{
	struct collect_route route;
	size_t ident = strcspn(value, ","), from;

	memset(&route, 0, sizeof route); /* it is compared as a whole */
	if (s->route_count == COLLECT_ROUTES_MAX - 1)
		return fault_set(f, STATUS_LIMIT, NULL, "more than %d times -n", COLLECT_ROUTES_MAX - 1);
	if (!is_ident(value, ident))
		return bad_route(value, "the ident may have letters, digits and . _ : -", f);
	memcpy(route.ident, value, ident);
	if (value[ident] != ',')
		return bad_route(value, "the address is missing", f);
	value += ident + 1;
	from = strcspn(value, ",");
	if (!prefix_parse(value, from, &route.from))
		return bad_route(value - ident - 1, "that is no address", f);
	if (value[from] != ',' || value[from + 1] == '\0')
		return bad_route(value - ident - 1, "the archive is missing", f);
	route.archive = value + from + 1;
	return add_route(s, &route, value - ident - 1, f);
}

/* A line: comments, blanks around it, and nfcapd's "-n " or "n=" before it are no part of it. */
static char *
bare_line(char *line)
{
	size_t len;

	line += strspn(line, " \t");
	if (strncmp(line, "-n", 2) == 0)
		line += 2;
	line += strspn(line, " \t");
	len = strcspn(line, "#\r");
	while (len > 0 && (line[len - 1] == ' ' || line[len - 1] == '\t'))
		len--;
	line[len] = '\0';
	return line;
}

enum status
collect_sources_file(struct collect_settings *s, const char *path, struct fault *f)
{
	enum status st;
	struct buf text;

	if (s->routes_text != NULL)
		return fault_set(f, STATUS_USAGE, NULL, "-N %s: there is one already", path);
	buf_init(&text, ROUTES_FILE_MAX + 1);
	st = file_slurp(path, ROUTES_FILE_MAX, &text, f);
	if (st == STATUS_OK && text.len > 0 && memchr(text.data, '\0', text.len) != NULL)
		st = fault_set(f, STATUS_USAGE, path, "it is no text");
	buf_u8(&text, '\0');
	if (st == STATUS_OK && !buf_ok(&text))
		st = fault_memory(f);
	if (st != STATUS_OK) {
		buf_free(&text);
		return st;
	}
	s->routes_text = (char *)text.data; /* the routes' names lie in it */
	for (char *line = s->routes_text, *end; line != NULL && st == STATUS_OK; line = end) {
		end = strchr(line, '\n');
		if (end != NULL)
			*end++ = '\0';
		line = bare_line(line);
		if (*line != '\0')
			st = collect_sources_route(s, line, f);
	}
	return st;
}

enum status
collect_sources_allow(struct collect_settings *s, const char *value, struct fault *f)
{
	if (s->allowed == NULL)
		s->allowed = calloc(COLLECT_ALLOWED_MAX, sizeof *s->allowed);
	if (s->allowed == NULL)
		return fault_memory(f);
	for (const char *p = value;;) {
		size_t len = strcspn(p, ",");

		if (s->allowed_count == COLLECT_ALLOWED_MAX)
			return fault_set(f, STATUS_LIMIT, NULL, "--allow: more than %d addresses",
			    COLLECT_ALLOWED_MAX);
		if (!prefix_parse(p, len, &s->allowed[s->allowed_count]))
			return fault_set(f, STATUS_USAGE, NULL,
			    "--allow %s: an address, an address/prefix, or a list of some is expected", value);
		s->allowed_count++;
		if (p[len] == '\0')
			return STATUS_OK;
		p += len + 1;
	}
}

void
collect_sources_free(struct collect_settings *s)
{
	free(s->routes);
	free(s->routes_text);
	free(s->allowed);
}
