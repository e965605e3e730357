// SPDX-License-Identifier: Apache-2.0
// Made by tools/types.mjs from src/api/openapi.json: change that, then run `npm run types`.

/** What a refusal says. What may not be seen and what is not there give the same answer. */
export type Problem = {
  /** the HTTP status again */
  status: number;
  /** malformed, limit, denied, not-found, conflict, busy, unsupported, signed-out, csrf, slow-down ... */
  code: string;
  /** which part of the request: "body.name", "query.limit", "path.incident", "header.If-Match" */
  where?: string;
  /** one sentence in English, without a full stop */
  why: string;
  /** byte of the body */
  offset?: number;
  retry_after_s?: number;
};

/** each may do what the ones before it may: reader sees; analyst adds evidence, notes and claims; liaison prepares releases; admin keeps accounts */
export type Role = "reader" | "analyst" | "liaison" | "admin";

export type User = {
  name: string;
  role: Role;
  created: string;
  disabled: boolean;
  /** a second factor is asked for */
  totp: boolean;
  /** last signed in */
  seen?: string;
};

export type Session = {
  user: User;
  /** to be sent as X-Hallmark-Csrf with every request that changes something and carries the cookie */
  csrf: string;
  expires: string;
  id: string;
};

export type SessionRow = {
  id: string;
  user: string;
  created: string;
  seen: string;
  expires: string;
  /** address it came from */
  peer: string;
  /** User-Agent, made harmless */
  agent: string;
  current: boolean;
};

export type Token = {
  id: string;
  name: string;
  role: Role;
  created: string;
  expires: string;
  seen?: string;
  /** the secret; said once, when it is made */
  token?: string;
};

export type About = {
  product: string;
  version: string;
  api: "v1";
  /** no account exists: the first admin is to be made with the code that `hallmark serve` printed */
  setup: boolean;
  /** the page is built into this program */
  page: boolean;
  languages: string[];
};

export type Incident = {
  /** incident--UUID */
  id: string;
  name: string;
  created: string;
  /** pieces */
  evidence: number;
  /** distinct ones */
  traits: number;
  /** why it is listed, when q was given and the name alone did not match */
  matched?: Matched[];
};

export type Matched = {
  kind: "evidence" | "trait" | "note";
  class?: string;
  /** the name or value that matched; any text */
  value: string;
};

export type IncidentPage = {
  incidents: Incident[];
  /** for `after`; absent at the end */
  next?: string;
  /** all that match */
  total: number;
  /** q matches more than is looked at: the list holds the incidents of the first 200 values */
  partial: boolean;
};

export type IncidentFull = {
  id: string;
  name: string;
  created: string;
  evidence: number;
  /** distinct traits */
  traits: number;
  groups: {
    group: "code" | "build" | "file" | "text" | "infrastructure" | "behaviour" | "technique" | "claim";
    label: string;
    /** how an intruder would plant it */
    planted_by: string;
    traits: number;
    classes: {
      class: string;
      label: string;
      traits: number;
    }[];
  }[];
  /** pieces by verdict */
  verdicts: Record<string, number>;
  /** notes of analysts that are not removed */
  notes: number;
  /** state of the casebook */
  generation: number;
};

export type Evidence = {
  id: number;
  sha256: string;
  size: number;
  /** as it came; bytes that are no UTF-8 are U+FFFD */
  name: string;
  format: string;
  /** read, partial, unknown-format, time-limit, memory-limit, crashed, policy, protocol, unreadable, limit, skipped */
  verdict: string;
  reason?: string;
  added: string;
  /** id of the container, 0: none */
  parent: number;
  traits: number;
  kept: boolean;
  complete: boolean;
};

export type EvidencePage = {
  evidence: Evidence[];
  next?: string;
  total: number;
};

export type EvidenceFull = {
  evidence: Evidence;
  notes: {
    severity: "info" | "warning" | "error";
    code: string;
    offset?: number;
    text: string;
  }[];
  facts: {
    name: string;
    value: string;
  }[];
  /** where this piece lies, at most 200 */
  incidents: {
    id: string;
    name: string;
  }[];
};

