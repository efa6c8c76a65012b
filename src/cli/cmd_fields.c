/* claimaudit fields: the field dictionary. */
#include "cli/commands.h"

#include "claim/field.h"

static int run(ca_cli *cli, const ca_arguments *arguments, ca_error *err)
{
    static const char *const names[] = {"level", "name", "type", "unit", "meaning"};
    ca_format format;
    int rc = ca_argument_format(arguments, &format, err);
    if (rc || arguments->word_count) {
        return rc ? rc : ca_error_set(err, CA_USAGE, "fields takes no further words");
    }
    ca_output *output = ca_output_new(cli, format);
    if (!output) {
        return ca_error_nomem(err);
    }
    for (unsigned i = 0; rc == 0 && i < CA_FIELD_COUNT; i++) {
        const ca_field *field = &ca_fields[i];
        ca_text unit = ca_text_of(field->unit[0] ? field->unit : field->family);
        ca_text cells[] = {ca_text_of(ca_level_name(field->level)), ca_text_of(field->name),
                           ca_text_of(ca_type_name(field->type)), unit, ca_text_of(field->meaning)};
        rc = ca_output_row(output, names, cells, 5);
    }
    ca_output_end(output);
    return rc ? ca_error_nomem(err) : 0;
}

const ca_command ca_cmd_fields = {
    .name = "fields",
    .summary = "print the field dictionary",
    .synopsis = "[--format table|csv|json]",
    .description = "Prints every field: the names that profiles, rules, test tables, messages and views use.\n"
                   "Fields of a provider are written with a role: billing.specialty, facility.provider_level.\n"
                   "A site's own fields are written x.name and declared by its profile.",
    .options = (const ca_option[]){{"format", "FORMAT", "table, csv or json", false}, {0}},
    .run = run};
