/* What a command needs before it reads claims: dictionary, vocabulary, profile, reference data and rules. */
#ifndef CA_RUN_SETUP_H
#define CA_RUN_SETUP_H

#include "map/profile.h"
#include "rules/feature.h"
#include "run/scan.h"

typedef struct ca_setup {
    ca_arena *arena;             /* borrowed */
    ca_codes codes;
    ca_vocabulary vocabulary;
    ca_profile *profile;         /* NULL when none was asked for */
    ca_schema schema;            /* the profile's, or the plain dictionary */
    ca_refs *refs;
    ca_ruleset *rules;
    ca_featureset *features;
    const char **packs_left_out; /* shipped packs of other jurisdictions */
    size_t packs_left_out_count;
    const char **notes;          /* sets replaced, rules switched off, parameters: what the site changed, for people */
    size_t note_count;
    const char *settings_json;   /* rules switched off and parameters as further keys of an object, each with its comma */
} ca_setup;

typedef struct ca_setup_options {
    ca_disk *disk;
    const char *profile;                 /* NULL = none: every pack is loaded */
    const char *shipped_rules;
    const char *const *rule_folders;     /* folders or single files */
    size_t rule_folder_count;
    bool only_rules;
    const ca_override *changes;          /* what the site says of rules */
    size_t change_count;
    bool unlocked;                       /* rules.lock is not looked at */
    const char *only_from;               /* a file or folder: the rules in it and no others, with the sets of all
                                          * packs and those beside it; NULL = all rules */
} ca_setup_options;

/* Loads everything, reporting every error of every file to diags; CA_CONFIG when there was one. _done in any case. */
int ca_setup_load(const ca_setup_options *options, ca_arena *arena, ca_diags *diags, ca_setup *setup,
                  ca_error *err);
void ca_setup_done(ca_setup *setup);
/* setup_notes.c: fills notes and settings_json. */
int ca_setup_note(ca_setup *setup, ca_error *err);

#endif
