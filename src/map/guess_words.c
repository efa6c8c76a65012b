/* What the words of a header mean: English, German and Chinese, by the table guess_words.def. Compound words and parts of
 * names count too, the less the more of the name they leave unsaid. */
#include <string.h>

#include "map/guess_inner.h"

#define TOKENS 12u
#define ROOM   160u
#define WHOLE  100u /* the name is these words and nothing else */
#define PART   40u  /* at least, when all words are in the name */
#define MOST   88u  /* when they are not all of it */

typedef struct plain_name {
    char text[ROOM]; /* small letters, words run together */
    size_t len;
    ca_text tokens[TOKENS];
    size_t count;
} plain_name;

typedef struct word_row {
    const char *words;
    unsigned target;
    const char *ask;
    guess_lang lang;
} word_row;

typedef struct guess_entry {
    word_row row;
    plain_name words, longer;
} guess_entry;

struct guess_lexicon {
    guess_entry *entries;
    size_t count;
};

enum {
    GUESS_F_FLAG = GUESS_FLAG,
    GUESS_F_PERSON = GUESS_PERSON,
    GUESS_F_PROSE = GUESS_PROSE,
    GUESS_F_AS_OF = GUESS_AS_OF,
#define CA_FIELD(NAME, name, TYPE, family, LEVEL, unit, meaning) GUESS_F_##NAME = CA_F_##NAME,
#include "claim/fields.def"
#undef CA_FIELD
};

#define LANG(lang)               {NULL, 0, NULL, GUESS_##lang},
#define WORD(words, target, ask) {words, GUESS_F_##target, ask, GUESS_EN},
static const word_row table[] = {
#include "map/guess_words.def"
};
#undef LANG
#undef WORD

/* Short forms that exports use, and what they stand for. */
static const char *const short_forms[][2] = {{"dt", "date"},
                                             {"dte", "date"},
                                             {"nbr", "number"},
                                             {"num", "number"},
                                             {"no", "number"},
                                             {"nr", "number"},
                                             {"nummer", "number"},
                                             {"cd", "code"},
                                             {"amt", "amount"},
                                             {"clm", "claim"},
                                             {"bene", "beneficiary"},
                                             {"mbr", "member"},
                                             {"pat", "patient"},
                                             {"ptnt", "patient"},
                                             {"prov", "provider"},
                                             {"prvdr", "provider"},
                                             {"dgns", "diagnosis"},
                                             {"diag", "diagnosis"},
                                             {"dx", "diagnosis"},
                                             {"proc", "procedure"},
                                             {"prcdr", "procedure"},
                                             {"svc", "service"},
                                             {"srvc", "service"},
                                             {"prod", "product"},
                                             {"chrg", "charge"},
                                             {"chg", "charge"},
                                             {"pmt", "payment"},
                                             {"pymt", "payment"},
                                             {"alowd", "allowed"},
                                             {"sbmtd", "submitted"},
                                             {"qty", "quantity"},
                                             {"thru", "through"},
                                             {"physn", "physician"},
                                             {"phys", "physician"},
                                             {"rndrng", "rendering"},
                                             {"rend", "rendering"},
                                             {"prf", "performing"},
                                             {"at", "attending"},
                                             {"att", "attending"},
                                             {"rfr", "referring"},
                                             {"dob", "birthdate"},
                                             {"dod", "deathdate"},
                                             {"dos", "servicedate"},
                                             {"admsn", "admission"},
                                             {"adm", "admission"},
                                             {"dschrg", "discharge"},
                                             {"disch", "discharge"},
                                             {"admtng", "admitting"},
                                             {"admtg", "admitting"},
                                             {"rx", "prescription"},
                                             {"mdfr", "modifier"},
                                             {"mod", "modifier"},
                                             {"prncpal", "principal"},
                                             {"tot", "total"},
                                             {"cst", "cost"},
                                             {"dspnsd", "dispensed"},
                                             {"suply", "supply"},
                                             {"org", "organization"},
                                             {"rev", "revenue"},
                                             {"cntr", "center"},
                                             {"cnt", "count"},
                                             {"stus", "status"},
                                             {"ident", "identification"},
                                             {"vrsn", "version"},
                                             {"expns", "expense"},
                                             {"1st", "first"},
                                             {"2nd", "second"},
                                             {"prscrbr", "prescriber"},
                                             {"rfrnc", "reference"},
                                             {"yr", "year"},
                                             {"spclty", "specialty"},
                                             {"srnm", "surname"},
                                             {"gvn", "given"},
                                             {"mdl", "middle"},
                                             {"seq", "sequence"},
                                             {"orig", "original"},
                                             {"desc", "description"},
                                             {"wkly", "weekly"},
                                             {"plc", "place"},
                                             {"st", "state"}};

