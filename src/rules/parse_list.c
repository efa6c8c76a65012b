/* What stands behind in, overlaps and within: set NAME, codes('A'..'B') or ('A', 'B'). */
#include <string.h>

#include "rules/parser.h"
#include "rules/say.h"

static bool is_bare(const ca_parser *parser)
{
    return parser->now.kind == CA_TOKEN_WORD || parser->now.kind == CA_TOKEN_NUMBER ||
           parser->now.kind == CA_TOKEN_DATE;
}

/* E11.9 without its quotes: words, numbers and points without a space between them. */
static void take_bare(ca_parser *parser, ca_text *ret_text)
{
    size_t from = parser->now.start;
    do
        ca_parser_advance(parser);
    while (parser->now.start == parser->last_end && (is_bare(parser) || ca_parser_at(parser, ".")));
    *ret_text = (ca_text){parser->conf->file->source.ptr + from, parser->last_end - from};
}

static bool range_end(ca_parser *parser, ca_text *ret_text, size_t *ret_at, bool *bare)
{
    *ret_at = parser->now.start;
    if (is_bare(parser)) {
        *bare = true;
        take_bare(parser, ret_text);
        return !parser->failed;
    }
    if (parser->now.kind != CA_TOKEN_STRING) {
        ca_parser_expected(parser, "a code between quotes");
        return false;
    }
    *ret_text = parser->now.text;
    ca_parser_advance(parser);
    return true;
}

static bool add_member(ca_parser *parser, ca_phrase *node, const ca_phrase_member *member)
{
    size_t count = node->member_count;
    if (count == 0 || (count >= 4 && (count & (count - 1)) == 0)) {
        ca_phrase_member *members =
            ca_arena_array(parser->arena, count == 0 ? 4 : count * 2, sizeof(*members));
        if (members == NULL) {
            parser->nomem = true;
            parser->failed = true;
            return false;
        }
        if (count > 0)
            memcpy(members, node->members, count * sizeof(*members));
        node->members = members;
    }
    node->members[node->member_count++] = *member;
    return true;
}

/* The sign of a range, or what stands for it elsewhere. */
static bool take_range(ca_parser *parser)
{
    static const char *const others[] = {"-", ":"};
    for (size_t i = 0; i < 2; i++)
        if (ca_parser_at(parser, others[i]))
            ca_parser_slip(parser, parser->now.start, "write '..' instead of '%s'", others[i]);
    if (ca_parser_at_word(parser, "to")) {
        ca_parser_slip(parser, parser->now.start, "write '..' instead of 'to'");
        ca_parser_advance(parser);
        return true;
    }
    return ca_parser_take(parser, "..") || ca_parser_take(parser, "-") ||
           ca_parser_take(parser, ":");
}

static bool one_member(ca_parser *parser, ca_phrase *node)
{
    ca_phrase_member member = {0};
    size_t start = parser->now.start;
    if (!range_end(parser, &member.low, &member.low_at, &member.bare))
        return false;
    member.high = member.low;
    member.high_at = member.low_at;
    if (take_range(parser)) {
        member.range = true;
        if (!range_end(parser, &member.high, &member.high_at, &member.bare))
            return false;
        ca_said range = ca_parser_said(parser, start, parser->last_end);
        if (!node->codes && !member.bare) {
            ca_parser_slip(parser, start, "write codes(%s) instead of (%s)", range.text,
                           range.text);
            node->codes = true;
        }
    }
    return add_member(parser, node, &member);
}

/* Takes what separates two members; a text right after another lacks its comma. */
static bool next_member(ca_parser *parser)
{
    if (ca_parser_comma(parser))
        return true;
    if (parser->failed || parser->now.kind != CA_TOKEN_STRING)
        return false;
    ca_parser_slip(parser, parser->now.start, "write a comma between two values of a list");
    return true;
}

static bool member_list(ca_parser *parser, ca_phrase *node)
{
    do {
        if (!one_member(parser, node))
            return false;
    } while (next_member(parser));
    return !parser->failed;
}

static bool closed_list(ca_parser *parser, ca_phrase *node, const char *open, const char *close)
{
    bool good =
        ca_parser_take(parser, open) && member_list(parser, node) && ca_parser_need(parser, close);
    return good;
}

/* Around the list stand other brackets, or none. */
static bool odd_list(ca_parser *parser, ca_phrase *node)
{
    size_t at = parser->now.start;
    if (parser->failed)
        return false;
    if (ca_parser_at(parser, "[") || ca_parser_at(parser, "{")) {
        bool square = ca_parser_at(parser, "[");
        ca_parser_slip(parser, at, "write ('A', 'B') instead of %s",
                       square ? "['A', 'B']" : "{'A', 'B'}");
        return closed_list(parser, node, square ? "[" : "{", square ? "]" : "}");
    }
    if (parser->now.kind == CA_TOKEN_STRING) {
        if (!member_list(parser, node))
            return false;
        ca_said list = ca_parser_said(parser, at, parser->last_end);
        const char *codes = node->codes ? "codes" : "";
        ca_parser_slip(parser, at, "write %s(%s) instead of %s", codes, list.text, list.text);
        return true;
    }
    if (parser->now.kind == CA_TOKEN_WORD && !node->codes) { /* the checker knows the sets */
        node->is_set = true;
        node->slip = true;
        node->name = parser->now.text;
        ca_parser_advance(parser);
        return true;
    }
    if (node->codes)
        return ca_parser_need(parser, "(");
    ca_parser_expected(parser, "set NAME, codes('A'..'B') or ('A', 'B')");
    return false;
}

static bool named_set(ca_parser *parser, ca_phrase *node)
{
    node->is_set = true;
    if (parser->now.kind == CA_TOKEN_STRING)
        ca_parser_slip(parser, parser->now.start, "write set %.*s instead of set %s",
                       ca_say_len(parser->now.text), parser->now.text.ptr,
                       ca_parser_said(parser, parser->now.start, parser->now.end).text);
    else if (parser->now.kind != CA_TOKEN_WORD && parser->now.kind != CA_TOKEN_KEYWORD)
        return ca_parser_expected(parser, "the name of a code set") != NULL;
    node->name = parser->now.text;
    node->name_at = parser->now.start;
    ca_parser_advance(parser);
    if (ca_parser_take(parser, "on"))
        node->on = ca_parser_sum(parser);
    return !parser->failed;
}

bool ca_parser_code_set(ca_parser *parser, ca_phrase *node)
{
    if (ca_parser_take(parser, "set"))
        return named_set(parser, node);
    node->codes = ca_parser_take(parser, "codes");
    node->name_at = parser->now.start;
    if (ca_parser_at(parser, "("))
        return closed_list(parser, node, "(", ")");
    return odd_list(parser, node);
}
