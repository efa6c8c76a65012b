/* Reads the command line of the generator, with a limit for every number. */
#include "generator/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINES_MOST      4000000000u
#define PATIENTS_LEAST  400
#define PATIENTS_MOST   100000000u
#define PROVIDERS_LEAST 80
#define PROVIDERS_MOST  5000000u
#define RATE_USUAL      10

static int usage(const char *problem, const char *what)
{
    fprintf(stderr,
            "generate: %s%s\n"
            "usage: generate --out DIR --lines N [--seed S] [--patients N] [--providers N]\n"
            "                [--schemes yes|no] [--rate PER_10000] [--broken PERCENT] [--check]\n"
            "       generate --out DIR --world harbin [--seed S] [--check]\n",
            problem, what);
    return 2;
}

static bool read_number(const char *text, uint64_t least, uint64_t most, uint64_t *ret_number)
{
    char *end = NULL;
    unsigned long long number;

    if (text[0] < '0' || text[0] > '9')
        return false;
    errno = 0;
    number = strtoull(text, &end, 10);
    if (errno != 0 || *end != 0 || number < least || number > most)
        return false;
    *ret_number = number;
    return true;
}

static bool read_option(const char *name, const char *value, gen_options *ret_options)
{
    if (strcmp(name, "--out") == 0) {
        ret_options->folder = value;
        return value[0] != 0;
    }
    if (strcmp(name, "--schemes") == 0) {
        ret_options->schemes = strcmp(value, "yes") == 0;
        return ret_options->schemes || strcmp(value, "no") == 0;
    }
    if (strcmp(name, "--world") == 0) {
        ret_options->harbin = strcmp(value, "harbin") == 0;
        return ret_options->harbin;
    }
    if (strcmp(name, "--lines") == 0)
        return read_number(value, 1, LINES_MOST, &ret_options->lines);
    if (strcmp(name, "--seed") == 0)
        return read_number(value, 0, UINT64_MAX, &ret_options->seed);
    if (strcmp(name, "--patients") == 0)
        return read_number(value, PATIENTS_LEAST, PATIENTS_MOST, &ret_options->patients);
    if (strcmp(name, "--providers") == 0)
        return read_number(value, PROVIDERS_LEAST, PROVIDERS_MOST, &ret_options->providers);
    if (strcmp(name, "--rate") == 0)
        return read_number(value, 1, 5000, &ret_options->rate);
    if (strcmp(name, "--broken") == 0)
        return read_number(value, 0, 50, &ret_options->broken);
    return false;
}

static uint64_t within(uint64_t value, uint64_t least, uint64_t most)
{
    return value < least ? least : value > most ? most : value;
}

int gen_read_options(int argc, char **argv, gen_options *ret_options)
{
    *ret_options = (gen_options){.rate = RATE_USUAL, .schemes = true, .seed = 1};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--check") == 0) {
            ret_options->check = true;
            continue;
        }
        if (i + 1 == argc)
            return usage("a value is missing after ", argv[i]);
        if (!read_option(argv[i], argv[i + 1], ret_options))
            return usage("unknown option, or its value is out of range: ", argv[i]);
        i++;
    }
    if (ret_options->harbin) {
        bool plain = ret_options->lines == 0 && ret_options->patients == 0 && ret_options->providers == 0 &&
                     ret_options->rate == RATE_USUAL && ret_options->broken == 0 && ret_options->schemes;
        return ret_options->folder != NULL && plain ? 0 : usage("--world takes --out, --seed and --check only", "");
    }
    if (ret_options->folder == NULL || ret_options->lines == 0)
        return usage("--out and --lines are needed", "");
    if (ret_options->patients == 0)
        ret_options->patients = within(ret_options->lines / 8, PATIENTS_LEAST, PATIENTS_MOST);
    if (ret_options->providers == 0)
        ret_options->providers = within(ret_options->lines / 160, PROVIDERS_LEAST, PROVIDERS_MOST);
    return 0;
}
