/** `espalier watch`: runs the file, and at every save what has changed. */

import { executorFor } from '../execution/executors.ts'
import { standardOutput } from '../format/output.ts'
import { parseTarget } from '../format/target-name.ts'
import { makePlan, type Plan } from '../plan/plan.ts'
import { openChecker } from '../project/check/checker.ts'
import { typeProblem } from '../project/check/type-problem.ts'
import { requireDevices } from '../project/devices.ts'
import { foreseeNetworks } from '../project/foresee-networks.ts'
import { startAhead } from '../project/load/thread.ts'
import { settingsOf } from '../project/machine.ts'
import { type PlanOptions, prepare } from '../project/prepare.ts'
import { requireWritable } from '../project/writable.ts'
import type { Store } from '../store/store.ts'
import type { Expected } from '../views/progress.ts'
import type { Renderer } from '../views/skin.ts'
import { view } from '../views/view.ts'
import { readKeys } from '../watch/keyboard.ts'
import { type Described, Session } from '../watch/session.ts'
import { watchSources } from '../watch/sources.ts'
import { exitCodes } from './exit.ts'
import { stagesToShow } from './run.ts'
import { onStopSignals } from './signals.ts'
import { skinFor } from './skins.ts'
import { byPath, closeTelemetry, telemetryTo } from './telemetry.ts'

interface WatchOptions extends PlanOptions {
  /** Seconds between checkpoints. */
  readonly checkpointEvery: number
  /** Receiver of spans. */
  readonly otlp: string | undefined
}

export async function watch(options: WatchOptions): Promise<number> {
  const { file } = parseTarget(options.file)
  const skin = await skinFor({})
  const checker = openChecker()
  const telemetry = await telemetryTo(options.otlp)
  let store: Store | undefined
  let renderer: Renderer | undefined
  /** Stages by plan, with the time that they took before. */
  const shown = new WeakMap<Plan, readonly Expected[]>()
  const say = (lines: readonly string[]) => {
    if (renderer === undefined) standardOutput.print(lines)
    else renderer.note(lines)
  }
  const describe = async (): Promise<Described> => {
    // Concurrently: both take about as long, and neither needs the other.
    const [checked, prepared] = await Promise.allSettled([
      options.noCheck ? { faults: [], judgedBy: '' } : checker.check(file),
      prepare({ ...options, noCheck: true }, store),
    ])
    if (prepared.status === 'fulfilled') store ??= prepared.value.store
    if (checked.status === 'rejected') throw checked.reason
    if (checked.value.faults.length > 0)
      throw typeProblem(checked.value.faults, checked.value.judgedBy, prepared.status === 'rejected' ? prepared.reason : undefined)
    if (prepared.status === 'rejected') throw prepared.reason
    const { graph, data, numerics, devices, warnings, ...rest } = prepared.value
    const plan = await makePlan(graph, rest.store, data, numerics)
    await foreseeNetworks(prepared.value, plan)
    shown.set(plan, await stagesToShow(graph, plan, rest.store))
    startAhead() // for the next save
    requireWritable(rest.store, plan)
    return {
      ...rest,
      graph,
      data,
      numerics,
      plan,
      warnings: [...warnings, ...requireDevices(devices, plan, graph)],
      ...settingsOf(devices),
      checkpointEvery: options.checkpointEvery,
      ...(telemetry === undefined ? {} : { observe: () => telemetry.observe(byPath(graph, numerics)) }),
      executor: executorFor({ ...options, store: rest.store, devices }),
    }
  }
  const sources = watchSources(() => session.reload())
  sources.follow([file])
  const session = new Session({
    describe,
    follow: (files, read) => sources.follow([file, ...files], read),
    screen: {
      begin(_, plan) {
        renderer = skin.run({ stages: shown.get(plan)! })
        return renderer
      },
      say,
      show: (name, content) => say(skin.document(view(name, content))),
      ask: async (question) => keyboard?.ask(question, (line) => renderer?.prompt(line)),
    },
  })
  const keyboard = process.stdin.isTTY ? readKeys(process.stdin, (key) => session.key(key)) : undefined
  const quit = () => session.quit()
  const forget = onStopSignals(quit)
  try {
    return (await session.live()) ? exitCodes.done : exitCodes.interrupted
  } finally {
    forget()
    keyboard?.close()
    renderer?.close()
    await sources.close()
    await checker.close()
    store?.close()
    await closeTelemetry(telemetry)
  }
}
