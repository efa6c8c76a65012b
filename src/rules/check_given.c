/* Checks values that a kind gives besides columns: overlap_days, the days of a window, and what a peer is compared
 * with. */
#include "rules/check_parts.h"
#include "rules/say.h"

static const struct {
    const char *name;
    bool call;
    ca_type type;
    const char *kinds;
} givens[CA_GIVENS] = {
    [CA_GIVEN_OVERLAP_DAYS] = {"overlap_days", false, CA_TYPE_INT, "overlap rules"},
    [CA_GIVEN_WINDOW_START] = {"window_start", false, CA_TYPE_DATE, "window and peer rules"},
    [CA_GIVEN_WINDOW_END] = {"window_end", false, CA_TYPE_DATE, "window and peer rules"},
    [CA_GIVEN_METRIC] = {"metric", false, CA_TYPE_DECIMAL, "the 'when' and the texts of peer rules"},
    [CA_GIVEN_MEDIAN] = {"median", true, CA_TYPE_DECIMAL, "the 'when' and the texts of peer rules"},
    [CA_GIVEN_PERCENTILE] = {"percentile", true, CA_TYPE_DECIMAL, "the 'when' and the texts of peer rules"},
    [CA_GIVEN_PEER_COUNT] = {"peer_count", false, CA_TYPE_INT, "the 'when' and the texts of peer rules"},
};

const char *ca_given_name(ca_given given)
{
    return givens[given].name;
}

bool ca_given_find(ca_text name, bool call, ca_given *ret_given)
{
    for (ca_given given = 0; given < CA_GIVENS; given++) {
        if (givens[given].call == call && ca_text_is(name, givens[given].name)) {
            *ret_given = given;
            return true;
        }
    }
    return false;
}

/* percentile(95): a plain number or a parameter, so that one sort of the peers answers it. */
static bool percentile(ca_kind_check *check, const ca_phrase *phrase, ca_node *node)
{
    const ca_expr_type number = ca_type_plain(CA_TYPE_DECIMAL);
    ca_node *share = ca_check_value_of(check, phrase->args[0], &number);
    if (share == NULL || !ca_check_args(check, node, 1))
        return false;
    node->args[0] = share;
    if (share->kind == CA_NODE_NUMBER && share->number.n > 0 && share->number.n <= 100 * share->number.d)
        return true;
    ca_check_error(check, phrase->args[0]->start, "percentile(…) takes a number above 0 and up to 100");
    return false;
}

static bool contents(ca_kind_check *check, const ca_phrase *phrase, ca_node *node)
{
    size_t want = node->given == CA_GIVEN_PERCENTILE ? 1 : 0;
    if (phrase->kind != CA_PHRASE_CALL)
        return true;
    if (phrase->arg_count != want || phrase->where != NULL || phrase->on != NULL || phrase->suffix.len > 0) {
        ca_check_error(check, phrase->start, "write %s", want == 1 ? "percentile(95)" : "median()");
        return false;
    }
    return want == 0 || percentile(check, phrase, node);
}

ca_node *ca_check_given(ca_kind_check *check, const ca_phrase *phrase, ca_given given)
{
    if ((check->scope.given & 1u << given) == 0) {
        ca_check_error(check, phrase->start, "%s is only known in %s", givens[given].name, givens[given].kinds);
        return NULL;
    }
    if (check->in_aggregate) {
        ca_check_error(check, phrase->start, "%s belongs to the whole, not to its lines: it stands outside of aggregates",
                       givens[given].name);
        return NULL;
    }
    ca_node *node = ca_check_node(check, CA_NODE_GIVEN, phrase);
    if (node == NULL)
        return NULL;
    node->given = given;
    const ca_node *metric = check->rule->keys.metric;
    bool of_metric = given == CA_GIVEN_METRIC || given == CA_GIVEN_MEDIAN || given == CA_GIVEN_PERCENTILE;
    node->type = of_metric && metric != NULL ? metric->type : ca_type_plain(givens[given].type);
    return contents(check, phrase, node) ? node : NULL;
}
