/* The libraries of this build: what each is for, and what a build without one cannot do. */
#ifndef CA_CLI_FEATURES_H
#define CA_CLI_FEATURES_H

#include "cli/command.h"

typedef struct ca_build_feature {
    const char *name;       /* of the meson option, for an optional one; else of the library */
    const char *library;
    const char *version;    /* it was built with; NULL = not in this build */
    const char *purpose;
    const char *without;    /* optional ones: the command that is missing, and what to do; NULL = always there */
} ca_build_feature;

extern const ca_build_feature ca_build_features[];    /* ends with a NULL name */

/* 0 when the feature is in this build, else CA_USAGE with its `without`. */
int ca_feature_need(const char *name, ca_error *err);
/* claimaudit --version. */
void ca_features_print(ca_cli *cli);

#endif
