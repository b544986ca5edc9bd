/** A way between two processes of a test that can be disturbed: what comes on a port of this machine goes to a socket or another port. */
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** `cut`: connections stay and carry nothing; `gone`: there are none; `failing`: HTTP's 500; `slow`, `truncated`: of what comes back. */
export type Disturbed = 'open' | 'cut' | 'gone' | 'failing' | 'slow' | 'truncated'

export class Way {
  readonly #server: Server
  readonly #open = new Set<Socket>()
  #mode: Disturbed = 'open'
  #waiting: (() => void)[] = []

  private constructor(to: { readonly path: string } | { readonly port: number }) {
    this.#server = createServer((from) => {
      if (this.#mode === 'gone') {
        from.destroy()
        return
      }
      const target = connect({ ...to, ...('port' in to ? { host: '127.0.0.1' } : {}) } as never)
      for (const [one, other] of [
        [from, target],
        [target, from],
      ] as const) {
        this.#open.add(one)
        one.on('error', () => other.destroy())
        one.on('close', () => {
          this.#open.delete(one)
          other.destroy()
        })
      }
      void this.#carry(from, target, async (chunk) => {
        if (this.#mode !== 'failing') return chunk
        from.end('HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
        return undefined
      })
      void this.#carry(target, from, async (chunk) => {
        if (this.#mode === 'slow') await sleep(300)
        if (this.#mode !== 'truncated') return chunk
        from.write(chunk.subarray(0, Math.floor(chunk.length / 2)), () => from.destroy())
        return undefined
      })
    })
  }

  /** @param host address of this machine at which it begins */
  static async to(place: { readonly path: string } | { readonly port: number }, host = '127.0.0.1'): Promise<Way> {
    const proxy = new Way(place)
    await new Promise<void>((resolve) => proxy.#server.listen(0, host, resolve))
    return proxy
  }

  /** `host:port` */
  get at(): string {
    const { address, port } = this.#server.address() as AddressInfo
    return `${address}:${port}`
  }

  set mode(mode: Disturbed) {
    this.#mode = mode
    if (mode === 'gone') for (const socket of this.#open) socket.destroy()
    if (mode !== 'cut') for (const go of this.#waiting.splice(0)) go()
  }

  close(): void {
    this.mode = 'gone'
    this.#server.close()
  }

  async #carry(from: Socket, to: Socket, pass: (chunk: Buffer) => Promise<Buffer | undefined>): Promise<void> {
    try {
      for await (const chunk of from) {
        while (this.#mode === 'cut') await new Promise<void>((resolve) => this.#waiting.push(resolve))
        const passed = await pass(chunk as Buffer)
        if (passed === undefined || to.destroyed) return
        if (!to.write(passed)) await new Promise((resolve) => to.once('drain', resolve).once('close', resolve))
      }
      to.end()
    } catch {
      to.destroy()
    }
  }
}
