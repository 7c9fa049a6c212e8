/* A native action: it reads the two lines of its stdin itself.
 *
 *   cc -o native native.c && aside run ./native --secrets - < secrets.json
 *
 * The frame's strings are canonical: the only escape is \u and four digits, so a
 * raw quote always ends a string. This reader relies on that; it is no reader for
 * JSON from anybody else. It takes string secrets only.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Undoes the escapes of one string in place and returns its length in bytes.
 * 00XX is the control character, quote or backslash XX; dcXX is the byte XX. */
static size_t decode(char *text) {
  char *out = text;
  for (char *in = text; *in;) {
    if (*in == '\\') {
      const char digits[3] = {in[4], in[5], 0};
      *out++ = (char)strtol(digits, NULL, 16);
      in += 6;
    } else {
      *out++ = *in++;
    }
  }
  return (size_t)(out - text);
}

/* The string secret `name`, whose name has no escapes, or NULL. Cuts up `line`. */
static char *find(char *line, const char *name, size_t *length) {
  int depth = 0;
  for (char *at = line; *at; at++) {
    if (*at == '{' || *at == '[') depth++;
    if (*at == '}' || *at == ']') depth--;
    if (*at != '"') continue;
    char *string = at + 1;
    at = strchr(string, '"');
    if (!at) return NULL;
    size_t size = (size_t)(at - string);
    if (depth == 1 && at[1] == ':' && at[2] == '"' && size == strlen(name) &&
        memcmp(string, name, size) == 0) {
      char *value = at + 3, *end = strchr(value, '"');
      if (!end) return NULL;
      *end = 0;
      *length = decode(value);
      return value;
    }
  }
  return NULL;
}

int main(void) {
  char *secrets = NULL, *input = NULL;
  size_t room = 0, more = 0, length = 0;
  if (getline(&secrets, &room, stdin) < 0 || getline(&input, &more, stdin) < 0) {
    fprintf(stderr, "native: stdin must hold two lines\n");
    return 1;
  }
  char *token = find(secrets, "api_token", &length);
  if (!token) {
    fprintf(stderr, "native: no secret is named api_token\n");
    return 1;
  }
  printf("the token has %zu bytes: %.*s\n", length, (int)length, token);
  dprintf(atoi(getenv("ASIDE_RESULT_FD")), "{\"token_bytes\": %zu}\n", length);
  explicit_bzero(secrets, room);
  return 0;
}
