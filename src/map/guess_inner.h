/* What the parts of the guesser share. */
#ifndef CA_MAP_GUESS_INNER_H
#define CA_MAP_GUESS_INNER_H

#include "base/date.h"
#include "base/decimal.h"
#include "map/guess.h"

#define GUESS_ROWS    2000u
#define GUESS_COLUMNS 1000u /* of a file; the others are left out */
#define GUESS_FEW     16u   /* distinct values up to which a column may be an enumeration */
#define GUESS_FEW_LEN 24u   /* bytes of each */
#define GUESS_MEMBERS 100u  /* columns of one numbered group */
#define GUESS_NAME    120u  /* bytes of a column's name that a draft can use */
#define GUESS_EXTRAS  12u   /* fields of its own that a draft gives a layout */
#define GUESS_LANGS   3u

typedef enum guess_lang { GUESS_EN, GUESS_DE, GUESS_CN } guess_lang;

/* What words of a header may mean besides a field of the dictionary. */
enum {
    GUESS_NOTHING = CA_FIELD_COUNT,
    GUESS_FLAG,   /* says that a line is a reversal */
    GUESS_PERSON, /* names, addresses: never mapped */
    GUESS_PROSE,  /* descriptions */
    GUESS_AS_OF,
    GUESS_TARGETS
};

/* How numbers are written, as far as some cells tell. */
typedef struct guess_numbers {
    size_t count;         /* cells that are numbers in some notation */
    size_t whole;         /* of these, digits alone */
    size_t point_decimal; /* cells in which the point can only be the decimal point */
    size_t comma_decimal;
    size_t open; /* 1.234 or 1,234: either */
    size_t negative;
    char group; /* seen where it can only group thousands */
    bool trailing_minus, parentheses;
    size_t money; /* cells with a currency sign */
    char currency[8];
    bool more_currencies;
} guess_numbers;

#define GUESS_DATES 40u /* at most: formats that are tried */

typedef struct guess_dates {
    int best;   /* index of a format that reads (nearly) all cells, -1 = no dates */
    int other;  /* one that reads them as well but otherwise (mm/dd, dd/mm), -1 = none */
    bool timed; /* times of day are there, not all midnight */
    size_t read;
} guess_dates;

/* A column, or several that differ in a number (DX1 … DX10) and are looked at as one. */
typedef struct guess_column {
    ca_text name;          /* of the first; without a header "column N" */
    ca_text before, after; /* of a group: what stands around the number */
    uint32_t from, to;     /* numbers of a group; 0, 0 = a single column */
    unsigned digits;
    const uint32_t *cells; /* places in the row */
    size_t cell_count;
    bool usable;   /* a profile can name it */
    size_t filled; /* cells that hold something */
    size_t distinct;
    ca_text few[GUESS_FEW]; /* when there are few and short ones */
    size_t few_count;
    size_t shortest, longest;
    size_t digit_cells; /* digits alone */
    size_t leading_zero;
    size_t icd10, pointed, icd9, certain; /* look like codes; with a point, a certainty */
    size_t clock;                         /* times of day */
    char list;                            /* separates elements in a cell, 0 = none */
    bool list_space;                      /* with a space behind */
    guess_numbers numbers;
    guess_dates dates;
    unsigned target; /* chosen: a field, a word above, or GUESS_NOTHING */
    unsigned score;
    unsigned rival;  /* second best target, GUESS_NOTHING = none */
    const char *ask; /* question of its word, or NULL */
    bool doubtful;
    bool repeats; /* other diagnoses that have the principal one too */
    guess_lang lang;
    const char *extra; /* name it gets under `extra`, or NULL */
    const char *extra_type;
} guess_column;

typedef struct guess_row {
    const ca_text *cells;
    size_t count;
    size_t number; /* of the record in the sample, 1-based */
} guess_row;

#define GUESS_SUMS 16u

typedef struct guess_total {
    const ca_text *cells; /* of its row, as many as the file is wide or more */
    uint32_t word_cell;   /* where its word stands */
    ca_text word;
    uint32_t sums[GUESS_SUMS]; /* places of cells with numbers */
    size_t sum_count;
    bool has_rows; /* a cell holds the number of rows */
    uint32_t rows_cell;
} guess_total;

