/* Cuts text for messages. */
#include "conf/shown.h"

#include <string.h>

ca_shown ca_shown_of(ca_text text)
{
    ca_shown shown = {""};
    size_t room = sizeof(shown.text) - 1;
    size_t len = text.len;
    if (len > room) {
        len = room - 3;
        while (len > 0 && ((unsigned char)text.ptr[len] & 0xC0) == 0x80)
            len--;
    }
    if (len > 0)
        memcpy(shown.text, text.ptr, len);
    if (len < text.len)
        memcpy(shown.text + len, "...", 3);
    return shown;
}
