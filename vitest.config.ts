import { defineConfig } from 'vitest/config';

/** Two projects: unit tests beside the source, and the slower suites under test/. */
export default defineConfig({
  test: {
    // Vitest leaves one core free; much of the time here goes to waiting for sandboxes and child processes.
    maxWorkers: '100%',
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts'],
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'system',
          include: ['test/**/*.test.ts'],
          testTimeout: 240_000,
          hookTimeout: 240_000,
        },
      },
    ],
  },
});
