// SPDX-License-Identifier: GPL-2.0-only
/* Runs every suite that is linked in, and prints TAP. See shim.h. */
#include <openssl/evp.h>

#include "shim.h"

static const char *only;	/* this suite, if not NULL */
static u32 cases, failed;

struct crypto_shash {
	const EVP_MD *md;
};

struct crypto_shash *crypto_alloc_shash(const char *name, u32 type, u32 mask)
{
	struct crypto_shash *tfm = malloc(sizeof(*tfm));

	tfm->md = EVP_get_digestbyname(name);
	assert(tfm->md);
	return tfm;
}

void crypto_free_shash(struct crypto_shash *tfm)
{
	free(tfm);
}

unsigned int crypto_shash_digestsize(struct crypto_shash *tfm)
{
	return EVP_MD_get_size(tfm->md);
}

int crypto_shash_tfm_digest(struct crypto_shash *tfm, const u8 *data, unsigned int n, u8 *out)
{
	return EVP_Digest(data, n, out, NULL, tfm->md, NULL) == 1 ? 0 : -EINVAL;
}

void sha256(const u8 *data, unsigned int n, u8 *out)
{
	int rc = EVP_Digest(n ? data : (const u8 *)"", n, out, NULL, EVP_sha256(), NULL);

	assert(rc == 1);
}

void get_random_bytes(void *buf, size_t n)
{
	static u8 calls;

	/* the same in each run, no two calls in a row alike, and never zeros */
	calls += calls == 255 ? 2 : 1;
	memset(buf, calls, n);
}

struct thread {
	int (*fn)(void *arg);
	void *arg;
};

static void *run_thread(void *arg)
{
	struct thread t = *(struct thread *)arg;

	free(arg);
	t.fn(t.arg);
	return NULL;
}

/* Nobody joins it: what waits for its end waits for a completion. */
struct task_struct *shim_thread(int (*fn)(void *arg), void *arg)
{
	struct thread *t = malloc(sizeof(*t));
	pthread_t id;
	int rc;

	*t = (struct thread){ fn, arg };
	rc = pthread_create(&id, NULL, run_thread, t);
	assert(!rc);
	pthread_detach(id);
	return (struct task_struct *)id;
}

void shim_fail(struct kunit *test, const char *file, int line, const char *what)
{
	test->status = KUNIT_FAILURE;
	printf("    # %s:%d: %s\n", file, line, what);
}

void *kunit_kzalloc(struct kunit *test, size_t n, int flags)
{
	assert(test->nmanaged < ARRAY_SIZE(test->managed));
	return test->managed[test->nmanaged++] = calloc(1, n);
}

static bool run(const struct kunit_suite *suite, const struct kunit_case *c, const void *param)
{
	struct kunit *test = calloc(1, sizeof(*test));
	bool ok;

	test->param_value = param;
	if (!setjmp(test->out)) {
		if (suite->init && suite->init(test))
			shim_fail(test, suite->name, 0, "init");
		else
			c->run_case(test);
	}
	if (suite->exit && !setjmp(test->out))
		suite->exit(test);
	while (test->nmanaged)
		free(test->managed[--test->nmanaged]);
	ok = test->status != KUNIT_FAILURE;
	free(test);
	return ok;
}

/* The suites' module parameters; "user SUITE NAME=VALUE ...". */
extern bool *shim_sabotage, *shim_thorough;
extern unsigned int *shim_runs, *shim_seed;
extern int (*shim_init)(void);
extern void (*shim_exit)(void);

static void set_param(const char *arg)
{
	unsigned int value;

	if (sscanf(arg, "runs=%u", &value) == 1)
		*shim_runs = value;
	else if (sscanf(arg, "seed=%u", &value) == 1)
		*shim_seed = value;
	else if (sscanf(arg, "sabotage=%u", &value) == 1)
		*shim_sabotage = value;
	else if (sscanf(arg, "thorough=%u", &value) == 1)
		*shim_thorough = value;
	else
		exit(2);
}

static void run_suite(const struct kunit_suite *suite)
{
	const struct kunit_case *c;

	for (c = suite->test_cases; c->run_case; c++) {
		char desc[KUNIT_PARAM_DESC_SIZE] = "";
		const void *param = NULL;
		bool ok = true;

		if (!c->generate_params)
			ok = run(suite, c, NULL);
		while (c->generate_params && (param = c->generate_params(param, desc)))
			if (!run(suite, c, param)) {
				printf("    # with %s\n", desc);
				ok = false;
			}
		printf("%sok %u %s: %s\n", ok ? "" : "not ", ++cases, suite->name, c->name);
		failed += !ok;
	}
}

int __kunit_test_suites_init(struct kunit_suite **suites, int n)
{
	int i;

	for (i = 0; i < n; i++)
		if (!only || !strcmp(only, suites[i]->name))
			run_suite(suites[i]);
	return 0;
}

void __kunit_test_suites_exit(struct kunit_suite **suites, int n)
{
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	while (argc > 1 && strchr(argv[argc - 1], '='))
		set_param(argv[--argc]);
	only = argc > 1 ? argv[1] : NULL;
	shim_init();
	shim_exit();
	printf("1..%u\n", cases);
	return failed || !cases;
}
