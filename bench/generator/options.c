/* Reads the command line of the generator, with a limit for every number. */
#include "generator/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "generator/worlds.h"

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
            "       generate --world rings --out DIR --lines N [--seed S] [--patients N] [--providers N] [--check]\n"
            "       generate --world harbin --out DIR [--seed S] [--check]\n",
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
        ret_options->kind = gen_kind_named(value);
        return ret_options->kind != NULL;
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

/* What was not given follows from the number of lines, in each world in its own way. */
static int settle_sizes(gen_options *options)
{
    const gen_kind *kind = options->kind;
    bool planted = options->rate != RATE_USUAL || options->broken != 0 || !options->schemes;
    bool sized = (options->lines | options->patients | options->providers) != 0;

    if ((planted && !kind->planted) || (sized && !kind->sized))
        return usage("an option is not for the world ", kind->name);
    if (options->folder == NULL || (kind->sized && options->lines == 0))
        return usage("--out and --lines are needed", "");
    if (kind->sized && options->patients == 0)
        options->patients = within(options->lines / kind->lines_a_patient, PATIENTS_LEAST, PATIENTS_MOST);
    if (kind->sized && options->providers == 0)
        options->providers = within(options->lines / kind->lines_a_provider, PROVIDERS_LEAST, PROVIDERS_MOST);
    return 0;
}

int gen_read_options(int argc, char **argv, gen_options *ret_options)
{
    *ret_options = (gen_options){.kind = gen_kind_usual(), .rate = RATE_USUAL, .schemes = true, .seed = 1};
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
    return settle_sizes(ret_options);
}
