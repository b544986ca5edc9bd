/** One layer of a `model.json` with its inputs. The translation reads its options; options that were not read are rejected. */
import type { Json } from '../../../dsl/check/canonical.ts'
import type { ImportedKind } from '../../../stdlib/models/networks/imported.ts'
import type { Draft, Drafts, DraftWeight } from '../import/drafts.ts'
import { importProblems, type Where } from '../import/problems.ts'
import type { KerasLayer, Options } from './model-json.ts'

export type Pair = readonly [number, number]

/** Options without effect on a trained layer. */
const without =
  /^(name|trainable|dtype|dtype_policy|autocast|batch_input_shape|batch_shape|input_dtype|sparse|ragged|optional|.*_initializer|.*_regularizer|.*_constraint|noise_shape|seed|renorm|renorm_.*|fused|synchronized|virtual_batch_size|adjustment|implementation|quantization_config|lora_rank|lora_alpha|supports_masking|registered_name|build_config|rank)$/

export class Layer {
  readonly where: Where
  readonly drafts: Drafts
  readonly from: readonly Draft[]
  readonly version: number
  readonly #options: Options
  readonly #weights: (layer: string, role: string) => DraftWeight | undefined
  readonly #asked = new Set<string>()

  constructor(
    { kind, name, options }: KerasLayer,
    from: readonly Draft[],
    of: { readonly drafts: Drafts; readonly version: number; readonly weights: (layer: string, role: string) => DraftWeight | undefined },
  ) {
    this.where = { kind, name }
    this.drafts = of.drafts
    this.version = of.version
    this.from = from
    this.#options = options
    this.#weights = of.weights
  }

  /** The only input. @throws ImportProblem if there are several */
  get before(): Draft {
    if (this.from.length === 1) return this.from[0]!
    throw importProblems.unfit(this.where, `it reads ${this.from.length} layers instead of one`)
  }

  /** The only input, which must be an image [height, width, channels]. */
  get picture(): Draft {
    const { before } = this
    if (before.shape.length === 3) return before
    throw importProblems.unfit(this.where, `it reads [${before.shape.join(', ')}] and no picture`)
  }

  add(
    kind: ImportedKind,
    shape: readonly number[],
    options: { readonly [option: string]: Json } = {},
    weights: { readonly [role: string]: DraftWeight } = {},
    from = this.from,
  ): Draft {
    return this.drafts.add(kind, this.where, { from, shape, options, weights })
  }

  option(name: string): unknown {
    this.#asked.add(name)
    return this.#options[name] ?? undefined
  }

  whole(name: string, otherwise?: number): number {
    const value = this.option(name) ?? otherwise
    if (Number.isSafeInteger(value) && Math.abs(Number(value)) <= 2 ** 31) return Number(value)
    throw this.refused(name, value, 'a whole number')
  }

  number(name: string, otherwise: number): number {
    const value = this.option(name) ?? otherwise
    if (typeof value === 'number' && Number.isFinite(value)) return value
    throw this.refused(name, value, 'a number')
  }

  flag(name: string, otherwise: boolean): boolean {
    const value = this.option(name) ?? otherwise
    if (typeof value === 'boolean') return value
    throw this.refused(name, value, 'true, false')
  }

  word<W extends string>(name: string, allowed: readonly W[], otherwise: W): W {
    const value = this.option(name) ?? otherwise
    const word = allowed.find((each) => each === value)
    if (word === undefined) throw this.refused(name, value, allowed.join(', '))
    return word
  }

  /** One number for both axes, or two. */
  pair(name: string, otherwise?: Pair): Pair {
    const value = this.option(name) ?? otherwise
    const both = Array.isArray(value) ? value : [value, value]
    if (both.length === 2 && both.every((each) => Number.isSafeInteger(each) && Number(each) > 0 && Number(each) <= 65_536))
      return both as unknown as Pair
    throw this.refused(name, value, 'two numbers from 1')
  }

  /** Amounts on the sides of an image: one number, two, or two pairs. */
  sides(name: string): readonly [Pair, Pair] {
    const value = this.option(name)
    const both = Array.isArray(value) ? value : [value, value]
    const sides = both.map((each: unknown) => (Array.isArray(each) ? each : [each, each]))
    const fits =
      sides.length === 2 &&
      sides.every(
        (side) => side.length === 2 && side.every((each) => Number.isSafeInteger(each) && Number(each) >= 0 && Number(each) <= 65_536),
      )
    if (fits) return sides as unknown as readonly [Pair, Pair]
    throw this.refused(name, value, 'numbers from 0')
  }

  /** Rejects channels-first images. */
  channelsLast(): void {
    this.word('data_format', ['channels_last'], 'channels_last')
  }

  weight(role: string, shape: readonly number[]): DraftWeight {
    const weight = this.#weights(this.where.name, role)
    if (weight === undefined) throw importProblems.unfit(this.where, `there is no weight ${role} of it`)
    if (weight.shape.join() !== shape.join())
      throw importProblems.unfit(this.where, `its ${role} is [${weight.shape.join(', ')}] and not [${shape.join(', ')}]`)
    return weight
  }

  refused(option: string, value: unknown, says: string): Error {
    return importProblems.unsupported(this.where, option, value, says)
  }

  unfit(what: string): Error {
    return importProblems.unfit(this.where, what)
  }

  settle(): void {
    for (const [name, value] of Object.entries(this.#options))
      if (!this.#asked.has(name) && !without.test(name) && value !== null && value !== false && value !== undefined)
        throw this.refused(name, value, 'without it')
  }
}
