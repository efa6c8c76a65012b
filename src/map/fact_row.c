/* Turns the rows of one file of patients or providers into facts. */
#include "map/inner.h"

static const ca_cell *value_of(const ca_mapper *mapper, unsigned column)
{
    static const ca_cell missing;
    const ca_op *op = ca_mapper_op(mapper, column);
    return op ? &op->value : &missing;
}

static ca_date as_of(ca_mapper *mapper)
{
    const ca_asof *rule = &mapper->layout->as_of;
    const ca_settings *settings = &mapper->layout->settings;
    ca_text cell = ca_mapper_cell(mapper, mapper->as_of_cell);
    ca_date date;
    if (rule->kind != CA_ASOF_COLUMN) {
        return mapper->file_as_of;
    }
    if (mapper->as_of_slot == CA_NO_CELL) {
        return CA_DATE_MIN;
    }
    if (cell.len == 0 || ca_cell_in(cell, settings->missing, settings->missing_count)) {
        ca_count_cell(mapper, mapper->as_of_slot, true);
        return CA_DATE_MIN;
    }
    for (size_t i = 0; i < rule->format_count; i++) {
        if (ca_period_parse(cell, &rule->formats[i], &date)) {
            return date;
        }
    }
    ca_count_cell(mapper, mapper->as_of_slot, false);
    return CA_DATE_MIN;
}

static int add_patient(ca_mapper *mapper, ca_facts *facts, ca_error *err)
{
    const ca_cell *sex = value_of(mapper, CA_F_SEX);
    const ca_cell *birth = value_of(mapper, CA_F_BIRTH_DATE);
    const ca_cell *death = value_of(mapper, CA_F_DEATH_DATE);
    const ca_cell *eligibility = value_of(mapper, CA_F_ELIGIBILITY);
    const ca_cell *region = value_of(mapper, CA_F_REGION);
    ca_patient_fact fact = {.patient_id = value_of(mapper, CA_F_PATIENT_ID)->as.text,
                            .has_sex = sex->present,
                            .has_birth = birth->present,
                            .has_death = death->present,
                            .has_eligibility = eligibility->present,
                            .has_region = region->present,
                            .as_of = as_of(mapper)};
    fact.sex = sex->present ? sex->as.choice : 0;
    fact.birth_date = birth->present ? birth->as.date : 0;
    fact.death_date = death->present ? death->as.date : 0;
    if (eligibility->present) {
        fact.eligibility = eligibility->as.intervals.items;
        fact.eligibility_count = eligibility->as.intervals.count;
    }
    if (region->present) {
        fact.region = region->as.text;
    }
    return ca_facts_add_patient(facts, &fact, err);
}

static int add_provider(ca_mapper *mapper, ca_facts *facts, ca_error *err)
{
    const ca_cell *specialty = value_of(mapper, CA_F_SPECIALTY);
    const ca_cell *region = value_of(mapper, CA_F_PROVIDER_REGION);
    const ca_cell *level = value_of(mapper, CA_F_PROVIDER_LEVEL);
    const ca_cell *organisation = value_of(mapper, CA_F_ORGANISATION_ID);
    ca_provider_fact fact = {.provider_id = value_of(mapper, CA_F_PROVIDER_ID)->as.text,
                             .has_specialty = specialty->present,
                             .has_region = region->present,
                             .has_level = level->present,
                             .has_organisation = organisation->present,
                             .as_of = as_of(mapper)};
    if (specialty->present) {
        fact.specialty = specialty->as.code;
    }
    if (region->present) {
        fact.region = region->as.text;
    }
    if (level->present) {
        fact.level = level->as.text;
    }
    if (organisation->present) {
        fact.organisation_id = organisation->as.text;
    }
    return ca_facts_add_provider(facts, &fact, mapper->codes, err);
}

static int decode_others(ca_mapper *mapper, ca_error *err)
{
    mapper->missed_count = 0;
    for (size_t i = 0; i < mapper->op_count; i++) {
        int rc = mapper->ops[i].early ? 0 : ca_decode_counted(mapper, &mapper->ops[i], 0);
        if (rc) {
            return rc == CA_NOMEM ? ca_error_nomem(err)
                                  : ca_error_set(err, rc, "more than %u different codes in one run",
                                                 CA_CODES_LIMIT);
        }
    }
    return 0;
}

int ca_mapper_fact(ca_mapper *mapper, const ca_row *row, ca_facts *facts, ca_mapped *ret_mapped,
                   ca_error *err)
{
    ca_mapped mapped = {0};
    bool patients = mapper->layout->records == CA_RECORDS_PATIENTS;
    int rc = 0;
    bool totals = mapper->layout->total_count > 0;
    if (totals && ca_totals_take(mapper, row, &mapped)) {
        *ret_mapped = mapped;
        return 0;
    }
    if (ca_check_shape(mapper, row, &mapped) && ca_check_filters(mapper, &mapped) &&
        ca_check_spreadsheet(mapper, row->raw, false, &mapped)) {
        if (ca_check_identity(mapper, &mapped)) {
            return ca_error_nomem(err);
        }
        if (!mapped.reject) {
            rc = decode_others(mapper, err);
            rc = rc         ? rc
                 : patients ? add_patient(mapper, facts, err)
                            : add_provider(mapper, facts, err);
        }
        if (rc == CA_END) {
            mapped.skip = patients ? "placeholder patient_id" : "placeholder provider_id";
            rc = 0;
        }
    }
    if (rc == 0 && totals && !mapped.reject && ca_totals_add(mapper)) {
        return ca_error_nomem(err);
    }
    if (rc == 0) {
        *ret_mapped = mapped;
    }
    return rc;
}

ca_value ca_mapper_fact_value(const ca_mapper *mapper, unsigned column)
{
    const ca_cell *cell = value_of(mapper, column);
    ca_value value = {.type = mapper->profile->schema.columns[column].type,
                      .present = cell->present,
                      .field = column};
    switch (value.type) {
    case CA_TYPE_DATE:
        value.as.date = cell->as.date;
        break;
    case CA_TYPE_CODE:
        value.as.code = cell->as.code;
        break;
    case CA_TYPE_ENUM:
        value.as.choice = cell->as.choice;
        break;
    case CA_TYPE_ID:
    case CA_TYPE_TEXT:
        value.as.text = cell->as.text;
        break;
    case CA_TYPE_INTERVALS:
        value.as.intervals.items = cell->as.intervals.items;
        value.as.intervals.count = cell->as.intervals.count;
        break;
    case CA_TYPE_INT:
    case CA_TYPE_DECIMAL:
    case CA_TYPE_MONEY:
    case CA_TYPE_CODES:
        value.present = false; /* no fact is of these types */
        break;
    }
    return value;
}
