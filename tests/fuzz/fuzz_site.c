/* Any bytes as a site's file: read with the keys of the program, every value checked as an option and given to rules. */
#include <string.h>

#include "cli/commands.h"
#include "cli/site_file.h"
#include "cli/value.h"
#include "fuzz/fuzz.h"

static void check_value(const ca_yaml_file *file, const ca_option *option, const ca_site_value *value)
{
    ca_text rule, parameter, text;
    ca_error err = {0};
    int rc = ca_option_check(option, "it", value->text, &err);
    fuzz_require(value->line >= 1 && value->line <= file->line_count && value->column >= 1);
    fuzz_require(ca_text_utf8_valid(ca_text_of(value->text)));
    fuzz_require(strlen(value->text) <= CA_SITE_TEXT + 200 && strpbrk(value->text, "\n\r\t\033") == NULL);
    fuzz_require(rc == 0 || (rc == CA_USAGE && err.text[0]));
    if (ca_option_kind(option) == CA_VALUE_PARAMETER)
        fuzz_require(rc == 0 && ca_value_parameter(value->text, &rule, &parameter, &text) &&
                     rule.len + parameter.len + text.len + 2 == strlen(value->text));
    if (ca_option_kind(option) == CA_VALUE_SWITCH)
        fuzz_require(rc == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ca_arena arena;
    ca_diags diags, again;
    ca_yaml_file file;
    ca_site site;
    ca_site_keys keys;
    ca_text source = {(const char *)data, size};
    ca_arena_init(&arena);
    ca_diags_init(&diags, &arena);
    ca_diags_init(&again, &arena);
    fuzz_require(ca_yaml_parse("site.yaml", source, &arena, &again, &file, NULL) == 0);
    fuzz_require(ca_site_file_keys(&ca_cmd_config, &arena, &keys, NULL) == 0);
    fuzz_require(ca_site_parse("site.yaml", source, keys.keys, keys.count, &arena, &diags, &site, NULL) == 0);
    fuzz_require(diags.errors >= again.errors);
    for (size_t i = 0; i < site.count; i++) {
        fuzz_require(site.values[i].key < keys.count);
        check_value(&file, keys.options[site.values[i].key], &site.values[i]);
    }
    ca_diags_done(&again);
    ca_diags_done(&diags);
    ca_arena_done(&arena);
    return 0;
}
