/** Recurrent layers with an equivalent in PyTorch: `nn.LSTM` and `nn.RNN` with few options, in one direction or both. */
import type { Config } from '../../../stdlib/models/structure/rebuild.ts'

export interface Recurrent {
  readonly module: 'lstm' | 'rnn'
  /** Of the layer, or of the layer wrapped in a `Bidirectional`. */
  readonly config: Config
  readonly both: boolean
}

/** Why a recurrent layer has no PyTorch equivalent; undefined if there is no special reason. */
export const noModule = (kind: string, config: Config): string | undefined => {
  const { className } = (config.layer ?? {}) as { readonly className?: string }
  return kind === 'GRU' || className === 'GRU'
    ? 'the reset gate acts before the product with the recurrent kernel, that of nn.GRU after it'
    : undefined
}

/** Undefined if PyTorch has no equivalent module. */
export function recurrentIn(kind: string, config: Config): Recurrent | undefined {
  if (kind === 'Bidirectional') {
    const { className, config: own } = config.layer as { readonly className: string; readonly config: Config }
    const inside = config.mergeMode === 'concat' ? recurrentIn(className, own) : undefined
    return inside === undefined ? undefined : { ...inside, both: true }
  }
  const { activation, recurrentActivation, goBackwards, returnState, stateful } = config
  if ([goBackwards, returnState, stateful].includes(true)) return undefined
  if (kind === 'LSTM' && activation === 'tanh' && recurrentActivation === 'sigmoid') return { module: 'lstm', config, both: false }
  if (kind === 'SimpleRNN' && (activation === 'tanh' || activation === 'relu')) return { module: 'rnn', config, both: false }
  return undefined
}
