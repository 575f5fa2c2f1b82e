import { JOB_IDS } from '@fintech-streams/contracts'
import { expect, it } from 'vitest'
import { builtInJobs } from './index.ts'
import { loadRules } from './rules.ts'

it('runs exactly the jobs whose results are declared', () => {
  const ids = builtInJobs(loadRules()).map((job) => job.id)
  expect(ids.toSorted()).toEqual(JOB_IDS.toSorted())
})
