/* Room on the disks: what a run will need is estimated before it reads, and refused with both numbers where there is less;
 * what it takes is watched while it reads. docs/operations.md has the measurements behind the shares. */
#include "run/score_findings.h"
#include "run/state.h"

#define MIB (UINT64_C(1) << 20)

/* Packed claims are taken for six times their size (gzip and zstd made 5.3 and 5.9 of generated claims). */
#define EXPANSION 6u
/* Lines on their way to their claims: 0.9 bytes were written per byte of claims; with more rules, more columns travel. Findings
 * travel with them: a rule that hits everything takes far more, which only the watch can see. */
#define WORK_PERCENT 160u
/* Besides, lines that wait until their claims are settled, for rules of several lines: 1.7 bytes, with the shipped rules and
 * hardly any memory. */
#define SEVERAL_PERCENT 120u
/* Report, its write-ahead log and the evidence: 1.4 % of a million lines; a small report is mostly rules. */
#define REPORT_PERCENT 3u
#define REPORT_LEAST (8 * MIB)
/* A finding in the report, in its log while it is written, and as evidence: 1,950 bytes were measured, and evidence of claims
 * is longer. Rejects take less. */
#define FINDING_BYTES 4096u
#define REJECT_BYTES 1024u
/* A score with three reasons, in the report and in its log: 1,260 bytes were measured in the tables, with their indices. */
#define SCORE_BYTES 2560u

#define WATCH_EVERY (4 * MIB)    /* well below the reserve */

/* What one folder has to hold, and of what. */
struct need {
    const char *folder;
    const char *what;
    const char *remedy;
    uint64_t bytes;
};

static uint64_t claim_bytes(const ca_scan_state *scan)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < scan->file_count; i++) {
        const ca_run_file *file = &scan->files[i];
        if (file->layout && ca_layout_records(file->layout) == CA_RECORDS_CLAIMS) {
            uint64_t bytes = file->spooled ? file->streamed : file->info.size * (file->packed ? EXPANSION : 1);
            sum += bytes < UINT64_MAX / 200 - sum ? bytes : 0;    /* beyond any disk: told sizes lie */
        }
    }
    return sum;
}

static unsigned long long mib_up(uint64_t bytes)
{
    return (unsigned long long)((bytes + MIB - 1) / MIB);
}

static int refuse(const struct need *need, uint64_t needed, uint64_t free, ca_error *err)
{
    return ca_error_set(err, CA_FAIL,
                        "%s: this run needs about %llu MiB on this disk for %s, and %llu MiB are free; %s", need->folder,
                        mib_up(needed), need->what, (unsigned long long)(free / MIB), need->remedy);
}

/* Folders on one disk share its room: each is asked for what stands before it in the list, too. */
static int check(const ca_scan_state *scan, const struct need *needs, size_t count, ca_error *err)
{
    ca_disk *disk = scan->options->disk;
    ca_disk_space spaces[3];
    for (size_t i = 0; i < count; i++) {
        uint64_t needed = 0;
        int rc = disk->space(disk, needs[i].folder, &spaces[i], err);
        if (rc) {
            return rc;
        }
        for (size_t k = 0; k <= i; k++) {
            needed += spaces[k].device == spaces[i].device ? needs[k].bytes : 0;
        }
        if (needed > spaces[i].free) {
            return refuse(&needs[i], needed, spaces[i].free, err);
        }
    }
    return 0;
}

static int size_of(const ca_scan_state *scan, const char *path, uint64_t *ret_size, ca_error *err)
{
    ca_file_info info = {0};
    int rc = scan->options->disk->info(scan->options->disk, path, &info, err);
    *ret_size = info.size;
    return rc == CA_END ? 0 : rc;
}

/* Work before report before copy: a remedy is told for what was asked for last. */
static int check_needs(ca_scan_state *scan, uint64_t work, uint64_t report, ca_error *err)
{
    const ca_scan_options *options = scan->options;
    uint64_t size = 0;
    struct need needs[3] = {
        {scan->work, "temporary files", "make room, or give a folder on another disk with --work", work},
        {ca_disk_folder(scan->arena, options->db), "the report", "make room, or keep the report elsewhere with --db", report},
        {NULL, "the report and its copy", "make room, or publish elsewhere with --publish", 0}};
    size_t count = work ? 2 : 1;
    if (options->publish) {
        int rc = size_of(scan, options->db, &size, err);
        if (rc) {
            return rc;
        }
        needs[2].folder = ca_disk_folder(scan->arena, options->publish);
        needs[2].bytes = size + report;
    }
    if (!needs[1].folder || (options->publish && !needs[2].folder)) {
        return ca_error_nomem(err);
    }
    return check(scan, work ? needs : needs + 1, count + (options->publish ? 1 : 0), err);
}

int ca_room_check(ca_scan_state *scan, ca_error *err)
{
    uint64_t bytes = claim_bytes(scan);
    if (!scan->options->db) {
        return 0;
    }
    unsigned percent = WORK_PERCENT + (scan->several ? SEVERAL_PERCENT : 0);
    return check_needs(scan, bytes / 100 * percent + MIB, REPORT_LEAST + bytes / 100 * REPORT_PERCENT, err);
}

int ca_room_check_findings(ca_scan_state *scan, ca_error *err)
{
    uint64_t bytes = ca_spool_count(scan->rejects) * REJECT_BYTES;
    for (size_t i = 0; i < 3 * scan->setup->rules->count; i++) {
        bytes += (uint64_t)scan->kept[i].count * FINDING_BYTES;
    }
    for (size_t i = 0; scan->scored && i < scan->scored->kind_count; i++) {
        const ca_scored_kind *kind = &scan->scored->kinds[i];
        uint64_t most = scan->options->max_scores;
        bytes += kind->leads * FINDING_BYTES + (kind->offered < most ? kind->offered : most) * SCORE_BYTES;
    }
    return bytes > REPORT_LEAST ? check_needs(scan, 0, bytes, err) : 0;
}

int ca_room_watch(ca_scan_state *scan, uint64_t written, ca_error *err)
{
    ca_disk *disk = scan->options->disk;
    ca_disk_space space;
    if (written < scan->watched) {
        scan->watched = 0;    /* of another file */
    }
    if (!scan->work || written - scan->watched < WATCH_EVERY) {
        return 0;
    }
    scan->watched = written;
    int rc = disk->space(disk, scan->work, &space, err);
    if (rc || space.free >= CA_ROOM_RESERVE) {
        return rc;
    }
    return ca_error_set(err, CA_FAIL,
                        "%s: the disk is nearly full: %llu MiB are free, and %llu MiB are left to others; nothing was "
                        "stored; make room, or give a folder on another disk with --work",
                        scan->work, (unsigned long long)(space.free / MIB), (unsigned long long)(CA_ROOM_RESERVE / MIB));
}
