/** Two S3 servers of different makers, since each forgives other mistakes: s3rver in this process, and moto in one of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { AwsClient } from 'aws4fetch'
import S3rver from 's3rver'
import { onTestFinished } from 'vitest'
import { answers, freePort } from '../../../loopback.ts'
import { pythonWith } from '../../../python-packages.ts'

export interface S3Server {
  /** What a process needs to know to use it. */
  readonly env: { readonly ESPALIER_S3_ENDPOINT: string; readonly AWS_ACCESS_KEY_ID: string; readonly AWS_SECRET_ACCESS_KEY: string }
  readonly bucket: string
  stop(): Promise<void>
}

export async function s3rver(): Promise<S3Server> {
  const directory = mkdtempSync(join(tmpdir(), 'espalier-s3rver-'))
  const server = new S3rver({ address: '127.0.0.1', port: 0, silent: true, directory, configureBuckets: [{ name: 'bucket', configs: [] }] })
  const { port } = await server.run()
  return {
    env: { ESPALIER_S3_ENDPOINT: `http://127.0.0.1:${port}`, AWS_ACCESS_KEY_ID: 'S3RVER', AWS_SECRET_ACCESS_KEY: 'S3RVER' },
    bucket: 'bucket',
    async stop() {
      await server.close()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

const environment = pythonWith('moto-5.2.5', ['moto[s3]==5.2.5', 'flask', 'flask-cors'])

/** @returns why it cannot be had; undefined when it can */
export const prepareMoto = async (): Promise<string | undefined> => (await environment).missing

/** It checks every signature, as AWS does: requests before it has a user with a key are let through. */
export async function moto(): Promise<S3Server> {
  const port = await freePort()
  const { python } = await environment
  const child: ChildProcess = spawn(python, ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)], {
    stdio: 'ignore',
    env: { ...process.env, INITIAL_NO_AUTH_ACTION_COUNT: '3' },
  })
  const endpoint = `http://127.0.0.1:${port}`
  for (let i = 0; !(await answers(`${endpoint}/moto-api/data.json`)); i++) {
    if (i === 600 || child.exitCode !== null) throw new Error('moto does not answer')
    await sleep(100)
  }
  const iam = new AwsClient({ accessKeyId: 'nobody', secretAccessKey: 'nothing', service: 'iam', region: 'us-east-1', retries: 0 })
  const ask = async (action: { readonly [name: string]: string }) => {
    const body = new URLSearchParams({ Version: '2010-05-08', UserName: 'user', ...action }).toString()
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    return (await iam.fetch(endpoint, { method: 'POST', headers, body })).text()
  }
  await ask({ Action: 'CreateUser' })
  const key = await ask({ Action: 'CreateAccessKey' })
  const all = JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] })
  await ask({ Action: 'PutUserPolicy', PolicyName: 'all', PolicyDocument: all })
  const [, accessKeyId = ''] = /<AccessKeyId>(.*?)</.exec(key) ?? []
  const [, secretAccessKey = ''] = /<SecretAccessKey>(.*?)</.exec(key) ?? []
  const made = await new AwsClient({ accessKeyId, secretAccessKey, service: 's3', region: 'us-east-1' }).fetch(`${endpoint}/bucket`, {
    method: 'PUT',
  })
  if (!made.ok) throw new Error(`moto made no bucket: ${made.status}`)
  return {
    env: { ESPALIER_S3_ENDPOINT: endpoint, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey },
    bucket: 'bucket',
    async stop() {
      child.kill()
    },
  }
}

/** In the environment until the test is done. */
export function inEnvironment(variables: { readonly [name: string]: string }): void {
  const before = Object.keys(variables).map((name) => [name, process.env[name]] as const)
  Object.assign(process.env, variables)
  onTestFinished(() => {
    for (const [name, value] of before)
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
  })
}
