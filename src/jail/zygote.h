/* SPDX-License-Identifier: Apache-2.0
 *
 * zygote.h - the program hallmark-worker: what it may be asked, and how it is put together.
 *
 * FORM   One SOCK_SEQPACKET socket on descriptor HMI_ZYGOTE_FD. Orders go in: RUN comes with two
 *        descriptors (sealed evidence, the worker's end of its channel). Reports come out: one
 *        HELLO, then for each RUN one STARTED (from the worker itself, before it looks at evidence;
 *        none when it could not be forked) and one EXIT. Both programs are built together, so these
 * are plain structs; HELLO's version says whether they really were.
 */
#ifndef HMI_JAIL_ZYGOTE_H
#define HMI_JAIL_ZYGOTE_H

#include "trait/trait.h"

enum { HMI_ZYGOTE_FD = 3, HMI_ZYGOTE_VERSION = 0x484d0002 };

typedef enum hmi_order_kind { HMI_ORDER_RUN = 1, HMI_ORDER_KILL = 2 } hmi_order_kind;

typedef struct hmi_order {
    uint32_t kind;
    uint32_t ticket; /* names the worker; never used twice */
    uint64_t size;   /* of the evidence */
    uint64_t memory_max;
    uint32_t cpu_ms;
    uint32_t walls; /* HMI_WALL_ bits that must stand, from HELLO */
} hmi_order;

typedef enum hmi_report_kind {
    HMI_REPORT_HELLO = 1,
    HMI_REPORT_EXIT = 2,
    HMI_REPORT_STARTED = 3
} hmi_report_kind;

typedef struct hmi_report {
    uint32_t kind;
    uint32_t ticket;
    uint32_t version; /* HELLO */
    uint32_t walls;   /* HELLO: what a trial worker had around it */
    int32_t landlock_abi;
    int32_t status; /* EXIT: as wait4() gives it; no worker could be forked: -1 */
    uint32_t cpu_ms;
    uint32_t readers; /* HELLO: version of what the trade reads */
    uint64_t memory_peak;
    int32_t pid; /* STARTED: the worker as the hearer sees it; filled in there, by the kernel */
    int32_t unused;
} hmi_report;

/* What a worker program does: the product's reads formats, the tests' misbehaves. */
typedef struct hmi_worker_trade {
    uint32_t readers;      /* version of the set of readers */
    void (*prepare)(void); /* before the walls; may open files */
    int (*read)(hmi_reading *reading, hm_bytes file, hm_err *err);
} hmi_worker_trade;

/* The whole life of the program; returns its exit status. */
int hmi_zygote_main(const hmi_worker_trade *trade);

/* One worker, in a fresh child: takes over both descriptors, puts up the walls, reads, ends.
 * `base` is the address space in use before any evidence. */
_Noreturn void hmi_worker_main(const hmi_worker_trade *trade, const hmi_order *order, int evidence,
                               int channel, uint64_t base);

#endif
