import { isClosed } from './watermark.ts'

/** The open windows of one job, by their start. */
export class OpenWindows<W> {
  readonly sizeMs: number
  readonly #byStart = new Map<number, W[]>()

  constructor(sizeMs: number) {
    this.sizeMs = sizeMs
  }

  add(startMs: number, window: W): void {
    const open = this.#byStart.get(startMs)
    if (open === undefined) this.#byStart.set(startMs, [window])
    else open.push(window)
  }

  /** Takes out the windows that end at or before the watermark, the oldest first. */
  takeClosed(watermarkMs: number): { startMs: number; windows: W[] }[] {
    const closed: { startMs: number; windows: W[] }[] = []
    for (const [startMs, windows] of this.#byStart) {
      if (!isClosed(startMs, this.sizeMs, watermarkMs)) continue
      closed.push({ startMs, windows })
      this.#byStart.delete(startMs)
    }
    return closed.sort((a, b) => a.startMs - b.startMs)
  }

  get size(): number {
    let size = 0
    for (const windows of this.#byStart.values()) size += windows.length
    return size
  }
}
