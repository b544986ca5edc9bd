/** A network of its own for some processes of this machine, joined to it by one link that can be cut: nothing that they send is answered then, nor refused. */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'

const ip = ['/usr/sbin/ip', '/sbin/ip', '/usr/bin/ip'].find((file) => existsSync(file))

/** Why there can be none here; undefined where there can. */
export const noNetworks: string | undefined =
  process.platform !== 'linux' || process.getuid?.() !== 0
    ? 'network namespaces need root on Linux'
    : ip === undefined
      ? 'ip (iproute2) is not installed'
      : triedOut()

function run(...args: readonly string[]): void {
  execFileSync(ip!, args, { stdio: ['ignore', 'ignore', 'pipe'] })
}

function triedOut(): string | undefined {
  const name = `espalier-try-${process.pid}`
  try {
    run('netns', 'add', name)
    run('netns', 'del', name)
    return undefined
  } catch (cause) {
    return `no network namespace can be made: ${cause instanceof Error ? cause.message.split('\n')[0] : cause}`
  }
}

export class Network {
  readonly #name: string
  readonly #link: string
  /** Of this machine, as the processes in it see it; nobody else does. */
  readonly host: string
  /** Program and arguments that a command is to be run by. */
  readonly by: readonly string[]

  /** @param number tells it from others of this process, below 100 */
  constructor(number: number) {
    const unique = (process.pid * 100 + number) % 16_000
    this.#name = `espalier-${unique}`
    this.#link = `esp${unique}`
    // Four addresses each, of those for links that are not routed.
    const [third, fourth] = [Math.floor(unique / 64), 4 * (unique % 64)]
    const [here, there] = [1, 2].map((last) => `169.254.${third}.${fourth + last}`) as [string, string]
    this.host = here
    this.by = [ip!, 'netns', 'exec', this.#name]
    run('netns', 'add', this.#name)
    run('link', 'add', this.#link, 'type', 'veth', 'peer', 'name', 'out', 'netns', this.#name)
    run('addr', 'add', `${here}/30`, 'dev', this.#link)
    run('link', 'set', this.#link, 'up')
    for (const words of [
      ['addr', 'add', `${there}/30`, 'dev', 'out'],
      ['link', 'set', 'out', 'up'],
      ['link', 'set', 'lo', 'up'],
    ])
      run('-n', this.#name, ...words)
  }

  cut(): void {
    run('link', 'set', this.#link, 'down')
  }

  repair(): void {
    run('link', 'set', this.#link, 'up')
  }

  remove(): void {
    // The link goes with it.
    run('netns', 'del', this.#name)
  }
}
