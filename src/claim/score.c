/* Names of what values are, and of which of them are looked at. */
#include "claim/score.h"

const char *ca_told_format_name(ca_told_format format)
{
    switch (format) {
    case CA_TOLD_NUMBER:
        return "number";
    case CA_TOLD_PERCENT:
        return "share";
    case CA_TOLD_MONEY:
        return "money";
    case CA_TOLD_COUNT:
        return "count";
    }
    return NULL;
}

const char *ca_told_direction_name(int direction)
{
    return direction == 1 ? "more" : direction == -1 ? "less" : direction == 2 ? "both" : "context";
}
