import { type Command } from '@fintech-streams/service'

/** A sub-command of `fintech`; `load` brings its code in, so that a process holds one program only. */
export interface Program {
  readonly description: string
  readonly load: () => Promise<{ readonly command: Command }>
}

/** Every program of the platform by the name of its sub-command. */
export const PROGRAMS: Readonly<Record<string, Program>> = {
  stack: {
    description: 'the whole platform on this machine, without containers',
    load: () => import('@fintech-streams/local/command'),
  },
  migrate: {
    description: 'tables, publications and roles of the database',
    load: () => import('@fintech-streams/sql/command'),
  },
  generator: {
    description: 'realistic transactions with labelled fraud; import of your own',
    load: () => import('@fintech-streams/generator/command'),
  },
  connectors: { description: 'the Debezium connectors', load: () => import('@fintech-streams/connectors/command') },
  processor: {
    description: 'the windowed jobs, exactly once; dead letters; reset',
    load: () => import('@fintech-streams/processor/command'),
  },
  sink: { description: 'results to Postgres, exactly once', load: () => import('@fintech-streams/sink/command') },
  'top-senders': {
    description: 'counts of top senders to Postgres, exactly once',
    load: () => import('@fintech-streams/top-senders/command'),
  },
  serving: { description: 'the API and the console', load: () => import('@fintech-streams/api/command') },
  reconciliation: {
    description: 'the lake, bank statements, the nightly batch and its indexes',
    load: () => import('@fintech-streams/reconciliation/command'),
  },
  audit: { description: 'conservation on the running system', load: () => import('@fintech-streams/audit/command') },
  verify: {
    description: 'recomputes every result and compares',
    load: () => import('@fintech-streams/checks/verify'),
  },
  simulate: {
    description: 'the processor on a simulated broker and clock, under seeded faults',
    load: () => import('@fintech-streams/checks/simulation'),
  },
  chaos: {
    description: 'breaks a stack of its own under load, then verifies it',
    load: () => import('@fintech-streams/checks/chaos'),
  },
  soak: {
    description: 'holds a load and measures whether anything grows',
    load: () => import('@fintech-streams/checks/soak'),
  },
}
