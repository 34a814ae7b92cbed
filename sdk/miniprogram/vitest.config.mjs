import { defineConfig } from 'vitest/config'

// One file at a time: the faults of the simulator's SMS vendors are everybody's.
export default defineConfig({ test: { include: ['test/**/*.test.ts'], fileParallelism: false, testTimeout: 20_000 } })
