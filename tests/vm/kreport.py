# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a kernel says when something is wrong with it, found in its log.

    for report in find(text_of_dmesg):          [(kind, first line), ...]
    for report in leaks(text_of_kmemleak):      [(whose, text), ...]
    known_when_out_of_memory(line_or_text):     why it is no complaint there, or None

A report is a line that some checker of the kernel begins its complaint with. The
kinds are fixed names, so that a test that plants a bug can ask for the very
checker it meant:

    kasan kmemleak lockdep ubsan odebug list refcount atomic hung stall slub oops warning

tests/vm/run calls this after every run; a kernel without a checker does not say
its words.
"""

import re

# The first that matches names the report, so the special ones come before WARNING.
KINDS = [
    ("kasan", r"BUG: KASAN:|KASAN: (?:null-ptr-deref|maybe wild-memory|probably)"),
    ("lockdep", r"WARNING: (?:possible (?:circular|recursive|irq lock inversion)"
                r"|inconsistent lock state|bad unlock balance|held lock freed"
                r"|lock held when returning|suspicious RCU usage|Nested lock)"
                r"|possible (?:circular locking|recursive locking|irq lock inversion)"
                r"|inconsistent lock state|bad unlock balance|suspicious RCU usage"
                r"|[Hh]eld lock freed|lock(?:\(s\))? held when returning"
                r"|still has locks held|illegal RCU usage|sleeping with a lock"
                r"|INFO: trying to register non-static key"
                r"|DEBUG_LOCKS_WARN_ON|BUG: MAX_LOCK|BUG: .*lock class"
                r"|turning off the locking correctness validator"
                r"|INFO: lockdep is turned off|INFO: .*lock-ordering"
                r"|BUG: (?:spinlock|rwlock|looking up invalid subclass|key .* not in)"),
    ("atomic", r"BUG: sleeping function called|BUG: scheduling while atomic"
               r"|BUG: (?:using .* in preemptible|.*preempt_count)"
               r"|do not call blocking ops when"),
    ("ubsan", r"UBSAN:"),
    ("odebug", r"ODEBUG:"),
    ("list", r"list_(?:add|del) corruption|(?:list_add|list_del).* corruption"),
    ("refcount", r"refcount_t:"),
    ("hung", r"INFO: task .* blocked (?:in I/O wait )?for more than"),
    ("stall", r"soft lockup|BUG: workqueue lockup|rcu: INFO: .*(?:stall|detected)"
              r"|INFO: rcu_.*(?:stall|detected)|hard LOCKUP"),
    ("kmemleak", r"kmemleak: .*(?:[Cc]annot|disabled|pool empty|not enough|Unknown object"
                 r"|overlaps existing)"),
    ("slub", r"BUG \S+ \((?:Not tainted|Tainted)|BUG \S+:.*(?:overwritten|Poison|Redzone)"
             r"|Slab .* Objects remaining|cache .*: Objects remaining"),
    ("oops", r"Oops:|BUG: unable to handle|BUG: kernel NULL|general protection fault"
             r"|kernel BUG at|BUG: Bad |Kernel panic|stack-protector:|BUG: stack guard"
             r"|double fault:|unable to handle kernel|invalid opcode:"),
    ("warning", r"WARNING: CPU|WARNING: at|BUG:|WARNING: |cannot create duplicate filename"
                r"|kobject_add_internal failed for .* with -EEXIST|tried to init an initialized object"),
]
COMPILED = [(kind, re.compile(pattern)) for kind, pattern in KINDS]
STAMP = re.compile(r"^(?:<\d+>)?\[ *\d+\.\d+\](?:\[[^]]*\])? ?")

# Said on the way by machinery that was asked to: no complaint.
HARMLESS = re.compile(
    r"FAULT_INJECTION: |kmemleak: \d+ new suspected memory leaks"    # leaks() judges those
    # its own allocation failed, so it looks at more of the object, not at less
    r"|kmemleak: Cannot allocate a scan area, scanning the full object"
    r"|kmemleak: (?:Kernel memory leak detector initialized|Automatic memory scanning)"
    r"|kmemleak: .*[Cc]ommand line|^(?:Kernel c|C)ommand line:")


def find(text):
    """Every report of a kernel's log, in order: (kind, line without its time)."""
    found = []
    for line in text.splitlines():
        line = STAMP.sub("", line)
        if HARMLESS.search(line):
            continue
        for kind, pattern in COMPILED:
            if pattern.search(line):
                found.append((kind, line))
                break
    return found


# What the kernel (6.1) itself does where an allocation of its own fails in the course of
# loading a module, whoever's module it is.
OUT_OF_MEMORY = [
    (r"WARNING: CPU.* at event_define_fields\+",
     "kernel/trace/trace_events.c warns when it has no memory for an event's field"),
    (r"cannot create duplicate filename '//\w+:hallmark_\w+'",
     "drivers/base/module.c goes on without the module's drivers directory, and links in sysfs' root"),
    (r"(?s)unreferenced object.*\bkobject_set_name(?:_vargs)?\b.*\b__class_register\b",
     "drivers/base/class.c forgets the class's name when kset_register() fails"),
]


def known_when_out_of_memory(report):
    """Of find()'s lines and leaks()' texts, in a run that has allocations fail."""
    for pattern, why in OUT_OF_MEMORY:
        if re.search(pattern, report):
            return why
    return None


FRAME = re.compile(r"^\s+\[<[^>]*>\]\s+(\S+)(?:\s+\[(\w+)\])?")


def leaks(text):
    """The objects of /sys/kernel/debug/kmemleak: (module or None, text).

    A frame of a module that is gone has no name: it may have been ours, and is
    taken for "?".
    """
    found = []
    for block in re.split(r"(?m)^(?=unreferenced object)", text):
        if not block.startswith("unreferenced object"):
            continue
        whose = None
        for line in block.splitlines():
            frame = FRAME.match(line)
            if not frame:
                continue
            name, module = frame.groups()
            if (module or "").startswith("hallmark") or name.startswith("hallmark"):
                whose = module or "hallmark"
                break
            if re.match(r"0x[0-9a-f]+", name):
                whose = whose or "?"
        found.append((whose, block.rstrip()))
    return found
