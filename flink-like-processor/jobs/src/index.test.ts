import { JOB_IDS, RESULTS } from '@fintech-streams/contracts'
import { expect, it } from 'vitest'
import { builtInJobs } from './index.ts'
import { CONTRACT_RULES_FILE } from '@fintech-streams/processor-testing'
import { loadRules } from '@fintech-streams/rules'

const jobs = builtInJobs(loadRules(CONTRACT_RULES_FILE))

it.each(JOB_IDS)('%s writes the result that is declared for it', (id) => {
  expect(jobs.find((job) => job.id === id)?.result).toBe(RESULTS[id])
})

it('has no two jobs of one id, which would share their state and topic', () => {
  expect(new Set(jobs.map((job) => job.id)).size).toBe(jobs.length)
})
