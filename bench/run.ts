/** `npm run bench [-- NAME [OPTIONS]]` runs one benchmark of this folder; by default the engine's. */
const benchmarks: { readonly [name: string]: () => Promise<{ main(args: readonly string[]): Promise<void> }> } = {
  engine: () => import('./engine.ts'),
  device: () => import('./device.ts'),
  together: () => import('./together.ts'),
  studies: () => import('./studies.ts'),
  imported: () => import('./imported.ts'),
  checkpoints: () => import('./checkpoints.ts'),
  runtime: () => import('./runtime.ts'),
  data: () => import('./data.ts'),
  soak: () => import('./soak.ts'),
  language: () => import('./language.ts'),
  cluster: () => import('./cluster.ts'),
  queue: () => import('./queue.ts'),
  ui: () => import('./ui.ts'),
}

const [name = 'engine', ...args] = process.argv.slice(2)
const load = Object.hasOwn(benchmarks, name) ? benchmarks[name] : undefined
if (load === undefined) {
  console.error(`There is no benchmark named ${JSON.stringify(name)}. Known: ${Object.keys(benchmarks).join(', ')}.`)
  process.exitCode = 2
} else {
  await (await load()).main(args)
}
