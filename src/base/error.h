/* Errors: the caller owns the storage, the message names what, where and what to do. */
#ifndef CA_BASE_ERROR_H
#define CA_BASE_ERROR_H

#include <stdint.h>

/* Every room returns 0, one of the negative codes below, or CA_END ("not an error, but"). */
enum {
    CA_OK = 0,
    CA_END = 1,       /* end of input */
    CA_FAIL = -1,     /* the environment: file, disk, database; a rerun is safe   (exit 1) */
    CA_NOMEM = -2,    /* memory ran out                                         (exit 1) */
    CA_USAGE = -3,    /* wrong command line                                     (exit 2) */
    CA_CONFIG = -4,   /* profile, rule or table refused                         (exit 3) */
    CA_REJECTS = -5,  /* more rejected rows than --max-rejects                  (exit 4) */
    CA_TOTALS = -6,   /* totals, joins or completeness wrong                    (exit 6) */
    CA_BUSY = -7,     /* another run or a lock is in the way                    (exit 75) */
    CA_LIMIT = -8     /* a documented size limit was reached                    (exit 1) */
};

typedef struct ca_error {
    int code;
    char file[256];   /* "" when no file is concerned */
    uint32_t line;    /* 1-based; 0 = none */
    uint32_t column;  /* 1-based; 0 = none */
    char text[512];   /* one line, without the position; never field content of a claim */
} ca_error;

/* Sets *err (which may be NULL) and returns `code`, so that a caller can write `return ca_error_set(…)`. */
int ca_error_set(ca_error *err, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

int ca_error_at(ca_error *err, int code, const char *file, uint32_t line, uint32_t column,
                const char *format, ...) __attribute__((format(printf, 6, 7)));

int ca_error_nomem(ca_error *err);

/* Appends ": strerror(errnum)" style words: ca_error_errno(err, "cannot open", path, errno). Code is
 * CA_FAIL, CA_NOMEM for ENOMEM. */
int ca_error_errno(ca_error *err, const char *what, const char *path, int errnum);

/* The process exit status that a code stands for. */
int ca_error_exit_status(int code);

#endif
