/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * As much of a kernel and of KUnit as the suites and the files under test need to
 * run as a program, so that the sanitizers of the host see them and a slip shows
 * within seconds. What runs in the kernel is the test; this is its rehearsal.
 */
#ifndef HALLMARK_KUNIT_SHIM_H
#define HALLMARK_KUNIT_SHIM_H

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>
#include <linux/types.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef unsigned long long u64;
typedef int32_t s32;

#define U32_MAX UINT32_MAX
#define U64_MAX UINT64_MAX
#define SZ_1K 0x400
#define SZ_4K 0x1000
#define SZ_16K 0x4000
#define SZ_64K 0x10000
#define SZ_512K 0x80000
#define KBUILD_MODNAME "hallmark_kunit"
#define GFP_KERNEL 0
#define GFP_KERNEL_ACCOUNT 0
#define BIT(n) (1UL << (n))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define container_of(p, type, member) ((type *)((char *)(p) - offsetof(type, member)))
#define min(a, b) ((a) < (b) ? (a) : (b))
#define max(a, b) ((a) > (b) ? (a) : (b))
#define min_t(t, a, b) min((t)(a), (t)(b))
#define READ_ONCE(x) __atomic_load_n(&(x), __ATOMIC_RELAXED)
#define WRITE_ONCE(x, v) __atomic_store_n(&(x), v, __ATOMIC_RELAXED)
#define __user
#define __printf(a, b) __attribute__((format(printf, a, b)))

#define IS_ERR(p) ((uintptr_t)(p) >= (uintptr_t)-4095)
#define IS_ERR_OR_NULL(p) (!(p) || IS_ERR(p))
#define ERR_PTR(e) ((void *)(intptr_t)(e))
#define PTR_ERR(p) ((intptr_t)(p))
#define PTR_ERR_OR_ZERO(p) (IS_ERR(p) ? PTR_ERR(p) : 0)
#define ENOTSUPP 524

#define no_printk(fmt, ...) ({ if (0) printf(fmt, ##__VA_ARGS__); 0; })
#define pr_crit(fmt, ...) no_printk(fmt, ##__VA_ARGS__)
#define pr_err(fmt, ...) no_printk(fmt, ##__VA_ARGS__)
#define pr_info(fmt, ...) printf(fmt, ##__VA_ARGS__)
#define pr_warn_ratelimited(fmt, ...) no_printk(fmt, ##__VA_ARGS__)
#define WARN_ON(c) ({ bool c_ = !!(c); if (c_) abort(); c_; })
#define WARN_ON_ONCE(c) WARN_ON(c)
#define scnprintf(b, n, ...) ((size_t)snprintf(b, n, __VA_ARGS__))

static inline bool fatal_signal_pending(const void *task)
{
	return false;
}

#define kzalloc(n, f) calloc(1, n)
#define kmalloc(n, f) malloc(n)
#define kvmalloc(n, f) malloc(n)
#define kvzalloc(n, f) calloc(1, n)
#define vmalloc(n) malloc(n)
#define vzalloc(n) calloc(1, n)
#define kfree free
#define kvfree free
#define vfree free

static inline ssize_t strscpy(char *d, const char *s, size_t n)
{
	size_t l = strlen(s) < n ? strlen(s) : n - 1;

	memcpy(d, s, l);
	d[l] = 0;
	return l;
}

static inline int hex2bin(u8 *d, const char *hex, size_t n)
{
	for (; n; n--, d++, hex += 2)
		if (sscanf(hex, "%2hhx", d) != 1)
			return -EINVAL;
	return 0;
}

static inline void *memchr_inv(const void *p, int c, size_t n)
{
	const u8 *b = p;

	for (; n; n--, b++)
		if (*b != (u8)c)
			return (void *)b;
	return NULL;
}

static inline int shim_sound(int rc)
{
	assert(!rc);
	return rc;
}

/* locks: real ones, since there are suites with threads, and ones that know their owner */
struct mutex { pthread_mutex_t m; };
#define SHIM_MUTEX { PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP }
#define DEFINE_MUTEX(name) struct mutex name = SHIM_MUTEX
#define mutex_init(l) (*(l) = (struct mutex)SHIM_MUTEX)
#define mutex_lock(l) shim_sound(pthread_mutex_lock(&(l)->m))
#define mutex_unlock(l) shim_sound(pthread_mutex_unlock(&(l)->m))
#define mutex_lock_killable(l) mutex_lock(l)
typedef struct mutex spinlock_t;
#define spin_lock_init mutex_init
#define spin_lock mutex_lock
#define spin_unlock mutex_unlock
struct rw_semaphore { pthread_rwlock_t l; };
#define init_rwsem(s) pthread_rwlock_init(&(s)->l, NULL)
#define down_read(s) pthread_rwlock_rdlock(&(s)->l)
#define down_read_killable(s) pthread_rwlock_rdlock(&(s)->l)
#define down_write(s) pthread_rwlock_wrlock(&(s)->l)
#define up_read(s) pthread_rwlock_unlock(&(s)->l)
#define up_write(s) pthread_rwlock_unlock(&(s)->l)