export type Trait = {
  id: number;
  class: string;
  /** the class for people */
  label: string;
  group: string;
  value: string;
  /** how often seen in this incident */
  count: number;
  roles: string[];
  /** incidents that hold it */
  incidents: number;
  incidents_all: number;
  /** harmless files that carry it */
  baseline: number;
  baseline_all: number;
  /** by its rarity alone; 0 for what is common */
  bits: number;
};

export type TraitPage = {
  traits: Trait[];
  next?: string;
  /** of the class or group, before q */
  total: number;
};

export type TraitFull = {
  trait: Trait;
  seen: {
    evidence: number;
    name: string;
    role: string;
    offset?: number;
    count: number;
    first?: string;
    last?: string;
  }[];
  /** who else holds it, at most 200 */
  incidents: {
    id: string;
    name: string;
  }[];
};

export type Moment = {
  first: string;
  last?: string;
  count: number;
  /** what the record did not say: "zone", "zone and year" */
  assumed?: string;
  host?: string;
  actor?: string;
  target?: string;
  class: string;
  deed?: string;
  outcome?: string;
  what?: string;
  evidence: string;
  offset?: number;
};

export type Timeline = {
  moments: Moment[];
  next?: string;
  /** within the filter */
  total: number;
  /** beyond what is read at most */
  left_out: number;
  /** at most 200 equal steps over all that is within the filter */
  histogram: {
    from: string;
    count: number;
  }[];
  gaps: {
    evidence: string;
    reason: string;
  }[];
};

export type Note = {
  /** note--UUID */
  id: string;
  /** from 1; also the ETag, in quotes */
  version: number;
  author: string;
  /** of the first version */
  created: string;
  /** of this one */
  modified: string;
  /** plain text; no markup is interpreted */
  text: string;
  removed: boolean;
};

export type Upload = {
  id: string;
  incident: string;
  name: string;
  size: number;
  /** bytes that are on the disk */
  offset: number;
  state: "receiving" | "waiting" | "reading" | "done" | "failed";
  created: string;
  by: string;
  /** what became of it and what was inside */
  pieces?: Outcome[];
  /** when failed */
  why?: string;
};

export type Outcome = {
  path: string;
  size: number;
  depth: number;
  /** was read before */
  known: boolean;
  skipped: boolean;
  verdict: string;
  reason?: string;
  traits: number;
  evidence: number;
};

/** The data of one server-sent event. `upload`: one of yours changed its state or offset. `piece`: a piece of one of yours was read (`upload` names it). `casebook`: something was stored; generation is new. `resync`: too much was missed: ask again for what is shown. */
export type Event = {
  event: "upload" | "piece" | "casebook" | "resync";
  upload?: Upload;
  piece?: Outcome;
  generation?: number;
};

export type Hallmark = {
  class: string;
  group: string;
  value: string;
  value_there?: string;
  similarity: number;
  bits: number;
  bits_alone: number;
  same_file: boolean;
  incidents: number;
  incidents_all: number;
  baseline: number;
  baseline_all: number;
  here: Seen[];
  there: Seen[];
};

export type Seen = {
  evidence: string;
  role: string;
  offset?: number;
  count: number;
};

export type Match = {
  incident: string;
  id: string;
  bits: number;
  words: string;
  related: boolean;
  unlearned_bits?: number;
  why_not?: string;
  groups: Record<string, number>;
  without_group: Record<string, number>;
  hallmarks_all: number;
  hallmarks: Hallmark[];
  against: {
    sentence: string;
    bits: number;
  }[];
};

/** As docs/JSON.md describes it for `hallmark compare --json`. */
export type Finding = {
  incident: string;
  id: string;
  model: string;
  generation: number;
  related_bits: number;
  incidents: number;
  baseline_files: number;
  traits: number;
  matches_all: number;
  matches: Match[];
  ignored_all: number;
  ignored: {
    class: string;
    value: string;
    why: string;
    incidents: number;
    baseline: number;
  }[];
};

export type WhatIf = {
  incident: string;
  id: string;
  planted: string[];
  /** best first */
  matches: {
    id: string;
    incident: string;
    /** if everything of those groups were planted */
    bits: number;
    bits_before: number;
    related: boolean;
    related_before: boolean;
  }[];
};

