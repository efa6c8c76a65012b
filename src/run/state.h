/* The state of one scan, shared by the files of this room and by nobody else. */
#ifndef CA_RUN_STATE_H
#define CA_RUN_STATE_H

#include <string.h>

#include "base/threads.h"
#include "map/mapper.h"
#include "rules/explain.h"
#include "rules/kind.h"
#include "rules/trigger.h"
#include "run/scan.h"
#include "run/setup.h"
#include "store/exchange.h"
#include "store/keyed.h"
#include "store/spool.h"

#define CA_SAMPLE_KEPT 100        /* excused and unknown units stored per rule */
#define CA_SAMPLE_CANDIDATES 128  /* more, because some turn out to be dropped lines */
#define CA_VERDICT_WORDS (5 * CA_BATCH_ROWS_MAX / 64)

/* One input file and what became of its rows. */
typedef struct ca_run_file {
    const char *path;             /* as shown */
    const char *read_path;        /* what is opened: standard input and pipes are spooled first */
    bool spooled;                 /* read_path is ours to remove */
    uint64_t streamed;            /* bytes that came before they were spooled */
    bool packed;                  /* gzip or zstd */
    const ca_layout *layout;      /* NULL: `use: ignore` */
    ca_csv_format format;
    bool opened;
    ca_file_info info;            /* when it was looked at first: every reading must find the same, to its end */
    ca_digest digest;             /* of the decompressed bytes */
    uint32_t rank;                /* of the digest among the files */
    uint64_t bytes;
    uint64_t rows_read, rows_accepted, rows_rejected, rows_skipped;
    uint64_t lines, lines_dropped, rows_dropped, claims;
    bool from_supplied;           /* has a from_date */
    const ca_reversal *reversal;  /* of its layout, or NULL */
    uint64_t claim_stamp;         /* last claim counted for this file */
    ca_totals totals;
    const char *totals_wrong;     /* its total rows contradict its rows: in words, or NULL */
    ca_column_count *columns;
    size_t column_count;
} ca_run_file;

/* The units with the smallest hashes: the same ones whatever the order of files. */
typedef struct ca_sample {
    uint64_t heap[CA_SAMPLE_CANDIDATES];     /* largest first */
    size_t count;
} ca_sample;

/* What a rule has said so far, over the units that still count. */
typedef struct ca_tally {
    uint64_t offered, hit, excused, unknown, not_applicable;
    uint64_t *blame;              /* by blame slot */
    ca_sample excused_sample, unknown_sample;
} ca_tally;

/* A finding that survived: where its bytes are, and by what it is ranked. */
typedef struct ca_kept {
    int64_t rank;                 /* hit: exposure; excused and unknown: the complement of the unit's hash */
    uint64_t key_high, key_low;
    uint64_t content;             /* hash of what it says: with rows: all two versions of a line share a key */
    uint64_t position;            /* in the finding spool */
} ca_kept;

typedef struct ca_kept_list {     /* a heap, the one to give up first on top */
    ca_kept *items;
    size_t count, cap, limit;
    uint64_t offered;             /* findings there were */
    int64_t exposure;             /* of all of them, minor units; where it does not fit, the largest number */
    uint64_t exposure_missing;    /* findings without one */
} ca_kept_list;

/* Rules whose kind gathers its units in the same place. */
typedef struct ca_rule_group {
    ca_rule **rules;
    uint32_t *index;              /* in the rule set */
    size_t count;
} ca_rule_group;

/* A column as it goes through the claim exchange. */
typedef struct ca_projected {
    unsigned column;
    ca_type type;
    size_t size;                  /* of a value; 0 = a slice */
    size_t element;               /* of a slice */
} ca_projected;

typedef struct ca_projection {
    ca_projected *columns;
    unsigned count;
    unsigned fixed;               /* the first ones: their values have a size, the others are slices */
    size_t fixed_room;            /* bytes of those, when all are there */
    size_t room;                  /* bytes a row takes without the contents of its slices */
} ca_projection;

/* Where a source row can be found again. */
typedef struct ca_place {
    uint32_t file;
    uint32_t length;
    uint64_t offset;
    uint64_t row;
    int64_t line_no;
    bool undone;                  /* by a reversal: rules that see all rows still see it */
} ca_place;

typedef struct ca_places {
    ca_place *items;
    size_t count, cap;
} ca_places;

/* A file whose bytes a library's caller handed in: packed, at path; removed by who put it there. */
typedef struct ca_pushed {
    const char *name;
    const char *path;
} ca_pushed;

typedef struct ca_scan_state ca_scan_state;
typedef struct ca_several ca_several;    /* run/several.h */
typedef struct ca_across ca_across;
typedef struct ca_pieces ca_pieces;      /* run/pieces.h */
typedef struct ca_measuring ca_measuring;      /* run/measuring.h */
typedef struct ca_scoring ca_scoring;          /* run/scoring.h */

