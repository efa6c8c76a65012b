/* Adds the files of a profile check up by layout. */
#include "base/arena.h"
#include "run/profile_check.h"

/* The layouts that some file has, in the order of the profile. */
int ca_check_layouts(ca_arena *arena, ca_profile_report *report, ca_error *err)
{
    const ca_profile *profile = report->profile;
    report->layouts = ca_arena_array(arena, profile->layout_count + 1, sizeof *report->layouts);
    if (!report->layouts) {
        return ca_error_nomem(err);
    }
    for (size_t i = 0; i < profile->layout_count; i++) {
        bool used = false;
        for (size_t f = 0; f < report->file_count; f++) {
            used |= report->files[f].layout == profile->layouts[i];
        }
        if (used && ca_layout_records(profile->layouts[i]) != CA_RECORDS_IGNORE) {
            report->layouts[report->layout_count++].layout = profile->layouts[i];
        }
    }
    return 0;
}

static void add_joins(ca_join_counts *sum, const ca_join_counts *more)
{
    sum->usable += more->usable;
    sum->found += more->found;
}

void ca_check_sum_joins(ca_profile_report *report)
{
    for (size_t i = 0; i < report->layout_count; i++) {
        add_joins(&report->joins.patient, &report->layouts[i].joins.patient);
        for (unsigned role = 0; role < CA_ROLE_COUNT; role++) {
            add_joins(&report->joins.provider[role], &report->layouts[i].joins.provider[role]);
        }
    }
}

static void add_saturated(int64_t *sum, int64_t more, bool *overflow)
{
    if (__builtin_add_overflow(*sum, more, sum)) {
        *overflow = true;
        *sum = more > 0 ? INT64_MAX : INT64_MIN;
    }
}

void ca_check_add_file(ca_check_layout *to, const ca_check_file *file, const ca_totals *totals)
{
    to->files++;
    to->cut |= file->cut;
    to->rows_read += file->rows_read;
    to->rows_accepted += file->rows_accepted;
    to->rows_rejected += file->rows_rejected;
    to->rows_skipped += file->rows_skipped;
    to->lines += file->lines;
    to->has_charge |= file->supplied[CA_F_CHARGE] != 0;
    to->has_allowed |= file->supplied[CA_F_ALLOWED] != 0;
    to->has_paid |= file->supplied[CA_F_PAID] != 0;
    to->totals.overflow |= totals->overflow;
    add_saturated(&to->totals.charge, totals->charge, &to->totals.overflow);
    add_saturated(&to->totals.allowed, totals->allowed, &to->totals.overflow);
    add_saturated(&to->totals.paid, totals->paid, &to->totals.overflow);
    to->totals_checked += ca_layout_has_totals(file->layout) && !file->cut && !file->totals_wrong;
}