export type Graph = {
  nodes: {
    /** incident--UUID or "trait:" and a number */
    id: string;
    kind: "incident" | "trait";
    label: string;
    class?: string;
    group?: string;
    /** incidents that hold it, or traits shared */
    degree: number;
  }[];
  edges: {
    from: string;
    to: string;
    bits?: number;
  }[];
  /** nodes that were not given for the limit */
  left_out: number;
};

export type Attribution = {
  incident: string;
  model: string;
  generation: number;
  actors: number;
  incidents: number;
  /** posterior of "none that I know" */
  none: number;
  contradiction: boolean;
  carried_by: number;
  suspects: {
    actor: string;
    bits: number;
    evidence_words: string;
    posterior: number;
    posterior_words: string;
    nameable: boolean;
    incidents: number;
    groups: Record<string, number>;
    without_group: Record<string, number>;
    arguments: {
      kind: string;
      value: string;
      bits: number;
      actor_incidents: number;
      incidents: number;
      other_actors: number;
    }[];
  }[];
};

export type Claim = {
  id: string;
  /** "ledger" or the type of the object that makes it */
  type: string;
  incident?: string;
  actor?: string;
  relation: string;
  target: string;
  publisher: string;
  said: string;
  /** strongly-disagree ... strongly-agree */
  opinion: string;
  confidence?: number;
  grade?: string;
  ground: string;
  source: string;
  /** SHA-256 */
  document?: string;
  withdrawn: boolean;
  withdrawn_why?: string;
};

export type NewClaim = {
  relation: "attributed-to" | "related-to";
  target: string;
  publisher: string;
  /** a date or a timestamp */
  said: string;
  opinion?: number;
  confidence?: number;
  /** Admiralty, "B2" */
  grade?: string;
  ground?: string;
  source?: string;
};

export type Actor = {
  name: string;
  /** that somebody attributes to it */
  incidents: number;
  claims: number;
};

export type ActorFull = {
  name: string;
  incidents: {
    id: string;
    name: string;
  }[];
  claims: Claim[];
};

export type Partner = {
  id: string;
  name: string;
  /** entries that gave it something */
  given: number;
  /** recalls it has not acknowledged */
  obligations: number;
};

export type Preview = {
  partner: string;
  purpose: string;
  objects: {
    id: string;
    type: string;
    answer: "release" | "redact" | "hold";
    /** the rule that decided */
    rule: string;
    redactions?: {
      /** the property */
      where: string;
      /** false: it lost elements */
      whole: boolean;
    }[];
    /** the object, when it is redacted */
    before?: unknown;
    /** as it would leave */
    after?: unknown;
  }[];
  released: number;
  redacted: number;
  held: number;
  /** not considered: called back */
  recalled: number;
};

export type Obligation = {
  recall: number;
  partner: string;
  state: "open" | "sent" | "overdue" | "acknowledged";
  due: string;
  sent: number;
  acknowledged: number;
};

export type GivenEntry = {
  seq: number;
  at: string;
  kind: string;
  partner: string;
  incident: string;
};

export type AuditEntry = {
  seq: number;
  at: string;
  who: string;
  peer: string;
  /** signed-in, sign-in-refused, user-added ... */
  what: string;
  about: string;
};

export type Hit = {
  seq: number;
  at: string;
  /** the hit as `hallmark watch --json` told it (ECS) */
  record: unknown;
};

export type Health = {
  version: string;
  uptime_s: number;
  generation: number;
  incidents: number;
  baseline_files: number;
  search: {
    ready: boolean;
    /** values and names */
    indexed: number;
    /** still to be indexed */
    waiting: number;
  };
  jail: {
    seccomp: boolean;
    landlock: boolean;
  };
  uploads: {
    open: number;
    bytes: number;
  };
  sessions: number;
};

export type SearchResult = {
  incidents: Incident[];
  evidence: {
    sha256: string;
    name: string;
    incident: string;
    incident_name: string;
  }[];
  traits: {
    id: number;
    class: string;
    value: string;
    incidents: number;
    /** one that holds it */
    incident?: string;
    incident_name?: string;
  }[];
};

export type Function = {
  trait: number;
  hash: string;
  offset?: number;
  incidents: number;
  baseline: number;
  bits: number;
};

/** whatever the page wants to remember for this user: saved filters, language, theme. At most 64 KiB. */
export type Preferences = Record<string, unknown>;
