/* The raw bytes of a configuration file: what may not stand in them, and where its lines begin. */
#ifndef CA_CONF_SOURCE_H
#define CA_CONF_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "conf/yaml.h"

/* Fills the line table of file->source. */
int ca_yaml_source_lines(ca_yaml_file *file, ca_arena *arena, ca_error *err);

/* Reports bytes that are not UTF-8, tabs, and characters that nobody can see. *ret_clean is the
 * source with such characters replaced, byte for byte; false in *ret_readable when nothing sensible
 * can be parsed from it. */
int ca_yaml_source_check(const ca_yaml_file *file, ca_arena *arena, ca_diags *diags,
                         ca_text *ret_clean, bool *ret_readable, ca_error *err);

/* 3 when a byte order mark stands in front, else 0. */
size_t ca_yaml_source_mark(ca_text source);

#endif
