import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    reporters: ['default', './tests/count-reporter.ts'],
    // A process for each file: tests load a native library and start workers.
    pool: 'forks',
    // A slow machine is no failure.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})
