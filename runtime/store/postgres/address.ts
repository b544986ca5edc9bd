/** Database addresses: `postgres://user@host:port/database?sslmode=…`, completed from the same environment variables as psql's. */
import { readFileSync, statSync } from 'node:fs'
import { homedir, userInfo } from 'node:os'
import { join } from 'node:path'
import * as Redacted from 'effect/Redacted'
import { withoutPassword } from '../store-place.ts'
import { databaseProblems } from './problems.ts'

export interface DatabaseAddress {
  /** A URL without a password, or a Unix socket. */
  readonly at: { readonly url: Redacted.Redacted<string> } | { readonly host: string; readonly port: number; readonly database: string }
  readonly user: string
  readonly password: Redacted.Redacted<string> | undefined
  /** For display; contains no password. */
  readonly shown: string
}

/** @throws StoreProblem */
export function databaseAddress(store: string, env: NodeJS.ProcessEnv = process.env): DatabaseAddress {
  const bad = (wrong: string) => databaseProblems.badAddress(withoutPassword(store), wrong)
  if (!URL.canParse(store)) throw bad('it cannot be read')
  const url = new URL(store)
  const database = decoded(url.pathname.slice(1))
  if (database === undefined || database === '' || database.includes('/')) throw bad('it does not name one database at its end')
  const known = new Set(['sslmode', 'host'])
  for (const name of url.searchParams.keys())
    if (!known.has(name)) throw bad(`it has ${name} behind the question mark, where sslmode and host can be`)
  const host = url.searchParams.get('host') ?? (url.hostname || env.PGHOST || 'localhost')
  const port = url.port || env.PGPORT || '5432'
  const user = decoded(url.username) || env.PGUSER || userInfo().username
  const password = decoded(url.password) || env.PGPASSWORD || passwordFor({ host, port, database, user }, env)
  const isSocket = host.startsWith('/')
  const mode = url.searchParams.get('sslmode') ?? env.PGSSLMODE ?? 'prefer'
  if (!modes.has(mode)) throw bad(`sslmode is ${mode}, and can be ${[...modes].join(', ')}`)
  const shown = `postgres://${encodeURIComponent(user)}@${isSocket ? 'localhost' : host}:${port}/${encodeURIComponent(database)}`
  return {
    at: isSocket ? { host, port: Number(port), database } : { url: Redacted.make(`${shown}?sslmode=${mode}`) },
    user,
    password: password === undefined ? undefined : Redacted.make(password),
    shown: isSocket ? `${shown}?host=${host}` : shown,
  }
}

const modes: ReadonlySet<string> = new Set(['disable', 'prefer', 'require', 'verify-ca', 'verify-full'])

interface Login {
  readonly host: string
  readonly port: string
  readonly database: string
  readonly user: string
}

/** The first matching line of PGPASSFILE or ~/.pgpass: `host:port:database:user:password`, `*` matches any value, `\` escapes. */
function passwordFor({ host, port, database, user }: Login, env: NodeJS.ProcessEnv): string | undefined {
  const file = env.PGPASSFILE || join(env.HOME ?? homedir(), '.pgpass')
  const info = statSync(file, { throwIfNoEntry: false })
  if (info === undefined) return undefined
  if (process.platform !== 'win32' && (info.mode & 0o077) !== 0)
    throw databaseProblems.openPasswordFile(file, (info.mode & 0o777).toString(8))
  const asked = [host.startsWith('/') ? 'localhost' : host, port, database, user]
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const fields = line.match(/(?:\\.|[^:\\])+/g)?.map((field) => field.replace(/\\(.)/g, '$1')) ?? []
    if (fields.length === 5 && asked.every((value, i) => fields[i] === '*' || fields[i] === value)) return fields[4]
  }
  return undefined
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