#define current ((const void *)pthread_self())

/* waiting: there is nobody who could change anything meanwhile */
typedef int wait_queue_head_t;
#define init_waitqueue_head(q) (*(q) = 0)
#define wake_up_all(q) ((void)(q))
#define wake_up_interruptible(q) ((void)(q))
#define wait_event_timeout(q, c, t) ({ (c) ? 1 : 0; })
#define wait_event_killable_timeout(q, c, t) ((c) ? 1 : 0)
#define msecs_to_jiffies(ms) (ms)

struct list_head { struct list_head *next, *prev; };
#define INIT_LIST_HEAD(l) ((l)->next = (l)->prev = (l))
#define list_entry(p, t, m) container_of(p, t, m)
#define list_empty(l) ((l)->next == (l))
#define list_first_entry_or_null(l, t, m) (list_empty(l) ? NULL : list_entry((l)->next, t, m))
#define list_for_each_entry(p, h, m) \
	for (p = list_entry((h)->next, typeof(*p), m); &p->m != (h); \
	     p = list_entry(p->m.next, typeof(*p), m))
#define list_for_each_entry_safe(p, n, h, m) \
	for (p = list_entry((h)->next, typeof(*p), m), n = list_entry(p->m.next, typeof(*p), m); \
	     &p->m != (h); p = n, n = list_entry(n->m.next, typeof(*p), m))

static inline void list_add_tail(struct list_head *n, struct list_head *h)
{
	n->prev = h->prev;
	n->next = h;
	h->prev->next = n;
	h->prev = n;
}

static inline void list_del(struct list_head *n)
{
	n->prev->next = n->next;
	n->next->prev = n->prev;
	n->next = n->prev = NULL;
}

static inline void list_del_init(struct list_head *n)
{
	list_del(n);
	INIT_LIST_HEAD(n);
}

struct hlist_node { struct hlist_node *next, **pprev; };
struct hlist_head { struct hlist_node *first; };
#define hlist_entry_or_null(n, t, m) ({						\
	struct hlist_node *n_ = (n);						\
										\
	n_ ? container_of(n_, t, m) : NULL;					\
})
#define DEFINE_HASHTABLE(name, bits) struct hlist_head name[1 << (bits)]
#define hash_head(table, key) (&(table)[(key) % ARRAY_SIZE(table)])
#define hash_add(table, node, key) hlist_add_head(node, hash_head(table, key))
#define hash_for_each_possible(table, obj, m, key)					\
	for (obj = hlist_entry_or_null(hash_head(table, key)->first, typeof(*obj), m); obj;	\
	     obj = hlist_entry_or_null(obj->m.next, typeof(*obj), m))
#define hash_for_each(table, bkt, obj, m)						\
	for (bkt = 0; bkt < (int)ARRAY_SIZE(table); bkt++)				\
		hash_for_each_possible(table, obj, m, bkt)
#define hash_for_each_safe(table, bkt, tmp, obj, m)					\
	for (bkt = 0; bkt < (int)ARRAY_SIZE(table); bkt++)				\
		for (obj = hlist_entry_or_null((table)[bkt].first, typeof(*obj), m);	\
		     obj && (tmp = obj->m.next, 1);					\
		     obj = hlist_entry_or_null(tmp, typeof(*obj), m))

static inline void hlist_add_head(struct hlist_node *n, struct hlist_head *h)
{
	n->next = h->first;
	n->pprev = &h->first;
	if (n->next)
		n->next->pprev = &n->next;
	h->first = n;
}

static inline void hash_del(struct hlist_node *n)
{
	*n->pprev = n->next;
	if (n->next)
		n->next->pprev = n->pprev;
}

/* any function of the bytes and of the key will do */
typedef struct { u64 key[2]; } siphash_key_t;

static inline u64 siphash(const void *data, size_t n, const siphash_key_t *key)
{
	const u8 *b = data;
	u64 hash = key->key[0] + 3 * key->key[1];

	while (n--)
		hash = hash * 31 + *b++;
	return hash ^ hash >> 12;	/* the table takes the low bits */
}

#define get_random_once(buf, n) do {			\
	static bool once_;				\
							\
	if (!once_)					\
		get_random_bytes(buf, n);		\
	once_ = true;					\
} while (0)

#define test_bit(n, p) (__atomic_load_n(p, __ATOMIC_SEQ_CST) >> (n) & 1)
#define set_bit(n, p) __atomic_fetch_or(p, BIT(n), __ATOMIC_SEQ_CST)

