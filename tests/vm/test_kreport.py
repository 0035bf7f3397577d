#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""kreport.py knows the words: one line of each complaint, as kernels say it, and
lines of a sound kernel that must not be taken for one. TAP on stdout."""

import sys

sys.dont_write_bytecode = True
import kreport

COMPLAINTS = [
    ("kasan", "BUG: KASAN: slab-use-after-free in hallmark_job_mark+0x1b2/0x2d0 [hallmark]"),
    ("kasan", "KASAN: null-ptr-deref in range [0x0000000000000008-0x000000000000000f]"),
    ("lockdep", "WARNING: possible circular locking dependency detected"),
    ("lockdep", "WARNING: possible recursive locking detected"),
    ("lockdep", "WARNING: inconsistent lock state"),
    ("lockdep", "WARNING: bad unlock balance detected!"),
    ("lockdep", "WARNING: suspicious RCU usage"),
    ("lockdep", "WARNING: held lock freed!"),
    ("lockdep", "WARNING: lock held when returning to user space!"),
    ("lockdep", "INFO: trying to register non-static key."),
    ("lockdep", "turning off the locking correctness validator."),
    ("lockdep", "BUG: spinlock bad magic on CPU#0, mark/212"),
    ("lockdep", "BUG: MAX_LOCKDEP_ENTRIES too low!"),
    ("atomic", "BUG: sleeping function called from invalid context at mm/page_alloc.c:5123"),
    ("atomic", "BUG: scheduling while atomic: mark/212/0x00000002"),
    ("ubsan", "UBSAN: array-index-out-of-bounds in kmod/gate.c:12:3"),
    ("odebug", "ODEBUG: free active (active state 0) object type: timer_list hint: x+0x0/0x10"),
    ("list", "list_del corruption. prev->next should be ffff888007, but was ffff888008"),
    ("list", "list_add corruption. next->prev should be prev (ffff888007), but was 0"),
    ("refcount", "refcount_t: underflow; use-after-free."),
    ("hung", "INFO: task mark:212 blocked for more than 120 seconds."),
    ("hung", "INFO: task mark:212 blocked in I/O wait for more than 120 seconds."),
    ("kasan", "BUG: KASAN: use-after-free, or so says a Command line: of ours"),
    ("warning", "sysfs: cannot create duplicate filename '/class/hallmark/printer0'"),
    ("warning", "kobject: kobject_add_internal failed for printer0 with -EEXIST"),
    ("warning", "kobject (000000007): tried to init an initialized object, something is wrong"),
    ("stall", "watchdog: BUG: soft lockup - CPU#0 stuck for 61s! [mark:212]"),
    ("stall", "rcu: INFO: rcu_preempt self-detected stall on CPU"),
    ("stall", "rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:"),
    ("stall", "BUG: workqueue lockup - pool cpus=0 node=0 flags=0x0 nice=0 stuck for 61s!"),
    ("kmemleak", "kmemleak: Kernel memory leak detector disabled"),
    ("kmemleak", "kmemleak: Cannot allocate a kmemleak_object structure"),
    ("kmemleak", "kmemleak: Cannot insert 0xffff888007 into the object search tree "
                 "(overlaps existing)"),
    ("slub", "BUG kmalloc-64 (Tainted: G           O      ): Right Redzone overwritten"),
    ("slub", "BUG kmalloc-64 (Not tainted): Poison overwritten"),
    ("oops", "BUG: unable to handle page fault for address: ffffc90000a0f000"),
    ("oops", "BUG: kernel NULL pointer dereference, address: 0000000000000008"),
    ("oops", "general protection fault, probably for non-canonical address 0x6b6b6b6b: 0000"),
    ("oops", "Oops: 0000 [#1] PREEMPT SMP KASAN"),
    ("oops", "kernel BUG at mm/slub.c:435!"),
    ("warning", "WARNING: CPU: 1 PID: 212 at kmod/gate.c:163 commit+0x31/0x60 [hallmark]"),
]

SOUND = [
    "hallmark: extend returned 9, but the PCR says done",
    "hallmark: gate latched (code -62); no marks until reboot",
    "vhci_hcd vhci_hcd.0: Device attached",
    "FAULT_INJECTION: forcing a failure.",
    "kmemleak: Kernel memory leak detector initialized (mem pool available: 7058)",
    "kmemleak: 3 new suspected memory leaks (see /sys/kernel/debug/kmemleak)",
    "kmemleak: Cannot allocate a scan area, scanning the full object",
    "kobject_add_internal failed for hallmark (error: -12 parent: module)",	# a fault that was asked for
    "hallmark: loading out-of-tree module taints kernel.",
    "Kernel command line: console=ttyS0 kmemleak=on log_buf_len=4M watchdog_thresh=30",
    "rcu: Preemptible hierarchical RCU implementation.",
    "Lock dependency validator: Copyright (c) 2006 Red Hat, Inc., Ingo Molnar",
    "mark: page allocation failure: order:0, mode:0xdc0(GFP_KERNEL|__GFP_ZERO)",
    "usb 1-1: device descriptor read/64, error -71",
    "tpm tpm0: A TPM error (256) occurred attempting extend a PCR value",
]

LEAKS = """unreferenced object 0xffff888007a3b400 (size 64):
  comm "mark", pid 212, jiffies 4294912345 (age 31.220s)
  hex dump (first 32 bytes):
    5e 58 41 5e 46 4f 35 30 2c 35 30 5e 41 30 4e 2c  ^XA^FO50,50^A0N,
  backtrace:
    [<00000000a1b2c3d4>] kvmalloc_node+0x3e/0xb0
    [<000000005e6f7081>] vmemdup_user+0x22/0xa0
    [<0000000092a3b4c5>] hallmark_job_mark+0x9f/0x2d0 [hallmark]
