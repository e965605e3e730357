/* SPDX-License-Identifier: Apache-2.0
 *
 * hallmark/hallmark.h - all of libhallmark.
 */
#ifndef HALLMARK_HALLMARK_H
#define HALLMARK_HALLMARK_H

#include <hallmark/base.h>
#include <hallmark/casebook.h>
#include <hallmark/matcher.h>
#include <hallmark/stix.h>

#endif
