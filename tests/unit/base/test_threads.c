/* Tests of base/threads.h. */
#include "base/threads.h"

#include "base/alloc.h"
#include "support/check_main.h"

#define ROUNDS 2000

struct shared {
    ca_mutex *mutex;
    unsigned sum;                 /* behind the mutex */
    unsigned calls[8];            /* by number */
};

static void count(void *context, unsigned number)
{
    struct shared *shared = context;
    shared->calls[number]++;
    for (unsigned i = 0; i < ROUNDS; i++) {
        ca_mutex_lock(shared->mutex);
        shared->sum++;
        ca_mutex_unlock(shared->mutex);
    }
}

START_TEST(every_number_is_called_once_and_the_lock_keeps_them_apart)
{
    unsigned threads = (unsigned)_i;
    struct shared shared = {.mutex = ca_mutex_new()};
    ck_assert_ptr_nonnull(shared.mutex);
    ca_threads_run(threads, count, &shared);
    for (unsigned i = 0; i < 8; i++) {
        ck_assert_uint_eq(shared.calls[i], i < threads);
    }
    ck_assert_uint_eq(shared.sum, threads * ROUNDS);
    ca_mutex_free(shared.mutex);
}
END_TEST

START_TEST(one_thread_needs_no_lock)
{
    struct shared shared = {.mutex = NULL};
    ca_threads_run(1, count, &shared);
    ck_assert_uint_eq(shared.sum, ROUNDS);
    ca_mutex_free(NULL);
}
END_TEST

START_TEST(without_memory_the_caller_does_the_work)
{
    struct shared shared = {.mutex = NULL};
    ca_alloc_fail(1, 1);
    ca_threads_run(4, count, &shared);
    ca_mutex *mutex = ca_mutex_new();
    ca_alloc_fail(0, 0);
    ck_assert_ptr_null(mutex);
    ck_assert_uint_eq(shared.calls[0], 1);
    ck_assert_uint_eq(shared.calls[1], 0);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, every_number_is_called_once_and_the_lock_keeps_them_apart, 1, 9);
    tcase_add_test(tcase, one_thread_needs_no_lock);
    tcase_add_test(tcase, without_memory_the_caller_does_the_work);
}

CA_CHECK_MAIN("base/threads", add_tests)
