import { type Counted, type PartitionIntake } from './intake.ts'
import { floorDivide } from './exact.ts'
import { type OracleTransaction } from './source.ts'

/** Which transactions a window job counts, and under which key. */
export interface Windowing {
  sizeMs: number
  /** A customer's windows belong to one partition; the others combine all partitions. */
  scope: 'customer' | 'shared'
  /** `null`: not counted by this job. */
  key: (transaction: OracleTransaction, counted: Counted) => string | number | null
}

/** One window of one key with everything counted in it, by partition and then in partition order. */
export interface Window {
  key: string | number
  startMs: number
  endMs: number
  transactions: OracleTransaction[]
  /** Every partition that could still add to it has passed its end, so its result must be there. */
  isClosed: boolean
}

/** A transaction that came when the window it belongs to was closed. */
export interface LateForWindow {
  transaction: OracleTransaction
  key: string | number
  startMs: number
  endMs: number
  /** Watermark minus window end. */
  latenessMs: number
}

/** Puts every counted transaction of the partitions into its window, or among the late ones. */
export function assignWindows(
  intakes: readonly PartitionIntake[],
  windowing: Windowing,
): { windows: Window[]; late: LateForWindow[] } {
  const windows = new Map<string, Window>()
  const late: LateForWindow[] = []
  const counting = intakes.filter((intake) => intake.counted.length > 0)
  const sharedWatermarkMs = Math.min(...counting.map((intake) => intake.finalWatermarkMs()))
  for (const intake of counting) {
    const isCustomer = windowing.scope === 'customer'
    const finalWatermarkMs = isCustomer ? intake.finalWatermarkMs() : sharedWatermarkMs
    for (const counted of intake.counted) {
      const { transaction, watermarkMs } = counted
      const key = windowing.key(transaction, counted)
      if (key === null) continue
      const startMs = floorDivide(transaction.eventTimeMs, windowing.sizeMs) * windowing.sizeMs
      const endMs = startMs + windowing.sizeMs
      if (watermarkMs >= endMs) {
        late.push({ transaction, key, startMs, endMs, latenessMs: watermarkMs - endMs })
        continue
      }
      const identity = `${isCustomer ? intake.partition : '*'} ${startMs} ${key}`
      const window = windows.get(identity)
      if (window !== undefined) window.transactions.push(transaction)
      else {
        windows.set(identity, { key, startMs, endMs, transactions: [transaction], isClosed: finalWatermarkMs >= endMs })
      }
    }
  }
  return { windows: [...windows.values()], late }
}
