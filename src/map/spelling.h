/* What other programs call the settings of a profile, and what is written here: for messages. */
#ifndef CA_MAP_SPELLING_H
#define CA_MAP_SPELLING_H

#include "base/date.h"
#include "base/text.h"

/* `windows-1252` for `encoding: cp1252`; NULL when the value of the key is no known slip. */
const char *ca_map_spelling(const char *key, ca_text value);

/* dd.mm.yyyy for DD.MM.YYYY, %d.%m.%Y or TT.MM.JJJJ; false when it is none of these. */
bool ca_map_spelling_format(ca_text format, char ret_format[CA_DATE_FORMAT_SIZE]);

/* A date written in another way than 2024-12-31; false when it is none, or may be two days. */
bool ca_map_spelling_date(ca_text text, char ret_date[CA_DATE_SIZE]);

/* Are these the same letters, small or capital? */
bool ca_map_spelling_same(ca_text one, const char *other);

#endif
