/** S3 addresses: `s3://bucket/prefix`, with server, region and credentials from the environment, as other S3 tools read them. */
import { readFileSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import * as Redacted from 'effect/Redacted'
import { s3Problems } from './problems.ts'

interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

export interface S3Address {
  /** The address as given, for display and for other processes of this machine; contains nothing from the environment. */
  readonly shown: string
  /** URL of the bucket, with a trailing slash. */
  readonly url: string
  /** Address of the server, for display. */
  readonly endpoint: string
  /** Without a leading slash; empty, or with a trailing slash. */
  readonly prefix: string
  readonly region: string
  readonly credentials: Redacted.Redacted<Credentials>
}

/** @throws StoreProblem */
export function s3Address(place: string, env: NodeJS.ProcessEnv = process.env): S3Address {
  const [, bucket = '', path = ''] = /^s3:\/\/([^/]*)\/?(.*)$/s.exec(place) ?? []
  const shown = place.replace(/\/+$/, '')
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket))
    throw s3Problems.badAddress(shown.replace(/\/\/.*@/, '//…@'), 'the name of its bucket is not one')
  const prefix = path.replace(/\/+$/, '')
  if (!/^[\w!.*'()/-]*$/.test(prefix) || prefix.split('/').some((part) => part === '.' || part === '..' || (part === '' && prefix !== '')))
    throw s3Problems.badAddress(shown, 'its prefix has characters other than letters, digits, - _ . and single slashes')
  const region = env.AWS_REGION || env.AWS_DEFAULT_REGION || 'us-east-1'
  const endpoint = endpointIn(env) ?? `https://s3.${region}.amazonaws.com`
  return {
    shown,
    url: `${endpoint}/${bucket}/`,
    endpoint,
    prefix: prefix === '' ? '' : `${prefix}/`,
    region,
    credentials: Redacted.make(credentialsIn(env, shown)),
  }
}

function endpointIn(env: NodeJS.ProcessEnv): string | undefined {
  const named = env.ESPALIER_S3_ENDPOINT || env.AWS_ENDPOINT_URL_S3 || env.AWS_ENDPOINT_URL
  if (!named) return undefined
  const url = URL.parse(named)
  const plain =
    url !== null &&
    ['http:', 'https:'].includes(url.protocol) &&
    url.pathname === '/' &&
    url.search === '' &&
    url.username === '' &&
    url.password === ''
  if (!plain) throw s3Problems.badEndpoint(named.replace(/\/\/.*@/, '//…@').replace(/\?.*/s, ''))
  return url.origin
}

function credentialsIn(env: NodeJS.ProcessEnv, shown: string): Credentials {
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: token } = env
  if (id && secret) return { accessKeyId: id, secretAccessKey: secret, ...(token ? { sessionToken: token } : {}) }
  const file = env.AWS_SHARED_CREDENTIALS_FILE || join(env.HOME ?? homedir(), '.aws', 'credentials')
  const info = statSync(file, { throwIfNoEntry: false })
  if (info === undefined) throw s3Problems.noCredentials(shown)
  if (process.platform !== 'win32' && (info.mode & 0o077) !== 0) throw s3Problems.openCredentials(file, (info.mode & 0o777).toString(8))
  const { aws_access_key_id, aws_secret_access_key, aws_session_token } = profileIn(
    readFileSync(file, 'utf8'),
    env.AWS_PROFILE || 'default',
  )
  if (aws_access_key_id === undefined || aws_secret_access_key === undefined) throw s3Problems.noCredentials(shown)
  return {
    accessKeyId: aws_access_key_id,
    secretAccessKey: aws_secret_access_key,
    ...(aws_session_token === undefined ? {} : { sessionToken: aws_session_token }),
  }
}

/** The section `[profile]` of a credentials file, with lines `name = value`. */
function profileIn(text: string, profile: string): { readonly [name: string]: string } {
  const found: Record<string, string> = {}
  let within = false
  for (const line of text.split('\n').map((each) => each.trim())) {
    const heading = /^\[\s*(.+?)\s*\]$/.exec(line)?.[1]
    if (heading !== undefined) within = heading === profile
    const [, name, value] = /^([a-z_]+)\s*=\s*(.*)$/.exec(line) ?? []
    if (within && name !== undefined && value) found[name] = value
  }
  return found
}
