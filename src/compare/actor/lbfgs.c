/* SPDX-License-Identifier: Apache-2.0
 *
 * lbfgs.c - limited-memory BFGS with one-sided bounds, by projection.
 *
 * WHY    Evidence for an actor must never count against it: its weights are bounded at zero. A
 *        hundred weights and a smooth loss want curvature, not a library.
 * FORM   Each round: weights at their bound whose gradient pushes outward are frozen; the two-loop
 *        recursion gives a direction for the rest; the step is halved until the projected point
 *        lowers the loss enough (Armijo, 1e-4). Pairs with too little curvature are dropped.
 * TRUST  The loss is ours. OWNS nothing: the stack.
 */
#include "compare/actor/lbfgs.h"

#include <string.h>

#include "compare/arith.h"

typedef struct memory {
    double s[HMI_LBFGS_MEMORY][HMI_LBFGS_SIZE_MAX], y[HMI_LBFGS_MEMORY][HMI_LBFGS_SIZE_MAX];
    double rho[HMI_LBFGS_MEMORY];
    size_t count, next;
} memory;

static double dot(const double *a, const double *b, size_t size)
{
    double sum = 0;
    for (size_t i = 0; i < size; i++) {
        sum += a[i] * b[i];
    }
    return sum;
}

static double project(double x, signed char sign)
{
    return (sign > 0 && x < 0) || (sign < 0 && x > 0) ? 0 : x;
}

/* d = -H g on the weights that may move. */
static void direction(const memory *m, const double *g, size_t size, double *d)
{
    double alpha[HMI_LBFGS_MEMORY];
    memcpy(d, g, size * sizeof(*d));
    for (size_t k = 0; k < m->count; k++) {
        const size_t at = (m->next + HMI_LBFGS_MEMORY - 1 - k) % HMI_LBFGS_MEMORY;
        alpha[at] = m->rho[at] * dot(m->s[at], d, size);
        for (size_t i = 0; i < size; i++) {
            d[i] -= alpha[at] * m->y[at][i];
        }
    }
    if (m->count > 0) {
        const size_t last = (m->next + HMI_LBFGS_MEMORY - 1) % HMI_LBFGS_MEMORY;
        const double scale = 1 / (m->rho[last] * dot(m->y[last], m->y[last], size));
        for (size_t i = 0; i < size; i++) {
            d[i] *= scale;
        }
    }
    for (size_t k = m->count; k > 0; k--) {
        const size_t at = (m->next + HMI_LBFGS_MEMORY - k) % HMI_LBFGS_MEMORY;
        const double beta = m->rho[at] * dot(m->y[at], d, size);
        for (size_t i = 0; i < size; i++) {
            d[i] += (alpha[at] - beta) * m->s[at][i];
        }
    }
    for (size_t i = 0; i < size; i++) {
        d[i] = -d[i];
    }
}

static void remember(memory *m, const double *x0, const double *x1, const double *g0,
                     const double *g1, size_t size)
{
    double *s = m->s[m->next], *y = m->y[m->next];
    for (size_t i = 0; i < size; i++) {
        s[i] = x1[i] - x0[i];
        y[i] = g1[i] - g0[i];
    }
    const double curvature = dot(s, y, size);
    if (curvature <= 1e-12 * dot(y, y, size)) {
        return;
    }
    m->rho[m->next] = 1 / curvature;
    m->next = (m->next + 1) % HMI_LBFGS_MEMORY;
    m->count += m->count < HMI_LBFGS_MEMORY;
}

/* Weights at their bound with the gradient pushing outward do not move; returns how far the
 * projected gradient is from zero. */
static double freeze(const double *x, const double *g, const signed char *sign, size_t size,
                     double *free_g)
{
    double most = 0;
    for (size_t i = 0; i < size; i++) {
        const bool held =
            (sign[i] > 0 && x[i] <= 0 && g[i] > 0) || (sign[i] < 0 && x[i] >= 0 && g[i] < 0);
        free_g[i] = held ? 0 : g[i];
        const double size_of = free_g[i] < 0 ? -free_g[i] : free_g[i];
        most = size_of > most ? size_of : most;
    }
    return most;
}

size_t hmi_lbfgs(hmi_loss loss, void *with, double *x, const signed char *sign, size_t size,
                 size_t iterations_max, double *ret_loss)
{
    static _Thread_local memory m;
    double g[HMI_LBFGS_SIZE_MAX], free_g[HMI_LBFGS_SIZE_MAX], d[HMI_LBFGS_SIZE_MAX];
    double next_x[HMI_LBFGS_SIZE_MAX], next_g[HMI_LBFGS_SIZE_MAX];
    size_t iteration = 0;
    m.count = m.next = 0;
    double value = loss(with, x, g);
    for (; iteration < iterations_max; iteration++) {
        if (freeze(x, g, sign, size, free_g) < 1e-7) {
            break;
        }
        direction(&m, free_g, size, d);
        for (size_t i = 0; i < size; i++) {
            d[i] = free_g[i] < 0 || free_g[i] > 0 ? d[i] : 0;
        }
        if (dot(d, free_g, size) >= 0) { /* no way down: start over from the gradient */
            m.count = m.next = 0;
            direction(&m, free_g, size, d);
        }
        double step = m.count > 0 ? 1 : 1 / (1e-9 + hmi_square_root(dot(d, d, size)));
        double next = value;
        bool lower = false;
        for (int tries = 0; tries < 30 && !lower; tries++, step *= 0.5) {
            double slope = 0;
            for (size_t i = 0; i < size; i++) {
                next_x[i] = project(x[i] + step * d[i], sign[i]);
                slope += free_g[i] * (next_x[i] - x[i]);
            }
            next = loss(with, next_x, next_g);
            lower = slope < 0 && next <= value + 1e-4 * slope;
        }
        if (!lower) {
            if (m.count == 0) {
                break;
            }
            m.count = m.next = 0; /* stale curvature: try once more from the gradient */
            continue;
        }
        remember(&m, x, next_x, g, next_g, size);
        const double gain = value - next;
        memcpy(x, next_x, size * sizeof(*x));
        memcpy(g, next_g, size * sizeof(*g));
        value = next;
        if (gain < 1e-9 * (value > 1 ? value : 1)) {
            break;
        }
    }
    *ret_loss = value;
    return iteration;
}
