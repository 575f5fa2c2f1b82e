/**
 * Says that tests cannot run here, and which gap that leaves: a runner keeps a skipped test's reason to itself.
 * @returns `why`.
 * @throws with REQUIRE_TOOLS=1, as CI has it: there a gap is a failure.
 */
export function missingTool(why: string): string {
  if (process.env['REQUIRE_TOOLS'] === '1') throw new Error(`${why}. REQUIRE_TOOLS=1 requires it`)
  process.stderr.write(`${why}\n`)
  return why
}
