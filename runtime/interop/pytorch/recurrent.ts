/** Recurrent layers that PyTorch's modules compute as well, which have few options: `nn.LSTM` and `nn.RNN`, one way or both. */
import type { Config } from '../../../stdlib/models/structure/rebuild.ts'

export interface Recurrent {
  readonly module: 'lstm' | 'rnn'
  /** Of the layer, or of the one inside that goes both ways. */
  readonly config: Config
  readonly both: boolean
}

/** Why a recurrent layer is no module there, in words. */
export const noModule = (kind: string, config: Config): string | undefined => {
  const { className } = (config.layer ?? {}) as { readonly className?: string }
  return kind === 'GRU' || className === 'GRU'
    ? 'the reset gate acts before the product with the recurrent kernel, that of nn.GRU after it'
    : undefined
}

/** Undefined where PyTorch computes something else, or has no such module. */
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
