/* The rule book: what each rule says, for those who work on its findings and those who audit them. As HTML, which needs
 * nothing but itself and holds no scripts, or as Markdown. All texts of rules are escaped. */
#ifndef CA_RULES_BOOK_H
#define CA_RULES_BOOK_H

#include "rules/feature.h"

typedef enum ca_book_format { CA_BOOK_HTML, CA_BOOK_MARKDOWN, CA_BOOK_FORMATS } ca_book_format;
const char *ca_book_suffix(ca_book_format format);      /* "html" */

/* The page of one rule; links lead to index.SUFFIX beside it. `out` is cleared first. */
int ca_book_rule(const ca_ruleset *set, const ca_rule *rule, ca_book_format format, ca_buf *out, ca_error *err);
/* All rules by category, each with a link to ID.SUFFIX; and to features.SUFFIX where there are features (or NULL). */
int ca_book_index(const ca_ruleset *set, const ca_featureset *features, ca_book_format format, ca_buf *out, ca_error *err);
/* All features by the entity they are of. */
int ca_book_features(const ca_featureset *set, ca_book_format format, ca_buf *out, ca_error *err);

#endif
