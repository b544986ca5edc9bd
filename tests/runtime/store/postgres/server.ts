/** A PostgreSQL of the tests' own: made in a temporary folder, listening on a socket there, and gone with the tests. */
import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll } from 'vitest'

/** By PATH, then `pg_config`, then where Debian keeps them. */
function binaries(): string | undefined {
  const found = (process.env.PATH ?? '').split(delimiter)
  try {
    found.push(execFileSync('pg_config', ['--bindir'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim())
  } catch {
    // Then without it.
  }
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : []
  return [...found, ...versions.map((version) => join(debian, version, 'bin'))].find((folder) =>
    ['initdb', 'pg_ctl', 'psql'].every((program) => existsSync(join(folder, program))),
  )
}

const bin = binaries()
const isRoot = process.getuid?.() === 0
/** PostgreSQL refuses to run as root. */
const runuser = isRoot ? ['/usr/sbin/runuser', '/sbin/runuser', '/usr/bin/runuser'].find((file) => existsSync(file)) : undefined

/** Why there can be none here; undefined where there can. */
export const noPostgres: string | undefined =
  bin === undefined
    ? 'PostgreSQL is not installed'
    : isRoot && runuser === undefined
      ? 'as root, runuser is needed to start PostgreSQL'
      : undefined

export class PostgresServer {
  readonly folder = mkdtempSync(join(tmpdir(), 'espalier-postgres-'))
  readonly user = 'espalier'
  /** Where its programs are. */
  readonly bin = bin!
  readonly #password: string

  constructor(authentication: 'trust' | 'scram-sha-256' = 'trust', password = 'secret') {
    this.#password = password
    if (isRoot) chownSync(this.folder, Number(execFileSync('id', ['-u', 'nobody'], { encoding: 'utf8' })), statSync(this.folder).gid)
    const file = join(this.folder, 'password')
    this.#as('sh', ['-c', `umask 077; printf '%s' "$1" > "$2"`, 'sh', password, file])
    this.#as(join(bin!, 'initdb'), [
      '-D',
      join(this.folder, 'data'),
      '-A',
      authentication,
      '-U',
      this.user,
      '--pwfile',
      file,
      '-N',
      '-E',
      'UTF8',
      '--locale=C',
    ])
    this.start()
  }

  start(): void {
    const options = `-c listen_addresses='' -k ${this.folder} -c fsync=off -c max_connections=200`
    this.#as(join(bin!, 'pg_ctl'), ['-D', join(this.folder, 'data'), '-w', '-l', join(this.folder, 'log'), '-o', options, 'start'])
  }

  stop(mode: 'fast' | 'immediate' = 'immediate'): void {
    this.#as(join(bin!, 'pg_ctl'), ['-D', join(this.folder, 'data'), '-w', '-m', mode, 'stop'])
  }

  remove(): void {
    this.stop()
    rmSync(this.folder, { recursive: true, force: true })
  }

  /** @returns its address */
  createDatabase(): string {
    const name = `store_${randomUUID().replaceAll('-', '')}`
    this.sql(`CREATE DATABASE ${name}`)
    return this.address(name)
  }

  address(database: string): string {
    return `postgres://${this.user}@localhost/${database}?host=${encodeURIComponent(this.folder)}`
  }

  sql(statement: string, database = 'postgres'): string {
    const args = ['-h', this.folder, '-U', this.user, '-d', database, '-XAtqc', statement]
    return execFileSync(join(bin!, 'psql'), args, { encoding: 'utf8', env: { ...process.env, PGPASSWORD: this.#password } }).trim()
  }

  #as(program: string, args: readonly string[]): void {
    const [command, first] = runuser === undefined ? [program, []] : [runuser, ['-u', 'nobody', '--', program]]
    execFileSync(command, [...first, ...args], { cwd: this.folder, stdio: ['ignore', 'ignore', 'pipe'] })
  }
}

/** One for the tests of a file. */
export function postgresForFile(): () => PostgresServer {
  let server: PostgresServer | undefined
  beforeAll(() => {
    if (noPostgres === undefined) server = new PostgresServer()
  })
  afterAll(() => server?.remove())
  return () => server!
}

/** The clock by which a store judges leases: stands still once it is stopped, and goes on when told to. */
export function databaseClock(server: PostgresServer, address: string) {
  const database = new URL(address).pathname.slice(1)
  let now: number | undefined
  const set = (seconds: number) => {
    now = seconds
    const is = `LANGUAGE sql VOLATILE AS 'SELECT to_timestamp(${seconds})'`
    server.sql(`CREATE OR REPLACE FUNCTION espalier.clock() RETURNS timestamptz ${is}`, database)
  }
  return {
    stop() {
      if (now === undefined) set(Date.now() / 1000 + 3600)
    },
    elapse: async (seconds: number) => set(now! + seconds),
    async beaten() {
      while (server.sql('SELECT count(*) FROM espalier.holders WHERE seen < espalier.clock()', database) !== '0') await sleep(20)
    },
  }
}