typedef struct guess_file {
    const char *path;
    const char *name; /* of its layout */
    ca_encoding encoding;
    bool utf16, big_endian, encoding_doubt;
    char delimiter, quote;
    bool delimiter_doubt;
    bool whole;    /* the rows are all there are */
    size_t titles; /* rows before the header */
    bool header, header_doubt;
    size_t known_words;  /* cells of the header whose words are known */
    const ca_text *head; /* cells of the header, NULL without one */
    size_t width;
    guess_row *rows;
    size_t row_count;
    guess_total total;
    bool has_total;
    guess_column *columns;
    size_t column_count;
    ca_records records;
    size_t like_count;              /* further files with the same header */
    const guess_column *pad_column; /* identifiers that lost zeros, NULL = none … */
    bool pad_lost;
    size_t pad;                 /* … and how long they are elsewhere */
    ca_text markers[GUESS_FEW]; /* cells that mean missing */
    size_t marker_count;
} guess_file;

typedef struct guess_lexicon guess_lexicon;

struct ca_guess {
    guess_lexicon *lexicon;
    ca_arena arena;
    guess_file **files; /* one of each kind */
    size_t file_count;
    const char **unknown; /* paths of files of which nothing is known */
    size_t unknown_count;
    size_t taken;    /* files, those of one kind each */
    guess_lang lang; /* of most headers */
    size_t votes[GUESS_LANGS];
    ca_date_format formats[GUESS_DATES];
    size_t format_count;
};

/* guess_text.c: CA_CONFIG for what is no text; the encoding, with the number of bytes of its mark; bytes as UTF-8 with
 * lines that end with LF, in the arena. */
int ca_guess_refuse(ca_text bytes, ca_error *err);
size_t ca_guess_encoding(ca_text bytes, guess_file *file);
int ca_guess_text(ca_arena *arena, ca_text bytes, const guess_file *file, ca_text *ret_text,
                  ca_error *err);

/* guess_format.c: delimiter, quote. */
void ca_guess_delimiter(ca_text text, guess_file *file);

/* guess_rows.c: records, title rows, header, total row. */
int ca_guess_rows(ca_guess *guess, ca_text head, ca_text tail, guess_file *file, ca_error *err);
bool ca_guess_total_word(ca_text cell);

/* guess_values.c and guess_numbers.c: what cells look like. */
void ca_guess_number(ca_text cell, guess_numbers *numbers);
bool ca_guess_is_number(ca_text cell);
size_t ca_guess_formats(ca_date_format *formats); /* all that are tried, at most GUESS_DATES */
void ca_guess_dates(const ca_guess *guess, const guess_file *file, guess_column *column);
bool ca_guess_reads(const guess_file *file, const guess_column *column,
                    const ca_date_format *format);
int ca_guess_values(const ca_guess *guess, const guess_file *file, guess_column *column,
                    ca_error *err);
bool ca_guess_marker(ca_text cell); /* a cell that commonly means missing */
ca_text ca_guess_cell(const guess_file *file, size_t row, uint32_t cell);

/* guess_words.c: what a header's words mean. */
typedef struct guess_match {
    unsigned target, score;
    const char *ask;
    guess_lang lang;
} guess_match;
/* The best words for each target that fits the records; ret_matches has GUESS_TARGETS entries. */
void ca_guess_words(const guess_lexicon *lexicon, ca_text name, ca_records records,
                    guess_match *ret_matches);
guess_lexicon *
ca_guess_lexicon(ca_arena *arena); /* the table, prepared once; NULL when memory ran out */
/* The English name of a column without a field, for `extra`; NULL when it is not known. */
const char *ca_guess_extra_name(ca_text name);

/* guess_enums.c: words of sex and claim type. */
bool ca_guess_sex(ca_text cell, const char **ret_sex, bool *ret_sure);
bool ca_guess_claim_type(ca_text cell, const char **ret_type);
bool ca_guess_flag(ca_text cell, bool *ret_set);
const char *ca_guess_type_of_name(ca_text name); /* from the name of a file, or NULL */

/* guess_columns.c: columns of a file, numbered groups as one. */
int ca_guess_columns(ca_guess *guess, guess_file *file, ca_error *err);
/* guess_assign.c: which file is what, which column is which field. */
int ca_guess_assign(ca_guess *guess, guess_file *file, ca_error *err);
guess_column *ca_guess_find(const guess_file *file, unsigned target);
/* guess_fit.c: cells against words. */
bool ca_guess_fits(const guess_column *column, unsigned target);
unsigned ca_guess_value_target(const guess_file *file, const guess_column *column);
bool ca_guess_like_id(const guess_file *file, const guess_column *column);
/* guess_join.c: identifiers that are longer in another file. */
void ca_guess_joins(ca_guess *guess);
/* guess_extra.c: names and types of columns that no field of ours takes. */
int ca_guess_extras(ca_guess *guess, ca_error *err);
bool ca_guess_left_over(
    const guess_column *column); /* not mapped, and not a name or a description */

