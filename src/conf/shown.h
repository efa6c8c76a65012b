/* Text of a configuration file as a message quotes it: one line, not too long. */
#ifndef CA_CONF_SHOWN_H
#define CA_CONF_SHOWN_H

#include "base/text.h"

typedef struct ca_shown {
    char text[64];
} ca_shown;

ca_shown ca_shown_of(ca_text text); /* cut between characters, with "..." */

#endif
