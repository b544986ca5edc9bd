/** MLflow's own page with as many runs, in the same browser. */
import { execFileSync, spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Browser } from 'playwright-core'
import { answers, freePort } from '../tests/loopback.ts'
import { pythonWith } from '../tests/python-packages.ts'

/** Logs the same for each run as Espalier: a file, a state, a metric. */
const fill = `
import sys
from mlflow.tracking import MlflowClient
from mlflow.entities import Metric, RunTag
client = MlflowClient(sys.argv[1])
experiment = client.create_experiment('bench')
for i in range(int(sys.argv[2])):
    run = client.create_run(experiment, start_time=1700000000000 + i, run_name=f'study-{i % 50}')
    client.log_batch(run.info.run_id, metrics=[Metric('accuracy', 0.9, 0, 0)], tags=[RunTag('file', f'study-{i % 50}')])
    client.set_terminated(run.info.run_id)
print(experiment)
`

/** @returns the times until runs are listed, or why there are none, as text */
export async function mlflowPaint(browser: Browser, folder: string, runs: number, rounds: number): Promise<string> {
  const { python, missing } = await pythonWith('mlflow-3.17.2', ['mlflow==3.17.2'])
  if (missing !== undefined) return missing
  const store = `sqlite:///${join(folder, 'mlflow.db')}`
  const experiment = execFileSync(python, ['-c', fill, store, String(runs)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim()
  const port = await freePort()
  const args = ['-m', 'mlflow', 'server', '--backend-store-uri', store, '--host', '127.0.0.1', '--port', String(port), '--workers', '1']
  const server = spawn(python, args, { cwd: folder, stdio: 'ignore', detached: true })
  try {
    for (let i = 0; !(await answers(`http://127.0.0.1:${port}/health`)); i++) {
      if (i > 600) return 'its server does not answer'
      await sleep(200)
    }
    const times: number[] = []
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
    for (let i = 0; i < rounds; i++) {
      const page = await context.newPage()
      await page.goto(`http://127.0.0.1:${port}/#/experiments/${experiment.split('\n').at(-1)}/runs`)
      await page
        .getByText(/^study-\d+$/)
        .first()
        .waitFor({ timeout: 120_000 })
      times.push(Number(await page.evaluate('performance.now()')))
      await page.close()
    }
    await context.close()
    return `${Math.min(...times).toFixed(0)} ms (${times.map((time) => time.toFixed(0)).join(', ')})`
  } finally {
    process.kill(-server.pid!, 'SIGTERM')
  }
}
