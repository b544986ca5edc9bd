import { linearRate, type Schedule } from './schedule.ts'
import { linearRamp, type RampOptions, type SparsitySchedule } from './sparsity.ts'

/** A learning rate that decays linearly from `lr` at the first step to `to` (0 up to `lr`, default 0) at the end of the horizon. */
export function linear(lr: number, options?: { readonly to?: number }): Schedule
/** A sparsity that grows linearly from `begin` to `end` of the training. */
export function linear(options?: RampOptions): SparsitySchedule<'during training'>
export function linear(first?: number | RampOptions, options?: { readonly to?: number }) {
  return typeof first === 'number' ? linearRate(first, options) : linearRamp(first)
}
