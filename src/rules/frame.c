/* What a unit of a frame is read of: its rows, its date, and what its kind gives it. */
#include "rules/eval.h"

ca_value ca_frame_column(const ca_frame *frame, ca_side side, unsigned column, unsigned unit)
{
    if (frame->made && frame->date && column == frame->date_column && side == CA_SIDE_UNIT)
        return ca_frame_date(frame, unit);
    return ca_value_of(frame->units, column, ca_frame_row(frame, side, unit));
}

ca_value ca_frame_date(const ca_frame *frame, unsigned unit)
{
    if (!frame->made || !frame->date)
        return ca_value_of(frame->units, frame->date_column, ca_frame_row(frame, CA_SIDE_UNIT, unit));
    ca_date date = frame->date[unit];
    return (ca_value){.type = CA_TYPE_DATE, .present = date != CA_NO_DATE, .as.date = date};
}

/* The value at rank ceil(percent / 100 × n) of the peers' metrics, the unit's own among them (nearest rank). */
static ca_value percentile(const ca_peer_group *peers, ca_ratio percent)
{
    ca_value value = {.type = CA_TYPE_DECIMAL, .present = false};
    ca_ratio rank;
    ca_ratio whole = ca_ratio_of((int64_t)(peers ? peers->count : 0), 100);
    if (!peers || peers->count == 0 || !ca_ratio_mul(percent, whole, &rank) || rank.n <= 0)
        return value;
    size_t at = (size_t)((rank.n + rank.d - 1) / rank.d);
    value.present = at >= 1 && at <= peers->count;
    if (value.present)
        value.as.ratio = peers->metrics[at - 1];
    return value;
}

ca_value ca_frame_given(const ca_frame *frame, const ca_node *node, unsigned unit)
{
    const ca_peer_group *peers = frame->peers ? frame->peers[unit] : NULL;
    ca_ratio fifty = ca_ratio_of(50, 1);
    switch (node->given) {
    case CA_GIVEN_OVERLAP_DAYS:
    case CA_GIVEN_WINDOW_START:
    case CA_GIVEN_WINDOW_END:
    case CA_GIVEN_METRIC:
        break;
    case CA_GIVEN_MEDIAN:
        return percentile(peers, fifty);
    case CA_GIVEN_PERCENTILE:
        return percentile(peers, node->args[0]->number);
    case CA_GIVEN_PEER_COUNT:
        return (ca_value){.type = CA_TYPE_DECIMAL,
                          .present = peers != NULL,
                          .as.ratio = ca_ratio_of((int64_t)(peers ? peers->count : 0), 1)};
    case CA_GIVENS:
        return (ca_value){.present = false};
    }
    const ca_value *values = frame->given[node->given];
    return values ? values[unit] : (ca_value){.present = false};
}
