/* Checks membership: in, overlaps and within, against named sets, ranges of codes and lists of
 * values. */
#include <string.h>

#include "rules/check_parts.h"
#include "rules/say.h"

ca_node *ca_check_on(ca_kind_check *check, const ca_phrase *on, bool *ret_wrong)
{
    if (on == NULL)
        return NULL;
    const ca_expr_type date = ca_type_plain(CA_TYPE_DATE);
    ca_node *node = ca_check_value_of(check, on, &date);
    if (node != NULL && ca_type_is_date(&node->type))
        return node;
    if (node != NULL)
        ca_check_error(check, on->start, "a date must follow 'on'");
    *ret_wrong = true;
    return NULL;
}

static bool named_set(ca_kind_check *check, const ca_phrase *phrase, const ca_node *left,
                      ca_node *node)
{
    char description[CA_DESCRIPTION_SIZE];
    bool wrong = false;
    node->on = ca_check_on(check, phrase->on, &wrong);
    node->set = ca_refs_set(check->refs, phrase->name);
    if (phrase->slip) {
        ca_check_bare_set(check, phrase);
        return false;
    }
    if (node->set == NULL) {
        const char *closest = ca_refs_closest_set(check->refs, phrase->name);
        ca_check_error(check, phrase->name_at, "there is no code set named '%.*s'%s%s%s",
                       ca_say_len(phrase->name), phrase->name.ptr,
                       closest == NULL ? "" : "; did you mean '", closest == NULL ? "" : closest,
                       closest == NULL ? "" : "'?");
        return false;
    }
    if (left == NULL || wrong)
        return false;
    const char *family = ca_codeset_family(node->set);
    if (ca_type_is_code(&left->type) && strcmp(family, left->type.family) == 0)
        return true;
    ca_check_error(check, phrase->name_at,
                   "the set '%.*s' holds codes of the family '%s', but on its left is %s",
                   ca_say_len(phrase->name), phrase->name.ptr, family,
                   ca_type_describe(&left->type, description));
    return false;
}

/* codes('A'..'B') or one of ('A', 'B') over codes. */
static bool code_member(ca_kind_check *check, const ca_phrase_member *from,
                        const ca_expr_type *type, bool range, ca_member *member)
{
    uint8_t high_system = 0;
    bool low = ca_check_code(check, from->low_at, from->low, type->family, false, &member->system,
                             &member->low);
    bool high = ca_check_code(check, from->high_at, from->high, type->family, false, &high_system,
                              &member->high);
    member->range = range;
    if (!low || !high)
        return false;
    if (high_system != member->system) {
        ca_check_error(check, from->low_at, "both ends of a range need the same code system");
        return false;
    }
    if (ca_text_cmp(member->low, member->high) > 0) {
        ca_check_error(check, from->low_at, "this range is empty: '%.*s' comes after '%.*s'",
                       ca_say_len(from->low), from->low.ptr, ca_say_len(from->high),
                       from->high.ptr);
        return false;
    }
    return true;
}

static bool one_member(ca_kind_check *check, const ca_phrase *phrase, const ca_phrase_member *from,
                       const ca_expr_type *type, ca_member *member)
{
    if (from->low.len == 0 || from->high.len == 0) {
        ca_check_error(check, from->low_at,
                       "an empty cell is missing: write 'or x is missing' behind the list instead of ''");
        return false;
    }
    if (from->bare) {
        size_t len = from->high_at + from->high.len - from->low_at;
        const char *text = check->conf.file->source.ptr + from->low_at;
        if (from->range)
            ca_check_error(check, from->low_at, "write codes('%.*s'..'%.*s') instead of %.*s",
                           ca_say_len(from->low), from->low.ptr, ca_say_len(from->high),
                           from->high.ptr, ca_say_len((ca_text){text, len}), text);
        else
            ca_check_error(check, from->low_at, "write '%.*s' instead of %.*s",
                           ca_say_len(from->low), from->low.ptr, ca_say_len(from->low),
                           from->low.ptr);
        return false;
    }
    if (ca_type_is_code(type)) {
        ca_phrase_member ends = *from;
        if (!from->range) { /* said once, not for both ends */
            ends.high = ends.low;
            bool good = ca_check_code(check, from->low_at, from->low, type->family, false,
                                      &member->system, &member->low);
            member->high = member->low;
            member->range = phrase->codes;
            return good;
        }
        return code_member(check, &ends, type, true, member);
    }
    member->system = CA_SYSTEM_NONE;
    if (type->type == CA_TYPE_ENUM) {
        if (!ca_check_choice(check, from->low_at, from->low, type->field, &member->choice))
            return false;
        member->low = ca_text_of(ca_enum_name(type->field, member->choice));
    } else if (ca_arena_text(check->arena, from->low, &member->low) != 0) {
        check->nomem = true;
        return false;
    }
    member->high = member->low;
    return true;
}

