/* SPDX-License-Identifier: Apache-2.0
 *
 * model.h - fitted weights: from a row of numbers to a likelihood ratio and a posterior.
 *
 * A model is a small text file that a person can read: its name and version, how it was made, one
 * weight a line. It travels with every finding by name. Nothing here prints.
 *
 *   z(actor) = sum over groups of  c (1 - exp(-s/c)),  s = weights of the group . row,  c = its cap
 *              + prior weights . row
 *   z(none)  = none weights . row
 *   posterior = softmax(z);  LR(actor) = its evidence against the prior-weighted rest
 *
 * The cap of tools grows with how many were observed (hmi_tools_room): three planted ones must not
 * speak as loudly as a report of thirty, and where tools are all there is nothing is overruled. The
 * cap bounds what planting everything of one group can do (see docs/WEIGHING.md).
 */
#ifndef HMI_COMPARE_MODEL_H
#define HMI_COMPARE_MODEL_H

#include "base/arena.h"
#include "base/buf.h"
#include "compare/actor/score.h"

/* Evidence groups by what it takes to plant them. */
typedef enum hmi_plant {
    HMI_PLANT_INFRA,   /* addresses, names, URLs, networks */
    HMI_PLANT_HOSTING, /* suffixes, broad networks, ports */
    HMI_PLANT_NAMING,  /* words, pieces, shapes of names */
    HMI_PLANT_PANEL,   /* paths and their parts */
    HMI_PLANT_FILES,   /* hashes, strings, names of files, mutexes */
    HMI_PLANT_TOOLS,   /* tools and techniques */
    HMI_PLANT_NEAREST, /* likeness of whole incidents */
    HMI_PLANT_COUNT,
    HMI_PLANT_PRIOR = HMI_PLANT_COUNT, /* not evidence: never capped */
    HMI_PLANT_NONE
} hmi_plant;
hmi_plant hmi_plant_of(int col);
const char *hmi_plant_name(hmi_plant plant);
/* What can be copied from a publication, as against habit. */
bool hmi_plant_is_copied(hmi_plant plant);

/* Columns of a pair of incidents: per weighed kind the discounted sum of agreement weights, then */
enum {
    HMI_PAIR_DAYS = HMI_KIND_WEIGHED,                  /* ln(1 + days apart) / 8: counts against */
    HMI_PAIR_COSINE,                                   /* cosine over all traits, then by view */
    HMI_PAIR_FADED = HMI_PAIR_COSINE + HMI_VIEW_COUNT, /* cosine fading in 30 and 120 days */
    HMI_PAIR_ACTOR = HMI_PAIR_FADED + 2, /* how likely the question is its actor's, where named */
    HMI_PAIR_CONSTANT,
    HMI_PAIR_COUNT
};

enum { HMI_MODEL_VERSION = 1, HMI_MODEL_NAME_MAX = 64, HMI_MODEL_BYTES_MAX = 1 << 16 };

typedef struct hmi_model {
    char name[HMI_MODEL_NAME_MAX]; /* "hallmark-weights 2" */
    bool reference;                /* only the published reference's columns, no soft cap */
    double cap[HMI_PLANT_COUNT];   /* nats; 0: none */
    double weight[HMI_COL_COUNT];
    double pair[HMI_PAIR_COUNT]; /* two incidents: the log likelihood ratio of one origin */
} hmi_model;

/* Reads the text; strange lines are refused with their byte. */
int hmi_model_parse(hm_bytes text, hmi_model *ret, hm_err *err);
void hmi_model_format(const hmi_model *model, hm_text how_made, hmi_buf *out);
/* The model this program was built with, and its text. */
hm_bytes hmi_model_builtin_text(void);
int hmi_model_builtin(hmi_model *ret, hm_err *err);

/* One actor's row under a model. */
typedef struct hmi_weighed {
    double group[HMI_PLANT_COUNT]; /* nats, after caps */
    double evidence;               /* their sum */
    double prior;
} hmi_weighed;
hmi_weighed hmi_model_weigh(const hmi_model *model, const hmi_scorer *scorer, uint32_t actor);
/* Of all actors present, in their order. */
void hmi_model_weigh_all(const hmi_model *model, const hmi_scorer *scorer, hmi_weighed *ret);
/* What the cap of tools is multiplied by: 1 up to six techniques and tools, then with the square of
 * their number up to 6; 4 where nothing else was observed, for then there is nothing that planted
 * tools could overrule. */
double hmi_tools_room(size_t observed, bool alone);
double hmi_model_none(const hmi_model *model, const double *none);

/* Posteriors over the scorer's present actors (same order) and none; log likelihood ratios (nats,
 * prior-free) when `ret_llrs` is not NULL, an array of twice present_count of which the first half
 * is the answer. Returns the posterior of none. */
double hmi_model_posterior(const hmi_model *model, const hmi_scorer *scorer, bool with_prior,
                           double *ret_posteriors, double *ret_llrs);

void hmi_model_weigh_some(const hmi_model *model, const hmi_scorer *scorer, const uint32_t *actors,
                          size_t count, hmi_weighed *ret);
/* The same of actors already weighed; `none` is hmi_model_none. */
double hmi_weighed_posterior(const hmi_weighed *all, size_t count, double none, bool with_prior,
                             double *ret_posteriors, double *ret_llrs);