unreferenced object 0xffff888007a3b500 (size 64):
  comm "udevd", pid 99, jiffies 4294912345 (age 31.220s)
  backtrace:
    [<00000000a1b2c3d4>] __kmalloc+0x3e/0xb0
    [<000000005e6f7081>] sock_alloc+0x22/0xa0
unreferenced object 0xffff888007a3b600 (size 64):
  comm "modprobe", pid 98, jiffies 4294912345 (age 31.220s)
  backtrace:
    [<00000000a1b2c3d4>] __kmalloc+0x3e/0xb0
    [<000000005e6f7081>] 0xffffffffc0123456
"""

NAME_OF_A_CLASS = """unreferenced object 0xffff88800a45d2e0 (size 16):
  comm "failnth_load", pid 117, jiffies 4294704716 (age 9.852s)
  backtrace:
    [<00000000a1b2c3d4>] kstrdup+0x39/0x70
    [<000000005e6f7081>] kobject_set_name_vargs+0x2f/0xd0
    [<0000000092a3b4c5>] kobject_set_name+0xaa/0xe0
    [<00000000c6d7e8f9>] __class_register+0x1d1/0x4e0
    [<000000000a1b2c3d>] hallmark_marker_init+0x1e/0x1d6 [hallmark]
"""
KNOWN = [
    "WARNING: CPU: 0 PID: 117 at event_define_fields+0x2df/0x4c0",
    "sysfs: cannot create duplicate filename '//usb:hallmark_usb'",
    NAME_OF_A_CLASS,
]
NOT_KNOWN = [
    "WARNING: CPU: 0 PID: 117 at event_define_field+0x2df/0x4c0",
    "WARNING: CPU: 0 PID: 117 at hallmark_gate_start+0x2df/0x4c0 [hallmark]",
    "sysfs: cannot create duplicate filename '/class/hallmark/printer0'",
    "sysfs: cannot create duplicate filename '//usb:other'",
    LEAKS, NAME_OF_A_CLASS.replace("__class_register", "hallmark_register"),
]

count = failed = 0


def check(text, truth):
    global count, failed
    truth = bool(truth)
    count += 1
    failed += not truth
    print(f"{'' if truth else 'not '}ok {count} - {text}")


for kind, line in COMPLAINTS:
    for stamp in ("[   12.345678] ", "<4>[    1.000000][  T212] ", ""):
        said = kreport.find(f"[    1.0] before\n{stamp}{line}\n[    2.0] after\n")
        if said != [(kind, line)]:
            check(f"{kind}: {line}: {said}", False)
            break
    else:
        check(f"{kind}: {line[:60]}", True)
for line in SOUND:
    check(f"sound: {line[:60]}", kreport.find("[   12.345678] " + line) == [])
check("every kind has a line here",
      {kind for kind, _ in kreport.KINDS} == {kind for kind, _ in COMPLAINTS})
check("a leak is ours, another's, or of a module that is gone",
      [whose for whose, _ in kreport.leaks("kmemleak: on\n" + LEAKS)] ==
      ["hallmark", None, "?"])
check("no leak, no report", kreport.leaks("kmemleak: on\n") == [])
for text in KNOWN:
    check(f"known when out of memory: {text[:60].splitlines()[0]}", kreport.known_when_out_of_memory(text))
for text in NOT_KNOWN:
    check(f"not known: {text[:60].splitlines()[0]}", not kreport.known_when_out_of_memory(text))
check("a leaked name of a class is ours otherwise", kreport.leaks(NAME_OF_A_CLASS)[0][0] == "hallmark")
print(f"1..{count}")
sys.exit(failed != 0)