/* Rows that are to take out lines (repeated ones left out), and of those the ones that found one. */
typedef struct ca_net_counts {
    uint64_t reversals, reversals_answered;    /* of layouts that say what reversals undo */
    uint64_t voids, voids_answered;            /* answered also where the line was superseded already */
} ca_net_counts;

/* Takes the place of judging: sees every frame with its rules. */
typedef int (*ca_observe)(void *context, ca_scan_state *scan, const ca_frame *frame, const ca_rule_group *group,
                          const uint64_t *subset, ca_error *err);
/* Sees the lines of one claim id and type once it is known which of them count. */
typedef struct ca_settled_line ca_settled_line;
typedef int (*ca_observe_lines)(void *context, const ca_settled_line *lines, size_t count, ca_error *err);

struct ca_scan_state {
    const ca_scan_options *options;
    ca_scan_summary *summary;
    ca_arena *arena;              /* of the run, or the thread */
    ca_scan_state *run;           /* of which this is a thread's copy; NULL = none is */
    ca_setup *setup;              /* NULL: _begin loads it; else it was loaded before and outlives the scan */
    ca_setup own_setup;
    bool every_status;            /* drafts and retired rules run, too */
    const ca_pushed *pushed;      /* inputs besides those of the options */
    size_t pushed_count;
    ca_text only_claim;           /* lines of other claims are read past, but for reversals that name it; ptr NULL = all */
    ca_observe observe;           /* or NULL */
    ca_observe_lines observe_lines;   /* or NULL */
    void *observe_context;
    bool begun;
    ca_run_file *files;
    size_t file_count;
    ca_file *lock;
    ca_file *work_lock;           /* in the folder of a scan without a report */
    const char *work;             /* folder of temporary files; */
    ca_disk *temporary;           /* most of them: base/scratch.h */
    ca_facts *facts;
    ca_joins joins;
    uint8_t *needed;              /* by column: a rule that runs reads it, or a feature; */
    uint8_t *joined;              /* and facts among them are joined as lines are read */
    uint8_t *stored;              /* by column: enters batches */
    uint8_t *of_unit, *of_lines;  /* by column: claim rules read it of the claim, of its lines */
    ca_projection unit_columns, line_columns;
    ca_rule_group line_rules, claim_rules;
    ca_several *several;          /* rules of several lines; NULL when none runs */
    ca_pieces *pieces;            /* claims that come in several files; NULL when none does */
    ca_measuring *measuring;      /* what entities are measured by; NULL when nothing is */
    bool role_may_lack[CA_ROLE_COUNT];    /* facts of this role only features read: min_match is not for them */
    struct ca_run_scored *entities;    /* run/scores.h: those that were scored; NULL: none were */
    ca_rule_group live_rules;     /* line rules without `rows: all` */
    ca_tally *tallies;            /* by index in the rule set */
    uint64_t *verdict_words;      /* bitmaps of one verdict and a mask, for the largest frame: CA_VERDICT_WORDS */
    ca_mutex *keeping;            /* who holds it may keep findings; NULL = one thread */
    ca_eval *eval;
    ca_trigger *trigger;          /* conditions that are judged in the stream */
    ca_trigger *claim_trigger;    /* those of claim rules */
    ca_arena scratch;             /* of one finding */
    ca_batch *batch;
    uint64_t *claim_hash;         /* by batch row */
    uint16_t *row_lines;          /* by batch row: lines its source row became */
    ca_exchange *exchange;
    ca_spool *findings;           /* that survived settling */
    ca_spool *rejects;
    ca_spool *incomplete_patients;    /* NULL until a row with a patient is rejected */
    ca_kept_list *kept;           /* [3 * rule + outcome]: hit, excused, unknown */
    ca_buf bytes, more_bytes;     /* scratch for encoding */
    uint64_t *header_conflicts;   /* by column */
    uint64_t claims, claims_incomplete;
    uint64_t claims_too_large;    /* not settled */
    uint64_t *reversed;           /* NULL, or a filter of the marks of reversals that undo lines of other claims */
    bool any_reversed;            /* it is not empty */
    ca_across *across;            /* while claims are settled and it is not empty */
    ca_scoring *scoring;          /* by which model they are scored; NULL when none are */
    const char *model_db;         /* report whose model they are scored by; NULL = that of the options */
    bool fits_model;              /* a new model is made, whether there is one or not */
    const struct ca_scored *scored;    /* run/score_findings.h: what was scored; NULL: nothing was */
    ca_net_counts net;
    uint64_t lines_undone, findings_undone;    /* by reversals and voids */
    uint64_t lines_voided;        /* of these, by voids */
    uint64_t bytes_before, rows_before;    /* of the files that are read */
    uint64_t watched;             /* bytes written when the disk was looked at last */
    uint64_t held;                /* memory when the rules were loaded, and then with the tables: run/budget.h */
    uint64_t held_before;         /* by others, when the run began */
    bool tables_held;
    int64_t started_ms;
    int64_t phase_cpu, phase_wall, thread_start;    /* clocks when the phase, and the run, began: run/timing.h */
};