static inline void clear_bit(int n, unsigned long *p)
{
	__atomic_fetch_and(p, ~BIT(n), __ATOMIC_SEQ_CST);
}

struct kref { int count; };

/* time, in milliseconds */
static inline unsigned long shim_jiffies(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000UL + t.tv_nsec / 1000000;
}

#define jiffies shim_jiffies()
#define time_after_eq(a, b) ((long)((a) - (b)) >= 0)
#define usleep_range(least, most) usleep(least)

/* the user's memory is ours */
#define copy_from_user(to, from, n) (memcpy(to, from, n), 0)
#define copy_to_user(to, from, n) (memcpy(to, from, n), 0)
#define u64_to_user_ptr(p) ((void *)(uintptr_t)(p))

/* A tracepoint with one probe. Each file that knows it has it; the linker keeps one. */
#define TP_PROTO(...) __VA_ARGS__
#define TP_ARGS(...) __VA_ARGS__
#define TRACE_EVENT(name, proto, args, ...) SHIM_TRACE(name, SHIM_LIST(proto), SHIM_LIST(args))
#define SHIM_LIST(...) (__VA_ARGS__)
#define SHIM_BARE(...) __VA_ARGS__
#define SHIM_TRACE(name, proto, args)							\
	typedef void name##_probe(void *data, SHIM_BARE proto);				\
	__attribute__((weak)) name##_probe *shim_##name;				\
	__attribute__((weak)) void *shim_##name##_data;					\
	static inline void trace_##name proto						\
	{										\
		if (shim_##name)							\
			shim_##name(shim_##name##_data, SHIM_BARE args);		\
	}										\
	static inline int register_trace_##name(name##_probe *probe, void *data)	\
	{										\
		shim_##name##_data = data;						\
		shim_##name = probe;							\
		return 0;								\
	}										\
	static inline void unregister_trace_##name(name##_probe *probe, void *data)	\
	{										\
		shim_##name = NULL;							\
	}										\
	_Static_assert(1, #name)
#define tracepoint_synchronize_unregister()

/* threads */
struct completion {
	pthread_mutex_t lock;
	pthread_cond_t cond;
	bool done;
};

static inline void init_completion(struct completion *c)
{
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->cond, NULL);
	c->done = false;
}

static inline void complete(struct completion *c)
{
	pthread_mutex_lock(&c->lock);
	c->done = true;
	pthread_cond_broadcast(&c->cond);
	pthread_mutex_unlock(&c->lock);
}

static inline bool completion_done(struct completion *c)
{
	bool done;

	pthread_mutex_lock(&c->lock);
	done = c->done;
	pthread_mutex_unlock(&c->lock);
	return done;
}

static inline void wait_for_completion(struct completion *c)
{
	pthread_mutex_lock(&c->lock);
	while (!c->done)
		pthread_cond_wait(&c->cond, &c->lock);
	pthread_mutex_unlock(&c->lock);
}

struct task_struct;
struct task_struct *shim_thread(int (*fn)(void *arg), void *arg);
#define kthread_run(fn, arg, ...) shim_thread(fn, arg)

struct crypto_shash;
struct crypto_shash *crypto_alloc_shash(const char *name, u32 type, u32 mask);
void crypto_free_shash(struct crypto_shash *tfm);
int crypto_shash_tfm_digest(struct crypto_shash *tfm, const u8 *data, unsigned int n, u8 *out);
unsigned int crypto_shash_digestsize(struct crypto_shash *tfm);
void sha256(const u8 *data, unsigned int n, u8 *out);
void get_random_bytes(void *buf, size_t n);

#define SHIM_PARAM_bool(name) bool *shim_##name = &name
#define SHIM_PARAM_uint(name) unsigned int *shim_##name = &name
#define module_param(name, type, mode) SHIM_PARAM_##type(name)
#define __init
#define __exit __attribute__((unused))
#define module_init(f) int (*shim_init)(void) = f
#define module_exit(f) void (*shim_exit)(void) = f
#define MODULE_PARM_DESC(name, text) _Static_assert(1, text)
#define MODULE_LICENSE(x)	_Static_assert(1, x)
#define MODULE_DESCRIPTION(x)	_Static_assert(1, x)
#define MODULE_AUTHOR(x)	_Static_assert(1, x)
#define MODULE_SOFTDEP(x)	_Static_assert(1, x)

/* KUnit */
struct kunit {
	void *priv;
	const void *param_value;
	jmp_buf out;
	int status;
	void *managed[64];
	u32 nmanaged;
};

#define KUNIT_FAILURE 1

struct kunit_case {
	void (*run_case)(struct kunit *test);
	const char *name;
	const void *(*generate_params)(const void *prev, char *desc);
};

struct kunit_suite {
	char name[256];
	int (*init)(struct kunit *test);
	void (*exit)(struct kunit *test);
	struct kunit_case *test_cases;
};

#define KUNIT_PARAM_DESC_SIZE 128
#define KUNIT_CASE(f) { .run_case = f, .name = #f }
#define KUNIT_CASE_PARAM(f, g) { .run_case = f, .name = #f, .generate_params = g }
#define KUNIT_ARRAY_PARAM(name, array, get_desc)					\
	static const void *name##_gen_params(const void *prev, char *desc)		\
	{										\
		typeof((array)[0]) *next_ = prev ? (typeof((array)[0]) *)prev + 1 : (array); \
											\
		if (next_ - (array) >= (ptrdiff_t)ARRAY_SIZE(array))			\
			return NULL;							\
		if ((void *)(get_desc) != NULL)						\
			((void (*)(typeof(next_), char *))get_desc)(next_, desc);	\
		return next_;								\
	}
int __kunit_test_suites_init(struct kunit_suite **suites, int n);
void __kunit_test_suites_exit(struct kunit_suite **suites, int n);
void shim_fail(struct kunit *test, const char *file, int line, const char *what);
void *kunit_kzalloc(struct kunit *test, size_t n, int flags);
#define kunit_info(test, fmt, ...) printf("    # " fmt "\n", ##__VA_ARGS__)

#define SHIM_CHECK(test, cond, stop, ...) do {						\
	if (!(cond)) {									\
		shim_fail(test, __FILE__, __LINE__, #cond);				\
		printf("        " __VA_ARGS__);						\
		printf("\n");								\
		if (stop)								\
			longjmp((test)->out, 1);					\
	}										\
} while (0)
#define SHIM_BINARY(test, a, op, b, stop, ...) do {					\
	typeof((a) + 0) a_ = (a);							\
	typeof((b) + 0) b_ = (b);							\
											\
	if (!(a_ op b_)) {								\
		shim_fail(test, __FILE__, __LINE__, #a " " #op " " #b);			\
		printf("        %lld, %lld ", (long long)a_, (long long)b_);		\
		printf(" " __VA_ARGS__);							\
		printf("\n");								\
		if (stop)								\
			longjmp((test)->out, 1);					\
	}										\
} while (0)

#define KUNIT_EXPECT_TRUE(t, c) SHIM_CHECK(t, c, 0, " ")
#define KUNIT_EXPECT_TRUE_MSG(t, c, ...) SHIM_CHECK(t, c, 0, __VA_ARGS__)
#define KUNIT_EXPECT_FALSE(t, c) SHIM_CHECK(t, !(c), 0, " ")
#define KUNIT_ASSERT_LE(t, a, b) SHIM_BINARY(t, a, <=, b, 1)
#define KUNIT_ASSERT_LT(t, a, b) SHIM_BINARY(t, a, <, b, 1)
#define KUNIT_ASSERT_TRUE(t, c) SHIM_CHECK(t, c, 1, " ")
#define KUNIT_ASSERT_FALSE(t, c) SHIM_CHECK(t, !(c), 1, " ")
#define KUNIT_EXPECT_EQ(t, a, b) SHIM_BINARY(t, a, ==, b, 0)
#define KUNIT_EXPECT_EQ_MSG(t, a, b, ...) SHIM_BINARY(t, a, ==, b, 0, __VA_ARGS__)
#define KUNIT_EXPECT_GT_MSG(t, a, b, ...) SHIM_BINARY(t, a, >, b, 0, __VA_ARGS__)
#define KUNIT_EXPECT_NE(t, a, b) SHIM_BINARY(t, a, !=, b, 0)
#define KUNIT_EXPECT_LE(t, a, b) SHIM_BINARY(t, a, <=, b, 0)
#define KUNIT_EXPECT_LT(t, a, b) SHIM_BINARY(t, a, <, b, 0)
#define KUNIT_EXPECT_GE(t, a, b) SHIM_BINARY(t, a, >=, b, 0)
#define KUNIT_EXPECT_GT(t, a, b) SHIM_BINARY(t, a, >, b, 0)
#define KUNIT_ASSERT_EQ(t, a, b) SHIM_BINARY(t, a, ==, b, 1)
#define KUNIT_ASSERT_EQ_MSG(t, a, b, ...) SHIM_BINARY(t, a, ==, b, 1, __VA_ARGS__)
#define KUNIT_ASSERT_NOT_NULL(t, p) SHIM_CHECK(t, (p) != NULL, 1, " ")
#define KUNIT_EXPECT_STREQ(t, a, b) SHIM_CHECK(t, !strcmp(a, b), 0, "%s\n        %s", a, b)
#define KUNIT_FAIL(t, ...) SHIM_CHECK(t, 0, 0, __VA_ARGS__)

#endif /* HALLMARK_KUNIT_SHIM_H */
