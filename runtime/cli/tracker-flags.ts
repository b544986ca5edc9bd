/** Flags of `run` for experiment trackers. */
import * as Flag from 'effect/cli/Flag'
import { maybe } from './flags.ts'

export const trackerFlags = {
  tensorboard: maybe(
    Flag.String('tensorboard').pipe(
      Flag.filter(
        (text) => text !== '',
        () => 'the path of a folder',
      ),
      Flag.withDescription('write curves and results for TensorBoard to this folder as they are computed'),
    ),
  ),
  mlflow: maybe(
    Flag.String('mlflow').pipe(
      Flag.filter(isTrackingAddress, () => 'an http or https address without a name or password in it, such as http://127.0.0.1:5000'),
      Flag.withDescription('record a run for each arm and seed on this MLflow server: parameters, curves, results'),
    ),
  ),
}

/** Excludes credentials and queries: an address is printed, and stays in the shell's history. */
function isTrackingAddress(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && ['http:', 'https:'].includes(url.protocol) && url.username === '' && url.password === '' && url.search === ''
}
