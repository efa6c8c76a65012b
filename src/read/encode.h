/* One physical line at a time from the file's encoding to UTF-8. Every encoding here (all but
 * UTF-16, which the source decodes) keeps ASCII
 * bytes as they are and never has LF, CR or the double quote inside a character. */
#ifndef CA_READ_ENCODE_H
#define CA_READ_ENCODE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/text.h"
#include "read/rows.h"

typedef struct ca_encoder ca_encoder;

int ca_encoder_new(ca_encoding encoding, ca_encoder **ret_encoder, ca_error *err);
void ca_encoder_free(ca_encoder *encoder);
/* The line as UTF-8: itself when it is UTF-8 or ASCII already, else text borrowed until the next
 * call, with a line feed behind it and CA_SPLIT_MARGIN readable bytes around. CA_END: not valid in
 * the encoding. */
int ca_encoder_line(ca_encoder *encoder, ca_text line, ca_text *ret_utf8, ca_error *err);
bool ca_encoder_has_high(ca_text line); /* bytes above 0x7F */
/* Checks as ca_text_utf8_valid does, but quickly. */
bool ca_encoder_utf8_valid(ca_text text);

#endif
