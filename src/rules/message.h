/* Message templates: text with {expression}, {expression|money} or {expression|date}; {{ and }} are
 * braces. */
#ifndef CA_RULES_MESSAGE_H
#define CA_RULES_MESSAGE_H

#include "rules/check.h"

/* Compiles the scalar `node`. False when a mistake was said or memory ran out. */
bool ca_message_compile(ca_kind_check *check, const ca_yaml *node, ca_scope scope,
                        ca_message_part **ret_parts, size_t *ret_count);

#endif