static bool listed(ca_kind_check *check, const ca_phrase *phrase, const ca_node *left,
                   ca_node *node)
{
    char description[CA_DESCRIPTION_SIZE];
    if (left == NULL)
        return false;
    const ca_expr_type *type = &left->type;
    bool code = ca_type_is_code(type);
    bool word = !type->condition && (type->type == CA_TYPE_ENUM || type->type == CA_TYPE_ID ||
                                     type->type == CA_TYPE_TEXT);
    if (!code && !word) {
        ca_check_bare_list(check, phrase, left);
        return false;
    }
    if (phrase->codes && !code) {
        ca_check_error(check, phrase->start, "codes(…) is for codes; for %s write in ('A', 'B')",
                       ca_type_describe(type, description));
        return false;
    }
    node->members = ca_arena_array(check->arena, phrase->member_count, sizeof(*node->members));
    node->member_count = phrase->member_count;
    if (node->members == NULL) {
        check->nomem = true;
        return false;
    }
    bool whole = true;
    for (size_t i = 0; i < phrase->member_count; i++)
        whole = one_member(check, phrase, &phrase->members[i], type, &node->members[i]) && whole;
    return whole;
}

/* `in` takes one value, overlaps and within take a list. */
static bool fits(ca_kind_check *check, const ca_phrase *phrase, const ca_node *left)
{
    if (left == NULL)
        return true;
    bool list = !left->type.condition && left->type.type == CA_TYPE_CODES;
    if (phrase->kind == CA_PHRASE_IN && list)
        ca_check_error(
            check, phrase->start,
            "a list of codes stands before 'in'; write 'overlaps' (one of them is) or 'within' (all are)");
    else if (phrase->kind != CA_PHRASE_IN && !list)
        ca_check_error(check, phrase->start,
                       "'%s' needs a list of codes on its left; for one value write 'in'",
                       phrase->kind == CA_PHRASE_OVERLAPS ? "overlaps" : "within");
    else if (left->type.condition)
        ca_check_error(check, phrase->start,
                       "a value is expected before 'in', but this is a condition");
    else
        return true;
    return false;
}

ca_node *ca_check_member(ca_kind_check *check, const ca_phrase *phrase)
{
    ca_node_kind kind = phrase->kind == CA_PHRASE_IN         ? CA_NODE_IN
                        : phrase->kind == CA_PHRASE_OVERLAPS ? CA_NODE_OVERLAPS
                                                             : CA_NODE_WITHIN;
    if (ca_check_is_text(check, phrase->args[0])) {
        ca_check_error(check, phrase->start,
                       "a column is expected before the list, not a fixed text");
        return NULL;
    }
    ca_node *left = ca_check_value_of(check, phrase->args[0], NULL);
    ca_node *node = ca_check_node(check, kind, phrase);
    if (node == NULL || !ca_check_args(check, node, 1))
        return NULL;
    if (!fits(check, phrase, left))
        return NULL;
    node->args[0] = left;
    node->negated = phrase->negated;
    bool good =
        phrase->is_set ? named_set(check, phrase, left, node) : listed(check, phrase, left, node);
    return good && left != NULL ? node : NULL;
}
