/* POSIX threads. */
#include "base/threads.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/alloc.h"

struct ca_mutex {
    pthread_mutex_t mutex;
};

ca_mutex *ca_mutex_new(void)
{
    ca_mutex *mutex = ca_alloc(sizeof *mutex);
    if (mutex != NULL && pthread_mutex_init(&mutex->mutex, NULL) != 0) {
        ca_free(mutex);
        return NULL;
    }
    return mutex;
}

void ca_mutex_free(ca_mutex *mutex)
{
    if (mutex != NULL)
        pthread_mutex_destroy(&mutex->mutex);
    ca_free(mutex);
}

void ca_mutex_lock(ca_mutex *mutex)
{
    if (mutex != NULL)
        pthread_mutex_lock(&mutex->mutex);
}

void ca_mutex_unlock(ca_mutex *mutex)
{
    if (mutex != NULL)
        pthread_mutex_unlock(&mutex->mutex);
}

struct ca_gate {
    pthread_rwlock_t lock;
};

ca_gate *ca_gate_new(void)
{
    ca_gate *gate = ca_alloc(sizeof *gate);
    if (gate != NULL && pthread_rwlock_init(&gate->lock, NULL) != 0) {
        ca_free(gate);
        return NULL;
    }
    return gate;
}

void ca_gate_free(ca_gate *gate)
{
    if (gate != NULL)
        pthread_rwlock_destroy(&gate->lock);
    ca_free(gate);
}

void ca_gate_read(ca_gate *gate)
{
    if (gate != NULL)
        pthread_rwlock_rdlock(&gate->lock);
}

void ca_gate_change(ca_gate *gate)
{
    if (gate != NULL)
        pthread_rwlock_wrlock(&gate->lock);
}

void ca_gate_leave(ca_gate *gate)
{
    if (gate != NULL)
        pthread_rwlock_unlock(&gate->lock);
}

struct started {
    pthread_t thread;
    bool runs;
    void (*work)(void *context, unsigned number);
    void *context;
    unsigned number;
};

static void *begin(void *argument)
{
    const struct started *started = argument;
    started->work(started->context, started->number);
    return NULL;
}

void ca_threads_run(unsigned count, void (*work)(void *context, unsigned number), void *context)
{
    struct started *threads = count > 1 ? ca_alloc_zero(count, sizeof *threads) : NULL;
    for (unsigned i = 1; threads != NULL && i < count; i++) {
        threads[i].work = work;
        threads[i].context = context;
        threads[i].number = i;
        threads[i].runs = pthread_create(&threads[i].thread, NULL, begin, &threads[i]) == 0;
    }
    work(context, 0);
    for (unsigned i = 1; threads != NULL && i < count; i++) {
        if (threads[i].runs)
            pthread_join(threads[i].thread, NULL);
    }
    ca_free(threads);
}