/* ---- Fitting and judging, on files of JSON lines (report.h) */
typedef struct hmi_fit_options {
    int32_t from_day, to_day; /* queries of these days; each sees what is dated before its month */
    double ridge;             /* 0: 0.001 */
    double balance;           /* 0 .. 1 evens out actors in the fit */
    double cap;               /* nats; files and tools get 0.4 of it; 0: none */
    bool reference;           /* the published reference: its columns, no balance, no soft cap */
    size_t iterations_max;    /* 0: 300 */
    uint32_t without_folds;   /* bit set of HMI_FIT_FOLDS: reports of these folds teach nothing */
} hmi_fit_options;
enum { HMI_FIT_FOLDS = 10 };
/* What the built-in model was made with: 2020 to 2022, ridge 0.003, balance 0.5, cap 4. */
hmi_fit_options hmi_fit_defaults(void);

typedef struct hmi_fit_report {
    size_t incidents, actors, queries, unknown, iterations;
    double loss;
} hmi_fit_report;

/* Weights of actors, then of pairs (from half a year after from_day on). */
int hmi_model_fit(const char *path, const hmi_fit_options *options, hmi_model *ret,
                  hmi_fit_report *ret_report, hm_err *err);

typedef enum hmi_queries {
    HMI_QUERIES_ALL,
    HMI_QUERIES_NET,  /* with network evidence */
    HMI_QUERIES_CODE, /* with hashes, strings, names of files */
    HMI_QUERIES_TTP,  /* with five or more techniques and tools */
    HMI_QUERIES_MULTI /* with two or more of these */
} hmi_queries;
bool hmi_queries_by_name(hm_text name, hmi_queries *ret);

typedef struct hmi_evaluate_options {
    int32_t from_day, to_day;
    hmi_queries queries;
    bool with_prior;
    size_t folds; /* 0: in time order; else so many folds, time ignored (behaviour-rich reports) */
    /* With folds: even folds are judged by a model fitted without them, odd ones likewise; `model`
     * is not used. NULL: `model` judges. */
    const hmi_fit_options *cross_fit;
} hmi_evaluate_options;

/* Rows by support of the true actor: decayed earlier incidents 0-1, 2-4, 5-14, 15-49, 50 and more.
 */
enum { HMI_SUPPORT_ROWS = 5, HMI_RELIABILITY_ROWS = 15 };

typedef struct hmi_evaluation {
    size_t queries, known, unknown, actors;
    double top1, top3, mrr, macro_f1, macro_recall;
    double auroc_best; /* known against unknown by the best posterior */
    double auroc_none; /* by the posterior of none */
    double accuracy;   /* with "none" as an answer */
    double ece, brier, log_loss, cllr;
    double named[3],
        named_right[3]; /* share with posterior >= .5, .8, .95 and how many are right */
    struct {
        size_t queries;
        double top1;
    } support[HMI_SUPPORT_ROWS];
    struct {
        size_t queries;
        double confidence, right;
    } reliability[HMI_RELIABILITY_ROWS];
} hmi_evaluation;

int hmi_model_evaluate(const char *path, const hmi_model *model,
                       const hmi_evaluate_options *options, hmi_evaluation *ret, hm_err *err);

/* ---- Correlation: which earlier incidents share its origin? */
typedef struct hmi_pairs_evaluation {
    size_t queries; /* with at least one earlier incident of the same actor */
    double p1, hit5, hit10, mrr;
    size_t pairs, same;
    double auroc, cllr; /* of the pairs that were weighed */
} hmi_pairs_evaluation;

/* Fits model->pair, the rest stays and gives the posterior of the earlier incident's actor;
 * `from_day` to `to_day` as in hmi_model_fit. */
int hmi_model_fit_pairs(const char *path, int32_t from_day, int32_t to_day, hmi_model *model,
                        hm_err *err);
int hmi_model_evaluate_pairs(const char *path, const hmi_model *model, int32_t from_day,
                             int32_t to_day, hmi_pairs_evaluation *ret, hm_err *err);

/* ---- How easily is it framed? */
typedef enum hmi_planted {
    HMI_PLANTED_INFRA, /* three names and an address another actor published */
    HMI_PLANTED_PANEL, /* two of its paths */
    HMI_PLANTED_FILES, /* three of its hashes, two strings */
    HMI_PLANTED_TOOLS, /* three tools, three techniques */
    HMI_PLANTED_ALL,
    HMI_PLANTED_COUNT
} hmi_planted;
const char *hmi_planted_name(hmi_planted planted);

typedef struct hmi_false_flag_row {
    size_t incidents; /* that the model had right and in which something could be planted */
    double framed;    /* the impostor's victim comes first */
    double framed_half, framed_sure; /* ... is named at >= .5, >= .8 */
    double still_right;
    double alarm; /* contradiction alarm rings */
} hmi_false_flag_row;

typedef struct hmi_false_flag {
    hmi_false_flag_row row[HMI_PLANTED_COUNT];
    double alarm_right, alarm_wrong; /* on honest incidents, answered right and wrong */
} hmi_false_flag;

/* Plants what another actor's latest reports published into incidents the model had right. The
 * choice of actors follows `seed` alone. */
int hmi_model_false_flag(const char *path, const hmi_model *model, int32_t from_day, int32_t to_day,
                         uint64_t seed, hmi_false_flag *ret, hm_err *err);

/* What can be copied points to one actor by two nats, habit to another by one. */
bool hmi_model_contradiction(const hmi_model *model, const hmi_scorer *scorer);
bool hmi_weighed_contradiction(const hmi_weighed *all, size_t count);

/* A whole file, malloc'ed: free(). HM_E_LIMIT above HMI_MODEL_FILE_MAX. */
enum { HMI_MODEL_FILE_MAX = 1 << 30 };
int hmi_model_read_file(const char *path, uint8_t **ret_bytes, size_t *ret_len, hm_err *err);

#endif
