import type { Arch, Mask, Pipeline, Weights } from 'espalier'
import { big, small } from '../networks.ts'

/** Asks for facts and keeps everything else as it was. */
export const lottery =
  (sparsity: number, rounds: number) =>
  <A extends Arch, M extends Mask, K extends string>(p: Pipeline<A, 'trained', M, K | 'init'>) =>
    p.repeat(rounds, (q) =>
      q
        .prune(1 - (1 - sparsity) ** (1 / rounds))
        .rewind()
        .train(),
    )

export const fromEarly = <A extends Arch, M extends Mask, K extends string>(p: Pipeline<A, 'trained', M, K | 'early'>) =>
  p.prune(0.5).rewind('early').train()

export const taughtBy =
  (teacher: Pipeline<Arch & { readonly classes: 10 }, 'trained', never, never>) =>
  <A extends Arch & { readonly classes: 10 }, W extends Weights, M extends Mask, K extends string>(p: Pipeline<A, W, M, K>) =>
    p.distill(teacher)

export const ticket = small.train().pipe(lottery(0.9, 5)).evaluate()
export const early = small.train({ keep: { early: 1 } }).pipe(fromEarly)
export const taught = small.init().pipe(taughtBy(big.train())).prune(0.5)

// Knowing more stands where less is asked for.
export const less: Pipeline<Arch, 'trained', never, never> = small.train({ keep: { early: 1 } }).prune(0.5)
export const least: Pipeline<Arch, Weights, never, never> = less
export const unchanged = small.train().repeat(3, (p: Pipeline<Arch, 'trained', never, never>) => p)
