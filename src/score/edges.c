/* Patients and their entities as records in blocks. Logs of several threads hang one behind the other. */
#include "score/edges.h"

#include <string.h>

#include "base/alloc.h"
#include "score/blocks.h"

#define HEAD_BYTES 13u      /* patient, region, count */
#define EDGE_BYTES 17u      /* entity, paid, kind and a bit */
#define LABORATORY 0x80u

struct ca_edges {
    ca_blocks *blocks;
    char *path;
    uint64_t crowded;
    const uint32_t *numbers;
    ca_edges *next;
};

struct ca_edges_reader {
    ca_edges *edges;
    ca_blocks_reader blocks;
    const uint8_t *at;
    size_t left;
};

int ca_edges_new(ca_disk *disk, const char *path, size_t hold, ca_edges **ret_edges, ca_error *err)
{
    size_t size = strlen(path) + 1;
    ca_edges *edges = ca_alloc_zero(1, sizeof *edges);
    if (edges == NULL)
        return ca_error_nomem(err);
    edges->path = ca_alloc(size);
    if (edges->path == NULL) {
        ca_edges_free(edges);
        return ca_error_nomem(err);
    }
    memcpy(edges->path, path, size);
    int rc = ca_blocks_new(disk, edges->path, hold, &edges->blocks, err);
    if (rc != 0) {
        ca_edges_free(edges);
        return rc;
    }
    *ret_edges = edges;
    return 0;
}

void ca_edges_free(ca_edges *edges)
{
    while (edges != NULL) {
        ca_edges *next = edges->next;
        ca_blocks_free(edges->blocks);
        ca_free(edges->path);
        ca_free(edges);
        edges = next;
    }
}

int ca_edges_add(ca_edges *edges, const ca_edge_patient *patient, ca_error *err)
{
    uint8_t *at;
    int rc = ca_blocks_room(edges->blocks, HEAD_BYTES + patient->count * EDGE_BYTES, &at, err);
    if (rc != 0)
        return rc;
    memcpy(at, &patient->patient, 8);
    memcpy(at + 8, &patient->region, 4);
    at[12] = (uint8_t)patient->count;
    at += HEAD_BYTES;
    for (uint32_t i = 0; i < patient->count; i++, at += EDGE_BYTES) {
        const ca_edge *edge = &patient->edges[i];
        memcpy(at, &edge->entity, 8);
        memcpy(at + 8, &edge->paid, 8);
        at[16] = (uint8_t)((unsigned)edge->kind | (edge->laboratory ? LABORATORY : 0));
    }
    ca_blocks_use(edges->blocks, HEAD_BYTES + patient->count * EDGE_BYTES);
    return 0;
}

void ca_edges_crowded(ca_edges *edges)
{
    edges->crowded++;
}

uint64_t ca_edges_crowded_count(const ca_edges *edges)
{
    uint64_t count = 0;
    for (; edges != NULL; edges = edges->next)
        count += edges->crowded;
    return count;
}

void ca_edges_renumber(ca_edges *edges, const uint32_t *numbers)
{
    edges->numbers = numbers;
}

void ca_edges_join(ca_edges *edges, ca_edges *other)
{
    while (edges->next != NULL)
        edges = edges->next;
    edges->next = other;
}

int ca_edges_reader_new(ca_edges *edges, ca_edges_reader **ret_reader, ca_error *err)
{
    ca_edges_reader *reader = ca_alloc_zero(1, sizeof *reader);
    if (reader == NULL)
        return ca_error_nomem(err);
    reader->edges = edges;
    reader->blocks.blocks = edges->blocks;
    *ret_reader = reader;
    return 0;
}

void ca_edges_reader_free(ca_edges_reader *reader)
{
    ca_free(reader);
}

/* The next block that holds something. */
static int next_block(ca_edges_reader *reader, ca_error *err)
{
    int rc;
    while ((rc = ca_blocks_next(&reader->blocks, &reader->at, &reader->left, err)) == CA_END) {
        if (reader->edges->next == NULL)
            return CA_END;
        reader->edges = reader->edges->next;
        reader->blocks = (ca_blocks_reader){.blocks = reader->edges->blocks};
    }
    return rc;
}

int ca_edges_next(ca_edges_reader *reader, ca_edge_patient *ret_patient, ca_error *err)
{
    if (reader->left == 0) {
        int rc = next_block(reader, err);
        if (rc != 0)
            return rc;
    }
    const uint8_t *at = reader->at;
    memcpy(&ret_patient->patient, at, 8);
    memcpy(&ret_patient->region, at + 8, 4);
    if (reader->edges->numbers != NULL)
        ret_patient->region = reader->edges->numbers[ret_patient->region];
    ret_patient->count = at[12];
    at += HEAD_BYTES;
    for (uint32_t i = 0; i < ret_patient->count; i++, at += EDGE_BYTES) {
        ca_edge *edge = &ret_patient->edges[i];
        memcpy(&edge->entity, at, 8);
        memcpy(&edge->paid, at + 8, 8);
        edge->kind = (ca_edge_kind)(at[16] & ~LABORATORY);
        edge->laboratory = (at[16] & LABORATORY) != 0;
    }
    reader->left -= (size_t)(at - reader->at);
    reader->at = at;
    return 0;
}
