/* The words of a reason: text with {value}, {peer}, {ratio}, {percentile}, {exposure}, of lines also columns; each may
 * end in |percent, |money, |number or |count. {{ and }} are braces. */
#include <string.h>

#include "rules/check_parts.h"
#include "rules/feature_parts.h"
#include "rules/lex.h"
#include "rules/say.h"

#define SAY_BYTES_MAX 2000

static const char *const words[] = {[CA_SAY_TEXT] = "",           [CA_SAY_VALUE] = "value",
                                    [CA_SAY_PEER] = "peer",       [CA_SAY_RATIO] = "ratio",
                                    [CA_SAY_PERCENTILE] = "percentile", [CA_SAY_EXPOSURE] = "exposure"};
static const char *const formats[] = {[CA_FORMAT_NUMBER] = "number", [CA_FORMAT_PERCENT] = "percent",
                                      [CA_FORMAT_MONEY] = "money", [CA_FORMAT_COUNT] = "count"};

#define WORDS   (sizeof(words) / sizeof(words[0]))
#define FORMATS (sizeof(formats) / sizeof(formats[0]))

typedef struct teller {
    ca_feature_reader *reader;
    size_t at;       /* in the file, of the first byte of `text`; SIZE_MAX when positions inside are not known */
    const ca_yaml *node;
    ca_text text;
    bool good;
} teller;

/* "BEFORE'quoted'AFTER" at a byte of the text. */
static void complain(teller *tell, const char *where, const char *before, ca_text quoted, const char *after)
{
    const ca_kind_check *check = &tell->reader->check;
    size_t at = tell->at == SIZE_MAX ? tell->node->start : tell->at + (size_t)(where - tell->text.ptr);
    tell->good = false;
    ca_say(&check->conf, CA_DIAG_ERROR, at, "%s%.*s%s", before, ca_say_len(quoted), quoted.ptr, after);
}

/* How a value of this feature is written where nobody says. */
static ca_feature_format usual(const ca_feature_reader *reader, ca_feature_word word)
{
    const ca_feature *feature = reader->feature;
    const ca_feature_term *above = &feature->numerator;
    if (word == CA_SAY_RATIO)
        return CA_FORMAT_NUMBER;
    if (word == CA_SAY_PERCENTILE || word == CA_SAY_COLUMN)
        return word == CA_SAY_COLUMN ? CA_FORMAT_OWN : CA_FORMAT_NUMBER;
    if (word == CA_SAY_EXPOSURE)
        return CA_FORMAT_COUNT;
    if (feature->entity == CA_ENTITY_LINE)
        return feature->line.form == CA_LINE_NUMBER ? CA_FORMAT_NUMBER : CA_FORMAT_PERCENT;
    if (feature->form == CA_FEATURE_SHARE || above->reduce == CA_REDUCE_TOP_SHARE || above->reduce == CA_REDUCE_CONCENTRATION)
        return CA_FORMAT_PERCENT;
    return feature->money ? CA_FORMAT_MONEY : CA_FORMAT_NUMBER;
}

static bool find_word(teller *tell, ca_text name, ca_feature_say *part)
{
    const ca_feature_reader *reader = tell->reader;
    for (size_t i = CA_SAY_VALUE; i < WORDS; i++) {
        if (ca_text_is(name, words[i])) {
            part->word = (ca_feature_word)i;
            return true;
        }
    }
    if (reader->feature->entity == CA_ENTITY_LINE && ca_schema_find(reader->check.schema, name, &part->column)) {
        part->word = CA_SAY_COLUMN;
        return true;
    }
    complain(tell, name.ptr, "there is no {", name,
             reader->feature->entity == CA_ENTITY_LINE
                 ? "} here; write {value}, {peer}, {ratio}, {percentile}, {exposure} or a column"
                 : "} here; write {value}, {peer}, {ratio}, {percentile} or {exposure}");
    return false;
}

