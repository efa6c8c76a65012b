/* Finds what ships with the program: rules and profiles, beside the installed binary or in the source tree. */
#include "cli/command.h"

#include <string.h>

const char *ca_share_profile(ca_cli *cli, const char *name)
{
    size_t len = strlen(name);
    bool is_path = strchr(name, '/') || (len > 5 && strcmp(name + len - 5, ".yaml") == 0);
    return is_path ? name : ca_arena_printf(&cli->arena, "%s/data/profiles/%s.yaml", cli->share, name);
}

const char *ca_share_rules(ca_cli *cli)
{
    return ca_arena_printf(&cli->arena, "%s/rules", cli->share);
}