/* --- Names ---------------------------------------------------------------------------------- */

static void end_token(plain_name *name, size_t from)
{
    if (name->len > from && name->count < TOKENS) {
        name->tokens[name->count++] = (ca_text){name->text + from, name->len - from};
    }
}

static void add_bytes(plain_name *name, const char *bytes, size_t len)
{
    if (name->len + len <= ROOM) {
        memcpy(name->text + name->len, bytes, len);
        name->len += len;
    }
}

/* Umlauts as they are written without: Fälligkeit is faelligkeit. */
static const char *plain_letter(uint32_t c)
{
    switch (c) {
    case 0xE4:
    case 0xC4:
        return "ae";
    case 0xF6:
    case 0xD6:
        return "oe";
    case 0xFC:
    case 0xDC:
        return "ue";
    case 0xDF:
        return "ss";
    case 0xE9:
    case 0xE8:
        return "e";
    default:
        return NULL;
    }
}

static bool is_word_char(uint32_t c)
{
    bool ascii = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return ascii || (c >= 0x3400 && c < 0xA000) || (c >= 0x20000 && c < 0x40000);
}

static void make_plain(ca_text text, plain_name *ret_name)
{
    size_t from = 0;
    bool small = false;
    ret_name->len = ret_name->count = 0;
    while (text.len > 0) {
        uint32_t c = 0;
        size_t len = ca_text_utf8_char(text, &c);
        const char *letters = plain_letter(c);
        bool capital = c >= 'A' && c <= 'Z';
        if ((capital && small) || (!letters && !is_word_char(c))) {
            end_token(ret_name, from);
            from = ret_name->len;
        }
        if (letters) {
            add_bytes(ret_name, letters, strlen(letters));
        } else if (capital) {
            char lower = (char)(c - 'A' + 'a');
            add_bytes(ret_name, &lower, 1);
        } else if (is_word_char(c)) {
            add_bytes(ret_name, text.ptr, len);
        }
        small = (c >= 'a' && c <= 'z') || (letters && c >= 0xDF);
        text = ca_text_sub(text, len ? len : 1, text.len);
    }
    end_token(ret_name, from);
}

/* The same with short forms written out. */
static void write_out(const plain_name *name, plain_name *ret_long)
{
    ret_long->len = ret_long->count = 0;
    for (size_t i = 0; i < name->count; i++) {
        ca_text token = name->tokens[i];
        size_t from = ret_long->len;
        for (size_t k = 0; k < sizeof short_forms / sizeof *short_forms; k++) {
            if (ca_text_is(token, short_forms[k][0])) {
                token = ca_text_of(short_forms[k][1]);
                break;
            }
        }
        add_bytes(ret_long, token.ptr, token.len);
        end_token(ret_long, from);
    }
}

/* --- Comparing ------------------------------------------------------------------------------ */

static bool contains(ca_text text, ca_text part)
{
    for (size_t i = 0; i + part.len <= text.len; i++) {
        if (memcmp(text.ptr + i, part.ptr, part.len) == 0) {
            return true;
        }
    }
    return false;
}

/* Short words must stand alone: `sex` is not in `Essex`. */
static bool has_word(const plain_name *name, ca_text word)
{
    for (size_t i = 0; i < name->count; i++) {
        if (ca_text_eq(name->tokens[i], word)) {
            return true;
        }
    }
    bool chinese = (unsigned char)word.ptr[0] >= 0x80;
    return word.len >= (chinese ? 6 : 5) && contains((ca_text){name->text, name->len}, word);
}

static unsigned compare(const plain_name *name, const plain_name *words)
{
    size_t matched = 0;
    if (name->len == words->len && memcmp(name->text, words->text, name->len) == 0) {
        return WHOLE;
    }
    for (size_t i = 0; i < words->count; i++) {
        if (!has_word(name, words->tokens[i])) {
            return 0;
        }
        matched += words->tokens[i].len;
    }
    unsigned score = PART + (unsigned)((MOST - PART) * matched / (name->len ? name->len : 1));
    return score < MOST ? score : MOST;
}

