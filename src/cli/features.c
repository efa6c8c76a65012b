/* What this build was made with. To add one: its row here and its version in cli/meson.build. */
#include "cli/features.h"

#include <string.h>

#include "cli/build_info.h"
#include "run/scan.h"

#ifdef CA_HAVE_XLSX
#define XLSX_VERSION CA_XLSX_VERSION
#else
#define XLSX_VERSION NULL
#endif
#ifdef CA_HAVE_OPENBLAS
#define OPENBLAS_VERSION CA_OPENBLAS_VERSION
#else
#define OPENBLAS_VERSION NULL
#endif

const ca_build_feature ca_build_features[] = {
    {"sqlite3", "SQLite", CA_SQLITE_VERSION, "the report", NULL},
    {"yaml", "libyaml", CA_YAML_VERSION, "profiles, rules, sets", NULL},
    {"csv", "libcsv", "3", "delimited text", NULL},
    {"zlib", "zlib", CA_ZLIB_VERSION, "claim files in gzip", NULL},
    {"zstd", "zstd", CA_ZSTD_VERSION, "claim files in zstd, the evidence file, temporary files", NULL},
    {"xxhash", "xxHash", CA_XXHASH_VERSION, "digests of contents and keys", NULL},
    {"sodium", "libsodium", CA_SODIUM_VERSION, "SHA-256 of rules and tables", NULL},
    {"xlsx", "libxlsxwriter", XLSX_VERSION, "claimaudit export FILE.xlsx",
     "claimaudit export FILE.xlsx is missing: it was built without libxlsxwriter; export FILE.csv instead, or build it "
     "with -Dxlsx=enabled (Debian: libxlsxwriter-dev)"},
    {"openblas", "OpenBLAS", OPENBLAS_VERSION, "linear algebra of the scorer",
     "nothing is missing: the scorer uses plain loops, which are slower"},
    {0}};

int ca_feature_need(const char *name, ca_error *err)
{
    const ca_build_feature *feature = ca_build_features;
    while (feature->name && strcmp(feature->name, name) != 0) {
        feature++;
    }
    return feature->version ? 0 : ca_error_set(err, CA_USAGE, "in this build %s", feature->without);
}

void ca_features_print(ca_cli *cli)
{
    fprintf(cli->out, "claimaudit %s\n\nBuilt with:\n", CA_VERSION);
    for (const ca_build_feature *feature = ca_build_features; feature->name; feature++) {
        if (feature->version) {
            fprintf(cli->out, "  %-14s %-8s %s\n", feature->library, feature->version, feature->purpose);
        }
    }
    bool any = false;
    for (const ca_build_feature *feature = ca_build_features; feature->name; feature++) {
        if (!feature->version) {
            fprintf(cli->out, "%s  %-14s %s\n", any ? "" : "\nBuilt without:\n", feature->library, feature->without);
            any = true;
        }
    }
}