static void placeholder(teller *tell, ca_text inside, ca_feature_say *part)
{
    const char *bar = memchr(inside.ptr, '|', inside.len);
    ca_text name = bar == NULL ? inside : (ca_text){inside.ptr, (size_t)(bar - inside.ptr)};
    if (!find_word(tell, name, part))
        return;
    part->format = usual(tell->reader, part->word);
    if (bar == NULL)
        return;
    ca_text format = {bar + 1, inside.len - name.len - 1};
    for (size_t i = 0; i < FORMATS; i++) {
        if (ca_text_is(format, formats[i]) && part->word != CA_SAY_COLUMN) {
            part->format = (ca_feature_format)i;
            return;
        }
    }
    if (part->word == CA_SAY_COLUMN)
        complain(tell, format.ptr, "a column is written as everywhere; leave '|", format, "' out");
    else
        complain(tell, format.ptr, "there is no format '", format, "'; write |percent, |money, |number or |count");
}

/* Literal text from *at to the next placeholder, into `made`. */
static ca_text literal(teller *tell, size_t *at, char *made)
{
    size_t len = 0;
    ca_text text = tell->text;
    while (*at < text.len && len < text.len) {
        char c = text.ptr[*at];
        bool doubled = (c == '{' || c == '}') && *at + 1 < text.len && text.ptr[*at + 1] == c;
        if (c == '{' && !doubled)
            break;
        if (c == '}' && !doubled)
            complain(tell, text.ptr + *at, "this brace closes nothing; write }} for a brace", CA_TEXT(""), "");
        made[len++] = c == '\n' ? ' ' : c;
        *at += doubled ? 2 : 1;
    }
    return (ca_text){made, len};
}

static void fill(teller *tell, char *room)
{
    ca_feature *feature = tell->reader->feature;
    for (size_t at = 0; at < tell->text.len;) {
        ca_text text = literal(tell, &at, room);
        room += text.len;
        if (text.len > 0)
            feature->say[feature->say_count++] = (ca_feature_say){.word = CA_SAY_TEXT, .text = text};
        if (at >= tell->text.len)
            return;
        const char *open = tell->text.ptr + at;
        const char *close = memchr(open, '}', tell->text.len - at);
        if (close == NULL) {
            complain(tell, open, "this brace is not closed; write {value}, or {{ for a brace", CA_TEXT(""), "");
            return;
        }
        placeholder(tell, (ca_text){open + 1, (size_t)(close - open - 1)}, &feature->say[feature->say_count++]);
        at += (size_t)(close - open) + 1;
    }
}

static size_t count_parts(ca_text text)
{
    size_t count = 2;
    for (size_t i = 0; i < text.len; i++)
        count += text.ptr[i] == '{' ? 2 : 0;
    return count;
}

static bool says_value(const ca_feature *feature)
{
    for (size_t i = 0; i < feature->say_count; i++)
        if (feature->say[i].word != CA_SAY_TEXT)
            return true;
    return false;
}

void ca_feature_read_say(ca_feature_reader *reader)
{
    ca_kind_check *check = &reader->check;
    ca_feature *feature = reader->feature;
    ca_yaml *node = ca_conf_need(&check->conf, reader->root, "say");
    teller tell = {.reader = reader, .node = node, .at = SIZE_MAX, .good = true};
    size_t from = 0;
    size_t to = 0;
    if (!ca_conf_text(&check->conf, node, &tell.text))
        return;
    while (tell.text.len > 0 && (tell.text.ptr[tell.text.len - 1] == '\n' || tell.text.ptr[tell.text.len - 1] == ' '))
        tell.text.len--;
    if (tell.text.len == 0 || tell.text.len > SAY_BYTES_MAX) {
        ca_conf_error(&check->conf, node, tell.text.len == 0 ? "'say' is empty" : "'say' is longer than %d bytes", SAY_BYTES_MAX);
        return;
    }
    ca_lex_span(check->conf.file, node, &from, &to);
    if (to - from >= tell.text.len && memcmp(check->conf.file->source.ptr + from, tell.text.ptr, tell.text.len) == 0)
        tell.at = from;
    char *room = ca_arena_alloc(check->arena, tell.text.len);
    feature->say = ca_arena_array(check->arena, count_parts(tell.text), sizeof(*feature->say));
    if (room == NULL || feature->say == NULL) {
        check->nomem = true;
        return;
    }
    fill(&tell, room);
    if (tell.good && !says_value(feature))
        ca_conf_error(&check->conf, node, "the words show no number; write {value}, and {peer} for what is usual");
}
