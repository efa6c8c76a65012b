/* The windows of `within: stay`: a patient's inpatient claims, each with the lines of any claim between its days. */
#include "rules/group_windows.h"

#include <stdlib.h>

typedef struct stay {
    ca_text patient, claim;
    int64_t part;
    ca_date from, to;          /* CA_NO_DATE: its lines do not agree */
} stay;

static int by_patient_and_claim(const void *left, const void *right)
{
    const stay *a = left;
    const stay *b = right;
    int order = ca_text_cmp(a->patient, b->patient);
    order = order ? order : ca_text_cmp(a->claim, b->claim);
    return order ? order : (a->part > b->part) - (a->part < b->part);
}

static int by_patient_and_day(const void *left, const void *right)
{
    const stay *a = left;
    const stay *b = right;
    int order = ca_text_cmp(a->patient, b->patient);
    if (order == 0 && a->from != b->from)
        order = a->from < b->from ? -1 : 1;
    return order ? order : by_patient_and_claim(left, right);
}

static ca_date day_of(const ca_batch *lines, unsigned column, unsigned row)
{
    return ca_batch_has(lines, column, row) ? lines->columns[column].as.date[row] : CA_NO_DATE;
}

static bool is_stay(const ca_group_input *input, unsigned row)
{
    const ca_batch *lines = input->lines;
    return ca_group_shows(input, row) && ca_batch_has(lines, CA_F_CLAIM_TYPE, row) &&
           lines->columns[CA_F_CLAIM_TYPE].as.choice[row] == CA_INPATIENT && ca_batch_has(lines, CA_F_PATIENT_ID, row) &&
           ca_batch_has(lines, CA_F_CLAIM_ID, row) && !ca_is_placeholder(ca_batch_text(lines, CA_F_PATIENT_ID, row));
}

/* One for each claim; days on which its lines do not agree are missing, and a stay without days holds no line. */
static uint32_t list_stays(const ca_group_input *input, stay *stays)
{
    const ca_batch *lines = input->lines;
    uint32_t count = 0;
    uint32_t kept = 0;
    for (unsigned row = 0; row < lines->rows; row++) {
        bool has_part = ca_batch_has(lines, CA_F_CLAIM_PART, row);
        if (is_stay(input, row))
            stays[count++] = (stay){.patient = ca_batch_text(lines, CA_F_PATIENT_ID, row),
                                    .claim = ca_batch_text(lines, CA_F_CLAIM_ID, row),
                                    .part = has_part ? lines->columns[CA_F_CLAIM_PART].as.number[row] : 1,
                                    .from = day_of(lines, CA_F_ADMISSION_DATE, row),
                                    .to = day_of(lines, CA_F_DISCHARGE_DATE, row)};
    }
    qsort(stays, count, sizeof *stays, by_patient_and_claim);
    for (uint32_t from = 0, to; from < count; from = to) {
        stay whole = stays[from];
        for (to = from + 1; to < count && by_patient_and_claim(&stays[from], &stays[to]) == 0; to++) {
            whole.from = stays[to].from == whole.from ? whole.from : CA_NO_DATE;
            whole.to = stays[to].to == whole.to ? whole.to : CA_NO_DATE;
        }
        if (whole.from != CA_NO_DATE && whole.to != CA_NO_DATE && whole.from <= whole.to)
            stays[kept++] = whole;
    }
    qsort(stays, kept, sizeof *stays, by_patient_and_day);
    return kept;
}

/* The first stay of a patient; count when there is none. */
static uint32_t first_of(const stay *stays, uint32_t count, ca_text patient)
{
    uint32_t low = 0;
    uint32_t high = count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (ca_text_cmp(stays[middle].patient, patient) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && ca_text_eq(stays[low].patient, patient) ? low : count;
}

/* Windows of one group; returns how many members no stay holds. Called with windows NULL it only counts them. */
static uint32_t cut_group(ca_windows *windows, const ca_groups *groups, const stay *stays, uint32_t stay_count,
                          uint32_t group, uint32_t *ret_windows)
{
    uint32_t from = groups->first[group];
    uint32_t past = groups->first[group + 1];
    uint32_t covered = from;
    uint32_t outside = 0;
    ca_text patient = ca_batch_text(groups->members.units, CA_F_PATIENT_ID, from);
    for (uint32_t at = first_of(stays, stay_count, patient); at < stay_count; at++) {
        uint32_t begin = from;
        if (!ca_text_eq(stays[at].patient, patient))
            break;
        while (begin < past && groups->dates[0][begin] < stays[at].from)
            begin++;
        uint32_t end = begin;
        while (end < past && groups->dates[0][end] <= stays[at].to)
            end++;
        outside += begin > covered ? begin - covered : 0;
        covered = end > covered ? end : covered;
        if (begin == end)
            continue;
        if (windows != NULL)
            ca_windows_add(windows, begin, end, stays[at].from, stays[at].to, stays[at].to);
        ++*ret_windows;
    }
    return outside + (past - covered);
}

int ca_windows_of_stays(ca_windows *windows, ca_groups *groups, uint32_t *ret_outside)
{
    const ca_batch *lines = groups->input->lines;
    uint32_t total = 0;
    stay *stays = ca_scratch_take(&groups->eval->scratch, (size_t)lines->rows + 1, sizeof *stays);
    if (stays == NULL)
        return ca_error_nomem(groups->err);
    uint32_t count = list_stays(groups->input, stays);
    for (uint32_t group = 0; group < groups->group_count; group++)
        (void)cut_group(NULL, groups, stays, count, group, &total);
    int code = ca_windows_begin(windows, groups, total);
    for (uint32_t group = 0; code == 0 && group < groups->group_count; group++)
        *ret_outside += cut_group(windows, groups, stays, count, group, &total);
    return code;
}
