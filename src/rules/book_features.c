/* The page of features in the rule book. */
#include "rules/book_page.h"

#include <stdio.h>

/* The scalar of a key as its author wrote it, on one line by the page; "" without it. */
static ca_text said(const ca_feature *feature, const char *key)
{
    for (const ca_yaml *item = feature->root->child; item != NULL; item = item->next)
        if (ca_text_is(item->key, key))
            return ca_text_trim(item->text);
    return CA_TEXT("");
}

static const char *suspicious(const ca_feature *feature)
{
    switch (feature->direction) {
    case CA_DIRECTION_MORE:
        return feature->entity == CA_ENTITY_LINE && feature->line.form != CA_LINE_NUMBER ? "rare" : "much";
    case CA_DIRECTION_LESS:
        return "little";
    case CA_DIRECTION_BOTH:
        return "much or little";
    case CA_DIRECTION_CONTEXT:
        break;
    }
    return "nothing: context";
}

static void row(ca_page *page, const ca_feature *feature)
{
    const ca_text cells[] = {ca_text_of(feature->id),
                             ca_text_of(feature->title),
                             said(feature, ca_feature_form_name(feature->form)),
                             said(feature, "where"),
                             ca_text_of(suspicious(feature)),
                             ca_text_of(feature->exposes),
                             ca_text_of(feature->draft ? "draft" : "active")};
    ca_page_row(page, cells, 7);
}

static void of_entity(ca_page *page, const ca_featureset *set, ca_entity entity)
{
    static const char *const names[] = {"feature", "title", "measured", "of lines where", "suspicious", "shows in it", "status"};
    if (set->first[entity] == set->first[entity + 1])
        return;
    ca_page_heading(page, 2, ca_text_of(ca_entity_kinds[entity].title));
    ca_page_table(page, names, 7);
    for (size_t i = set->first[entity]; i < set->first[entity + 1]; i++)
        row(page, set->features[i]);
    ca_page_table_end(page);
}

int ca_book_features(const ca_featureset *set, ca_book_format format, ca_buf *out, ca_error *err)
{
    ca_page page = {format, out};
    char index[16];
    ca_buf_clear(out);
    snprintf(index, sizeof(index), "index.%s", ca_book_suffix(format));
    ca_page_begin(&page, "Features");
    ca_page_heading(&page, 1, CA_TEXT("Features"));
    ca_page_text(&page, CA_TEXT("What is measured of entities, which are compared with their peers, and of claim lines."));
    for (unsigned entity = 0; entity < CA_ENTITIES; entity++)
        of_entity(&page, set, (ca_entity)entity);
    ca_page_link(&page, index, CA_TEXT("All rules"));
    ca_page_end(&page);
    return out->failed ? ca_error_nomem(err) : 0;
}
