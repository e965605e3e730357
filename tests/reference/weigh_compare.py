#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares our likelihood ratios with the published reference's, one by one.

usage: weigh_compare.py REFERENCE_DIR INCIDENTS.jsonl DUMP_PROGRAM MODEL FROM TO

The reference makes two arbitrary choices that differ between its own runs or machines: which of
equally rare traits, and which of equally near incidents, are cut off (the hash order of Python's
sets); and it keeps its tables in single precision.  Here both are fixed: ties by value, by day and
by name; double precision.  Everything else runs as published.
"""
import os
import subprocess
import sys

import numpy as np

np.float32 = np.float64
ref, data, dump, model, frm, to = sys.argv[1:7]
sys.path.insert(0, ref)
import argparse  # noqa: E402

import scipy.sparse as sp  # noqa: E402

import evallib as E  # noqa: E402
import baselines as B  # noqa: E402
import model as M  # noqa: E402

# buckets of a storage region: what the reference's suffix list does by accident is kept on purpose


class Data(E.Data):
    """Terms numbered by (kind, value)."""

    def __init__(self, rows):
        order = {c: i for i, c in enumerate(E.CLASSES)}
        all_terms = sorted({t for r in rows for t in E.expand(r['obs'])}, key=lambda t: (order[t[0]], t[1].encode()))
        self.rows = rows
        self.day = np.array([np.datetime64(r['date']) for r in rows])
        self.actors = sorted({r['actor'] for r in rows})
        aid = {a: i for i, a in enumerate(self.actors)}
        self.y = np.array([aid[r['actor']] for r in rows])
        self.feat = {t: i for i, t in enumerate(all_terms)}
        cols, ptr = [], [0]
        for r in rows:
            cols += sorted(self.feat[t] for t in E.expand(r['obs']))
            ptr.append(len(cols))
        self.X = sp.csr_matrix((np.ones(len(cols)), cols, ptr), (len(rows), len(self.feat)))
        self.cls = np.array([order[c] for c, _ in all_terms])
        self.names = [v for _, v in all_terms]


def topk(S, y, A, k, loro_self=None):
    """The k nearest; equally near ones by day (newest first), then by name."""
    out = np.zeros((S.shape[0], A))
    S = S.tocsr()
    for i in range(S.shape[0]):
        c, v = S.indices[S.indptr[i]:S.indptr[i + 1]], S.data[S.indptr[i]:S.indptr[i + 1]]
        v = np.round(v, 12)
        o = sorted(range(len(c)), key=lambda j: (-v[j], -int(DAY[c[j]].astype(int)), IDS[c[j]]))[:k]
        np.add.at(out[i], y[c[o]], v[o])
    return out


np.argpartition = lambda a, k: np.argsort(a, kind='stable')
B.by_actor_topk = topk
d = Data(E.load(data))
DAY, IDS = d.day, [r['id'] for r in d.rows]

w = {}
for line in open(model):
    f = line.split()
    if f and f[0] == 'weight':
        w[f[1]] = float(f[2])
bl = list(B.blocks(d, argparse.Namespace(protocol='time', queries='all', gap=0, frm=frm, to=to)))
Z, T, names = M.design(d, bl)
vec = np.array([w.get(n, 0.0) for n in names])
llr = M.evidence_llr(Z, vec, names)
theirs = {}
q = np.concatenate([b[0] for b in bl])
rows = np.vstack([z[:, :-1] for z in Z])
for i, r in enumerate(q):
    for a, name in enumerate(d.actors):
        if not np.isnan(llr[i, a]):
            theirs[(d.rows[r]['id'], name)] = (llr[i, a], rows[i, a])
out = subprocess.run([dump, data, model, frm, to], check=True, stdout=subprocess.PIPE).stdout.decode()
n, bad, worst, bad_cells, worst_cell = 0, 0, 0.0, 0, 0.0
col = {x: k for k, x in enumerate(names)}
for line in out.splitlines():
    f = line.split()
    ref_llr, ref_row = theirs.pop((f[0], f[1]))
    mine = np.zeros(len(names))
    for cell in f[3:]:
        name, value = cell.rsplit('=', 1)
        mine[col[name]] = float(value)
    k = len(names) - 2
    off = np.abs(mine[:k] - ref_row[:k]).max()
    worst_cell = max(worst_cell, off)
    bad_cells += off > 1e-6
    off = abs(float(f[2]) - ref_llr)
    worst = max(worst, off)
    if off > 1e-6:
        bad += 1
        if bad <= 10:
            print('differs', f[0], f[1], f[2], ref_llr, [(names[j], mine[j], ref_row[j]) for j in range(k) if abs(mine[j] - ref_row[j]) > 1e-6][:4])
    n += 1
print(f'{n} likelihood ratios: {bad} differ by more than 1e-6, largest difference {worst:.2e}; '
      f'{bad_cells} rows differ, largest {worst_cell:.2e}; {len(theirs)} missing')
sys.exit(bool(bad or theirs))
