import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    reporters: ['default', './tests/count-reporter.ts'],
    // A process for each file: tests load a native library and start workers.
    pool: 'forks',
    // Threads and processes that tests start need not strip types and compile again what the one before had.
    env: { NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules/.cache/espalier-tests') },
    // On two cores also two files at once: much of a test's time goes into waiting for processes.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // A slow machine is no failure.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})
