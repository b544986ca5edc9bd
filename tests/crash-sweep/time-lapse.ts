/** Imported before everything else in each process of a sweep: time goes four times as fast, so that nobody waits out leases and retries. */
const times = 4

const now = performance.now.bind(performance)
performance.now = () => times * now()

for (const name of ['setTimeout', 'setInterval'] as const) {
  const real = globalThis[name]
  const faster = (work: () => void, milliseconds?: number, ...args: []) =>
    real(work, milliseconds === undefined ? undefined : milliseconds / times, ...args)
  globalThis[name] = Object.defineProperties(faster, Object.getOwnPropertyDescriptors(real)) as typeof real & typeof setTimeout
}
