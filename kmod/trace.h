/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints hallmark:hallmark_job_begin, between the INTENT and the first byte,
 * and hallmark:hallmark_job_end, between the last byte and the OUTCOME: what lies
 * between them is the transport's time and nobody else's.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM hallmark

#if !defined(HALLMARK_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define HALLMARK_TRACE_H

#include <linux/string.h>
#include <linux/tracepoint.h>

#include "eventlog.h"

TRACE_EVENT(hallmark_job_begin,
	TP_PROTO(const char *marker, u32 kind, u64 seq, u32 len),
	TP_ARGS(marker, kind, seq, len),
	TP_STRUCT__entry(
		__array(char, marker, HM_EV_NAME_SIZE)
		__field(u64, seq)
		__field(u32, kind)
		__field(u32, len)
	),
	TP_fast_assign(
		strscpy(__entry->marker, marker, HM_EV_NAME_SIZE);
		__entry->seq = seq;
		__entry->kind = kind;
		__entry->len = len;
	),
	TP_printk("marker=%s seq=%llu kind=%u len=%u", __entry->marker, __entry->seq,
		  __entry->kind, __entry->len)
);

TRACE_EVENT(hallmark_job_end,
	TP_PROTO(const char *marker, u64 seq, u32 state, u32 sent, int error),
	TP_ARGS(marker, seq, state, sent, error),
	TP_STRUCT__entry(
		__array(char, marker, HM_EV_NAME_SIZE)
		__field(u64, seq)
		__field(u32, state)
		__field(u32, sent)
		__field(int, error)
	),
	TP_fast_assign(
		strscpy(__entry->marker, marker, HM_EV_NAME_SIZE);
		__entry->seq = seq;
		__entry->state = state;
		__entry->sent = sent;
		__entry->error = error;
	),
	TP_printk("marker=%s seq=%llu state=%u sent=%u error=%d", __entry->marker,
		  __entry->seq, __entry->state, __entry->sent, __entry->error)
);

#endif /* HALLMARK_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
