import { setTimeout as sleep } from 'node:timers/promises'
import { minutes, seconds } from '@fintech-streams/contracts'
import { type ClientBase } from 'pg'
import { type SteadyConnection } from '../write/steady-connection.ts'

const POLL_MS = seconds(1)
const REPORT_MS = minutes(1)
const MIB = 1_048_576

/** A connector's place in the log of changes. */
interface Slot {
  name: string
  /** False while no connector reads it. */
  isActive: boolean
  /** Written and not yet confirmed by the connector. */
  unreadBytes: number
  /** What the database keeps for it, which can be more: it begins with the oldest transaction that is not read whole. */
  keptBytes: number
}

/** The logical slots of this database that are not lost, and how much the database keeps for one (-1: any amount). */
async function readSlots(client: ClientBase): Promise<{ slots: Slot[]; keepMaxBytes: number }> {
  const slots = await client.query<{ name: string; active: boolean; unread: string | null; kept: string | null }>(
    `select slot_name as name, active, pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn)::text as unread,
        pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::text as kept
      from pg_replication_slots
      where slot_type = 'logical' and database = current_database() and wal_status is distinct from 'lost'`,
  )
  const { rows } = await client.query<{ mib: number }>(
    `select setting::integer as mib from pg_settings where name = 'max_slot_wal_keep_size'`,
  )
  const mib = rows[0]?.mib ?? -1
  return {
    slots: slots.rows.map(({ name, active, unread, kept }) => ({
      name,
      isActive: active,
      unreadBytes: Number(unread ?? 0),
      keptBytes: Number(kept ?? 0),
    })),
    keepMaxBytes: mib < 0 ? -1 : mib * MIB,
  }
}

/** True where connectors stream this database's changes. */
export async function isStreamed(client: ClientBase): Promise<boolean> {
  return (await readSlots(client)).slots.length > 0
}

/**
 * The slot that is furthest behind, if one is too far: by `backlogMaxBytes` or a quarter of what the database keeps for
 * it, or where the database keeps half of that already. Beyond all of it the slot would be lost.
 */
async function slotTooFarBehind(client: ClientBase, backlogMaxBytes: number, share: number): Promise<Slot | undefined> {
  const { slots, keepMaxBytes } = await readSlots(client)
  const keepMax = keepMaxBytes < 0 ? Infinity : keepMaxBytes
  const unreadMax = share * Math.min(backlogMaxBytes, keepMax / 4)
  return slots
    .filter(({ unreadBytes, keptBytes }) => unreadBytes > unreadMax || keptBytes > keepMax / 2)
    .sort((one, other) => other.unreadBytes - one.unreadBytes)[0]
}

export interface SlotWaitOptions {
  connection: SteadyConnection
  signal: AbortSignal
  backlogMaxBytes: number
  /** Told about waits, at most once a minute. */
  report: (sentence: string) => void
}

/** Keeps an import from outrunning the connectors. */
export class SlotWait {
  readonly #options: SlotWaitOptions
  #nextReportMs = -Infinity

  constructor(options: SlotWaitOptions) {
    this.#options = options
  }

  /** Waits while a connector is too far behind, until it has read half of that, or the signal ends the wait. */
  async pass(): Promise<void> {
    const { connection, signal, backlogMaxBytes } = this.#options
    for (let share = 1; !signal.aborted; share = 0.5) {
      const slot = await connection.run('the import', (client) => slotTooFarBehind(client, backlogMaxBytes, share))
      if (slot === undefined) return
      this.#report(slot)
      await sleep(POLL_MS, undefined, { signal }).catch(() => undefined)
    }
  }

  #report(slot: Slot): void {
    const nowMs = performance.now()
    if (nowMs < this.#nextReportMs) return
    this.#nextReportMs = nowMs + REPORT_MS
    this.#options.report(sentenceOf(slot))
  }
}

function sentenceOf({ name, isActive, unreadBytes, keptBytes }: Slot): string {
  const behind = `${(unreadBytes / MIB).toFixed(0)} MiB to read, ${(keptBytes / MIB).toFixed(0)} MiB kept for it`
  if (isActive) return `waiting for the replication slot ${name}: ${behind}; --no-wait goes on without it`
  return `waiting for the replication slot ${name}, which no connector reads: ${behind}; start its connector, drop the slot, or use --no-wait`
}
