/** Whether an LSTM layer computes what PyTorch's does, which has no options for it. */
import type { Config } from '../../../stdlib/models/structure/rebuild.ts'

export const isPlainLstm = ({ activation, recurrentActivation, goBackwards, returnState, stateful }: Config): boolean =>
  activation === 'tanh' && recurrentActivation === 'sigmoid' && [goBackwards, returnState, stateful].every((option) => option !== true)
