import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Stack } from '@fintech-streams/local'
import { missingTool } from '@fintech-streams/testing'
import axe from 'axe-core'
import { type Browser, chromium, type Page } from 'playwright-core'

const CANDIDATES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** The system's Chromium, `CHROMIUM_PATH` first; undefined where there is none. */
export const chromiumPath = [process.env['CHROMIUM_PATH'] ?? '', ...CANDIDATES].find((path) => existsSync(path))

/** Whether the console cannot be looked at, which is said aloud, since it leaves a gap. */
export function consoleMissing(): boolean {
  const built = join(import.meta.dirname, '../../serving/console/dist/index.html')
  const why = chromiumPath === undefined ? 'there is no Chromium' : existsSync(built) ? undefined : 'make console'
  if (why !== undefined) missingTool(`the console is not looked at in a browser: ${why}`)
  return why !== undefined
}

/** A violation as it is shown when a test fails. */
interface Violation {
  readonly id: string
  readonly impact: string | null
  readonly help: string
  readonly nodes: readonly { readonly html: string }[]
}

/** One window on the console of a stack, and what went wrong in it. */
export class ConsoleWindow {
  readonly page: Page
  /** Errors of scripts, and those in the browser's log. */
  readonly errors: string[] = []
  readonly #browser: Browser
  readonly #screenshots: string

  constructor(browser: Browser, page: Page, screenshots: string) {
    this.#browser = browser
    this.page = page
    this.#screenshots = screenshots
    page.on('pageerror', (error) => this.errors.push(error.stack ?? error.message))
    page.on('console', (message) => {
      if (message.type() === 'error') this.errors.push(message.text())
    })
  }

  static async open(stack: Stack, size = { width: 1_280, height: 900 }): Promise<ConsoleWindow> {
    const browser = await chromium.launch({ executablePath: chromiumPath!, args: ['--no-sandbox'] })
    const baseURL = `http://localhost:${stack.ports.api}`
    // A context, in which a test may open other tabs: they share what tabs of one browser share.
    const context = await browser.newContext({ baseURL, viewport: size, reducedMotion: 'reduce' })
    const page = await context.newPage()
    const screenshots = join(stack.dataDir, 'screenshots')
    mkdirSync(screenshots, { recursive: true })
    return new ConsoleWindow(browser, page, screenshots)
  }

  /** Keeps what is seen, as a file beside the stack's logs. */
  async screenshot(name: string): Promise<void> {
    await this.page.screenshot({ path: join(this.#screenshots, `${name}.png`), fullPage: true })
  }

  /** What is wrong for people who see little, or use no mouse: only what is serious or critical. */
  async seriousViolations(): Promise<string[]> {
    // By evaluation: the page's own policy lets no script of others in.
    await this.page.evaluate(axe.source)
    const { violations } = await this.page.evaluate<{ violations: Violation[] }>('axe.run(document)')
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`)
  }

  /** By how many pixels the page is wider than the window. */
  async overflow(): Promise<number> {
    return this.page.evaluate<number>('document.documentElement.scrollWidth - window.innerWidth')
  }

  async close(): Promise<void> {
    await this.#browser.close()
  }
}