static bool fits(unsigned target, ca_records records)
{
    if (target >= CA_FIELD_COUNT) {
        return target != GUESS_FLAG || records == CA_RECORDS_CLAIMS;
    }
    ca_level level = ca_fields[target].level;
    switch (records) {
    case CA_RECORDS_CLAIMS:
        return level != CA_LEVEL_PROVIDER;
    case CA_RECORDS_PATIENTS:
        return level == CA_LEVEL_PATIENT || target == CA_F_PATIENT_ID;
    case CA_RECORDS_PROVIDERS:
        return level == CA_LEVEL_PROVIDER;
    case CA_RECORDS_IGNORE:
        break;
    }
    return false;
}

/* In a file of providers whoever bills, treats or prescribes is simply the provider. */
static unsigned target_in(unsigned target, ca_records records)
{
    for (unsigned role = 0; records == CA_RECORDS_PROVIDERS && role < CA_ROLE_COUNT; role++) {
        if (target == ca_role_field((ca_role)role)) {
            return CA_F_PROVIDER_ID;
        }
    }
    return target;
}

static void note(guess_match *match, const guess_match *found)
{
    if (found->score > match->score) {
        *match = *found;
    }
}

guess_lexicon *ca_guess_lexicon(ca_arena *arena)
{
    size_t count = sizeof table / sizeof *table;
    guess_lexicon *lexicon = ca_arena_alloc(arena, sizeof *lexicon);
    guess_entry *entries = ca_arena_array(arena, count, sizeof *entries);
    guess_lang lang = GUESS_EN;
    if (!lexicon || !entries) {
        return NULL;
    }
    lexicon->entries = entries;
    for (size_t i = 0; i < count; i++) {
        if (!table[i].words) {
            lang = table[i].lang;
            continue;
        }
        guess_entry *entry = &entries[lexicon->count++];
        entry->row = table[i];
        entry->row.lang = lang;
        make_plain(ca_text_of(table[i].words), &entry->words);
        write_out(&entry->words, &entry->longer);
    }
    return lexicon;
}

void ca_guess_words(const guess_lexicon *lexicon, ca_text name, ca_records records,
                    guess_match *ret_matches)
{
    plain_name plain, longer;
    memset(ret_matches, 0, GUESS_TARGETS * sizeof *ret_matches);
    make_plain(ca_text_sub(name, 0, GUESS_NAME), &plain);
    write_out(&plain, &longer);
    for (size_t i = 0; plain.count > 0 && i < lexicon->count; i++) {
        const guess_entry *entry = &lexicon->entries[i];
        unsigned target = target_in(entry->row.target, records);
        if (!fits(target, records)) {
            continue;
        }
        unsigned score = compare(&plain, &entry->words);
        unsigned longer_score = compare(&longer, &entry->longer);
        const char *ask = *entry->row.ask && target == entry->row.target ? entry->row.ask : NULL;
        guess_match found = {target, score > longer_score ? score : longer_score, ask,
                             entry->row.lang};
        note(&ret_matches[target], &found);
    }
    for (unsigned field = 0; field < CA_FIELD_COUNT && plain.count > 0; field++) {
        if (ca_text_is(name, ca_fields[field].name) && fits(field, records)) {
            ret_matches[field] = (guess_match){field, WHOLE + 1, NULL, GUESS_EN};
        }
    }
}

const char *ca_guess_extra_name(ca_text name)
{
    static const char *const extras[][2] = {{"zahn", "tooth"},    {"zahnnummer", "tooth"},
                                            {"tooth", "tooth"},   {"toothnumber", "tooth"},
                                            {"牙位", "tooth"},    {"flaeche", "surface"},
                                            {"faktor", "factor"}, {"station", "ward"},
                                            {"ward", "ward"},     {"病区", "ward"},
                                            {"床号", "bed"},      {"自付比例", "copay_share"},
                                            {"等级", "grade"},    {"faelligkeit", "due_date"}};
    plain_name plain;
    make_plain(name, &plain);
    for (size_t i = 0; i < sizeof extras / sizeof *extras; i++) {
        if (ca_text_is((ca_text){plain.text, plain.len}, extras[i][0])) {
            return extras[i][1];
        }
    }
    return NULL;
}