/* engine.c: everything of a scan but its lock and its report. Set options, summary (zeroed) and arena before _begin; then
 * _end in any case. */
int ca_engine_begin(ca_scan_state *scan, ca_diags *diags, ca_error *err);
int ca_engine_read(ca_scan_state *scan, ca_error *err);     /* reads, judges, settles and scores; */
int ca_engine_judge(ca_scan_state *scan, ca_error *err);    /* then checks whether the findings may be used, too */
ca_date ca_scan_day(const ca_scan_state *scan);    /* on which the run began */
void ca_engine_end(ca_scan_state *scan);      /* closes the lock, too */
/* In order of rule, then hits before excused before unknown, then rank. The finding lives until the visit returns. */
typedef int (*ca_finding_visit)(void *context, const ca_finding *finding, ca_error *err);
int ca_engine_findings(ca_scan_state *scan, ca_finding_visit visit, void *context, ca_error *err);

/* scan.c: the whole night, for those who look at the state afterwards; then ca_engine_end. Takes the lock
 * unless that was done. */
int ca_scan_run(ca_scan_state *scan, ca_diags *diags, ca_error *err);

/* A hit, excused or sampled unknown unit with its finding. */
typedef int (*ca_emit)(ca_scan_state *scan, unsigned unit, const ca_finding *finding, ca_error *err);

/* leftovers.c: removes temporary files of a killed run and makes the folder for those of this one. */
int ca_work_open(ca_scan_state *scan, ca_error *err);
void ca_work_close(ca_scan_state *scan);       /* after those who had files in it */
void ca_work_sweep(ca_scan_state *scan, const char *folder);    /* that a killed run left elsewhere */

/* group.c: does nothing without a group. */
int ca_share(const ca_scan_state *scan, const char *path, ca_error *err);
int ca_share_kept(ca_scan_state *scan, ca_error *err);   /* everything that is kept from earlier runs */

/* room.c: enough for what is to come, by the sizes of the files; by what was found; and, while reading, still a reserve. */
#define CA_ROOM_RESERVE (UINT64_C(16) << 20)
int ca_room_check(ca_scan_state *scan, ca_error *err);
int ca_room_check_findings(ca_scan_state *scan, ca_error *err);
int ca_room_watch(ca_scan_state *scan, uint64_t written, ca_error *err);    /* looks when it is 4 MiB more than before */

/* lock.c: one run at a time. CA_BUSY says who holds the lock. */
int ca_lock_take(ca_scan_state *scan, ca_error *err);
int ca_lock_sign(ca_scan_state *scan, ca_error *err);    /* says that this run does */
void ca_lock_release(ca_scan_state *scan);

/* intake.c: inputs to files with layouts. Problems of headers go to diags. */
int ca_intake(ca_scan_state *scan, ca_diags *diags, ca_error *err);
void ca_intake_done(ca_scan_state *scan);      /* removes what intake spooled, also after an error */

/* read_claims.c: rows of claim files to batches, judged by line rules. */
int ca_read_claims(ca_scan_state *scan, ca_error *err);
int ca_judge_batch(ca_scan_state *scan, ca_error *err);    /* in one thread, and empties it */
/* engine.c: an index of the conditions of these rules. */
int ca_trigger_of(const ca_rule_group *group, ca_trigger **ret_trigger, ca_error *err);

/* stream.c: rows to facts, and what reading files has in common. */
int ca_read_facts(ca_scan_state *scan, ca_error *err);
/* A file being read, behind its header. */
typedef struct ca_input {
    ca_source *source;
    ca_rows *rows;
    ca_mapper *mapper;
    uint64_t title_rows;          /* before the header: read and skipped */
} ca_input;
int ca_input_open(ca_scan_state *scan, ca_run_file *file, ca_input *ret_input, ca_error *err);
void ca_input_close(ca_input *input);
int ca_count_mapped(ca_scan_state *scan, uint32_t index, const ca_row *row, const ca_mapped *mapped, ca_error *err);
/* What the mapper counted, into the file's record. */
int ca_input_counts(ca_scan_state *scan, ca_run_file *file, const ca_input *input, ca_error *err);
/* Also records, or checks against, the file's size and time. */
#define CA_STILL_DELIVERED "%s: is still being delivered: it changed while it was read; scan it again when it is complete"
int ca_open_source(ca_scan_state *scan, ca_run_file *file, ca_source **ret_source, ca_error *err);
/* After the last byte of a reading: nothing was added, taken away or put in the place of the file. Of a failed reading (rc) that is why it
 * failed, where it is not; else rc. */