/* --- Writing -------------------------------------------------------------------------------- */

#define GUESS_STYLES 4u

typedef struct guess_writer {
    ca_guess *guess;
    ca_buf *out;
    size_t questions;
    bool shared[GUESS_STYLES]; /* csv, dates, numbers, missing: said at the top */
    bool complete;
} guess_writer;

/* guess_yaml.c */
void ca_guess_put(guess_writer *writer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void ca_guess_put_scalar(guess_writer *writer, ca_text text); /* quoted where it must be */
bool ca_guess_clean(ca_text text);                            /* nothing in it that YAML forbids */
void ca_guess_put_words(guess_writer *writer, ca_text text);  /* inside a comment: on one line */
/* A question, as a comment; {} in it is replaced by the subject. */
void ca_guess_ask(guess_writer *writer, unsigned indent, const char *question, ca_text subject);
void ca_guess_put_columns(guess_writer *writer,
                          const guess_column *column); /* DX1..10, quoted where it must be */

void ca_guess_put_member(guess_writer *writer, const guess_column *column); /* PAID_{n} */

/* guess_style.c: the keys csv, dates, numbers and missing: at the top what all layouts share, in a layout the rest. */
void ca_guess_put_shared(guess_writer *writer);
void ca_guess_put_style(guess_writer *writer, const guess_file *file, unsigned indent);
/* Which of two readings of its dates a column has; *ret_open: nothing tells. */
int ca_guess_date_format(const ca_guess *guess, const guess_column *column, bool *ret_open);
bool ca_guess_other_numbers(const guess_file *file,
                            const guess_column *column); /* than the layout says */
bool ca_guess_other_dates(const ca_guess *guess, const guess_file *file,
                          const guess_column *column);
/* guess_amounts.c */
bool ca_guess_is_amount(const guess_column *column);
void ca_guess_put_numbers(guess_writer *writer, const guess_file *file, unsigned indent);
ca_number_format ca_guess_number_format(const guess_file *file, const guess_column *column);
char ca_guess_point(const guess_file *file, bool *ret_open); /* the decimal point of a file */

/* guess_layout.c, guess_fields.c, guess_status.c: the parts of a layout. */
void ca_guess_put_layout(guess_writer *writer, const guess_file *file, size_t index);
void ca_guess_put_fields(guess_writer *writer, const guess_file *file);
/* guess_options.c: what a field needs besides its column. */
typedef struct guess_options {
    char text[400]; /* ", list: …, system: …" */
    bool listed;    /* the field takes lists */
    bool values;    /* it needs a map of values */
} guess_options;
const char *ca_guess_system(const guess_writer *writer, const guess_column *column, unsigned field,
                            const char **ret_ask);
void ca_guess_options_of(const guess_writer *writer, const guess_file *file,
                         const guess_column *column, unsigned field, const char *system,
                         guess_options *all);
void ca_guess_put_values(guess_writer *writer, const guess_column *column, unsigned field);
bool ca_guess_unsure_sex(const guess_column *column);
bool ca_guess_canonical(const guess_column *column, unsigned field);
/* guess_absent.c: fields without a column; the time of day in a service date. */
void ca_guess_put_absent(guess_writer *writer, const guess_file *file, unsigned field);
void ca_guess_put_minute(guess_writer *writer, const guess_file *file, const guess_column *column);
void ca_guess_put_lines(guess_writer *writer,
                        const guess_file *file); /* rows that carry several lines */
bool ca_guess_in_lines(const guess_file *file, const guess_column *column);
void ca_guess_put_status(guess_writer *writer, const guess_file *file);
void ca_guess_put_totals(guess_writer *writer, const guess_file *file);
void ca_guess_put_extras(guess_writer *writer, const guess_file *file);
/* guess_match.c: the keys columns and not_columns, which tell the layouts apart. */
void ca_guess_put_match(guess_writer *writer, size_t index);
bool ca_guess_has_drugs(
    const ca_guess *guess); /* a German drug code is mapped: its system is declared */
bool ca_guess_has_teeth(const ca_guess *guess);

#endif
