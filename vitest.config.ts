import { configDefaults, defineConfig } from 'vitest/config'

/** Of what a process has one: the newest error in its log. */
const ALONE = ['platform/service/src/log.test.ts', 'serving/monitor/src/pipeline.test.ts']

const UNIT_TIMEOUT_MS = 30_000

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            '*/src/**/*.test.ts',
            '*/*/src/**/*.test.ts',
            'docker/**/*.test.ts',
            'lint/*.test.ts',
            'scale/**/*.test.ts',
          ],
          exclude: [...configDefaults.exclude, ...ALONE],
          // Loading what a file imports takes longer than its tests: the files share it.
          isolate: false,
          restoreMocks: true,
          unstubEnvs: true,
          unstubGlobals: true,
          testTimeout: UNIT_TIMEOUT_MS,
        },
      },
      { test: { name: 'unit-alone', include: ALONE, testTimeout: UNIT_TIMEOUT_MS } },
      {
        test: {
          name: 'e2e',
          include: ['checks/e2e/**/*.e2e.ts'],
          // Each starts processes of its own and waits for them half of the time.
          maxWorkers: 2,
          // Brokers that live for a minute are not worth the second compiler's time.
          env: { JAVA_OPTS: '-XX:TieredStopAtLevel=1' },
          testTimeout: 300_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
})
