import { type Arch, adam, type Mask, type Pipeline, task } from '../../dsl/index.ts'
import { dots, tiny } from './tiny.ts'

const { train } = task({ model: tiny(), data: dots(), optimizer: adam({ lr: 1e-3 }), epochs: 2 })

const imp =
  (rounds: number) =>
  <A extends Arch, M extends Mask, K extends string>(p: Pipeline<A, 'trained', M, K | 'init'>) =>
    p.repeat(rounds, (q) => q.prune(0.2).rewind().train())

export const ticket = train().pipe(imp(2))
