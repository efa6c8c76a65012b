/* UTF-8, strictly: no overlong forms, no surrogates, nothing beyond U+10FFFF. */
#include "base/text.h"

/* Unicode table 3-7: what the first two bytes may be; the others are 80 to BF. */
static const struct form {
    unsigned char first_low, first_high, second_low, second_high;
    unsigned char len;
    unsigned char first_bits; /* mask of the first byte's share of the code point */
} forms[] = {
    {0x00, 0x7F, 0x00, 0x00, 1, 0x7F}, {0xC2, 0xDF, 0x80, 0xBF, 2, 0x1F},
    {0xE0, 0xE0, 0xA0, 0xBF, 3, 0x0F}, {0xE1, 0xEC, 0x80, 0xBF, 3, 0x0F},
    {0xED, 0xED, 0x80, 0x9F, 3, 0x0F}, {0xEE, 0xEF, 0x80, 0xBF, 3, 0x0F},
    {0xF0, 0xF0, 0x90, 0xBF, 4, 0x07}, {0xF1, 0xF3, 0x80, 0xBF, 4, 0x07},
    {0xF4, 0xF4, 0x80, 0x8F, 4, 0x07},
};

static const struct form *form_of(unsigned char first)
{
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
        if (first >= forms[i].first_low && first <= forms[i].first_high)
            return &forms[i];
    return NULL;
}

size_t ca_text_utf8_char(ca_text text, uint32_t *ret_char)
{
    const unsigned char *bytes = (const unsigned char *)text.ptr;
    const struct form *form = text.len == 0 ? NULL : form_of(bytes[0]);
    if (form == NULL || form->len > text.len)
        return 0;
    if (form->len > 1 && (bytes[1] < form->second_low || bytes[1] > form->second_high))
        return 0;
    uint32_t character = bytes[0] & form->first_bits;
    for (size_t i = 1; i < form->len; i++) {
        if ((bytes[i] & 0xC0) != 0x80)
            return 0;
        character = character << 6 | (bytes[i] & 0x3F);
    }
    if (ret_char != NULL)
        *ret_char = character;
    return form->len;
}

bool ca_text_utf8_valid(ca_text text)
{
    while (text.len > 0) {
        size_t len = (unsigned char)text.ptr[0] < 0x80 ? 1 : ca_text_utf8_char(text, NULL);
        if (len == 0)
            return false;
        text.ptr += len;
        text.len -= len;
    }
    return true;
}