int ca_source_still(const ca_scan_state *scan, const ca_run_file *file, int rc, ca_error *err);
void ca_progress(const ca_scan_state *scan, uint64_t bytes, uint64_t rows);    /* of the file being read */
int ca_input_finish(ca_scan_state *scan, ca_run_file *file, ca_input *input, ca_error *err);    /* all of it was read */
/* A row that the reader or the mapper refused. */
int ca_reject_row(ca_scan_state *scan, uint32_t file, const ca_row *row, const char *column, const char *reason,
                  ca_error *err);
/* The mapper of a file, for rows read a second time. */
int ca_open_mapper(ca_scan_state *scan, uint32_t file, ca_mapper **ret_mapper, ca_error *err);

/* rejects.c */
typedef struct ca_reject {
    uint32_t file;
    uint64_t row, offset;
    ca_text column;               /* "" = the row */
    ca_text reason;
    ca_text raw;
} ca_reject;
int ca_reject_add(ca_scan_state *scan, const ca_reject *reject, ca_error *err);
int ca_reject_next(ca_scan_state *scan, uint64_t *cursor, ca_buf *bytes, ca_reject *ret_reject, ca_error *err);
int ca_rejects_check(ca_scan_state *scan, ca_error *err);

/* incomplete.c: what is left of a rejected row marks its claim, and its patient, as incomplete. */
int ca_mark_incomplete(ca_scan_state *scan, const ca_whose *whose, ca_error *err);    /* NULL: nothing is left */
/* The patients of rejected rows, in any order and as often as they were seen: start at *cursor = 0; CA_END after the last. */
int ca_incomplete_patient(ca_scan_state *scan, uint64_t *cursor, ca_buf *bytes, ca_text *ret_patient_id, ca_error *err);

/* judge.c: one frame, one group of rules. subset NULL = all units. sign -1 takes counts back and emits nothing. */
int ca_judge(ca_scan_state *scan, const ca_frame *frame, const ca_rule_group *group, const uint64_t *subset,
             int sign, ca_emit emit, ca_error *err);
uint64_t ca_unit_hash(uint64_t claim_hash, int64_t number);
bool ca_sample_admits(ca_sample *sample, uint64_t hash);    /* among the smallest so far */
uint64_t ca_claim_hash(unsigned claim_type, ca_text claim_id);

#include "run/settled.h"    /* lines in the claim exchange, versions, netting, claims */

/* reread.c: source rows a second time, in order of file and offset. */
int ca_places_add(ca_places *places, const ca_place *place, ca_error *err);
typedef int (*ca_reread_visit)(void *context, const ca_place *place, ca_text raw, ca_error *err);
int ca_reread(ca_scan_state *scan, ca_places *places, ca_reread_visit visit, void *context, ca_error *err);

/* undo.c: takes back what line rules said of dropped lines; empties the list. One thread at a time. */
int ca_undo_dropped(ca_scan_state *scan, ca_places *places, ca_error *err);

/* keep.c */
int ca_keep(ca_scan_state *scan, const ca_finding *finding, ca_error *err);
/* The same where the unit is known by a hash of its own: the one by which it was sampled. */
int ca_keep_unit(ca_scan_state *scan, const ca_finding *finding, uint64_t hash, ca_error *err);
/* Would an excused or unknown unit of this hash be kept? If not, it need not be explained. */
bool ca_keep_would(const ca_scan_state *scan, uint32_t rule, ca_outcome outcome, uint64_t hash);
void ca_kept_sort(ca_kept_list *list);
/* worker.c: a tally for every rule. */
int ca_tallies_new(const ca_scan_state *scan, ca_arena *arena, ca_tally **ret_tallies, ca_error *err);

/* summary.c: fills the summary; then the checks that decide whether anything is written. */
int ca_summarise(ca_scan_state *scan, ca_error *err);
int ca_add_alarm(ca_scan_state *scan, const char *text, ca_error *err);    /* text NULL: no memory */
int ca_add_note(ca_scan_state *scan, const char *text, ca_error *err);
int ca_check_totals(ca_scan_state *scan, ca_error *err);

/* publish.c: evidence, then the one transaction. CA_END: this very run is there already. */
int ca_publish(ca_scan_state *scan, ca_error *err);
/* Before anything is read: may the copy be written where it is to be? */
int ca_publish_check(const ca_scan_state *scan, ca_error *err);
int ca_run_identity(const ca_scan_state *scan, ca_digest *ret_identity, ca_error *err);
/* Of the exchanges by key: what is known before anything is read. */
int ca_run_manifest(const ca_scan_state *scan, ca_manifest *ret_manifest, ca_error *err);

#endif
