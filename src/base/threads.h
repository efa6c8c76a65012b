/* Threads and the lock between them; nothing else of the system's. */
#ifndef CA_BASE_THREADS_H
#define CA_BASE_THREADS_H

typedef struct ca_mutex ca_mutex;
ca_mutex *ca_mutex_new(void);               /* NULL when memory ran out, or the system has no more of them */
void ca_mutex_free(ca_mutex *mutex);        /* NULL is fine, here and below: then there is one thread */
void ca_mutex_lock(ca_mutex *mutex);
void ca_mutex_unlock(ca_mutex *mutex);

/* Many may read, or one may change. */
typedef struct ca_gate ca_gate;
ca_gate *ca_gate_new(void);                 /* NULL as above */
void ca_gate_free(ca_gate *gate);           /* NULL is fine, here and below */
void ca_gate_read(ca_gate *gate);
void ca_gate_change(ca_gate *gate);
void ca_gate_leave(ca_gate *gate);

/* Calls work(context, number) for the numbers 0 to count - 1, each in a thread of its own, number 0 in the caller's, and
 * returns when all have returned. A thread that the system refuses is left out: work must be such that the others do its
 * share. */
void ca_threads_run(unsigned count, void (*work)(void *context, unsigned number), void *context);

#endif
