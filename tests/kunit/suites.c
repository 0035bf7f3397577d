// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module. Its suites are run by its own init, not by KUnit's list of them, which
 * some kernels run before a module has its parameters.
 */
#include <linux/module.h>

#include "rig.h"

static struct kunit_suite *suites[] = {
	&event_suite, &entry_suite, &pcr_suite, &start_suite, &gate_suite, &queue_suite,
	&room_suite, &export_suite, &sleep_suite, &random_suite,
	/* before any other that has a job: is its key there already? */
	&name_suite, &job_suite, &thread_suite,
};

static int __init suites_init(void)
{
	return __kunit_test_suites_init(suites, ARRAY_SIZE(suites));
}
module_init(suites_init);

static void __exit suites_exit(void)
{
	__kunit_test_suites_exit(suites, ARRAY_SIZE(suites));
	rig_give_up_spare();
}
module_exit(suites_exit);

MODULE_DESCRIPTION("Hallmark's KUnit suites");
MODULE_AUTHOR("The Hallmark project");
MODULE_LICENSE("GPL");
MODULE_SOFTDEP("pre: sha1 sha256 sha384 sha512");
