/**
 * Images in files: a folder for each class, or rows of Parquet files in the layout of Hugging Face data sets, resized to one size. Parquet
 * files may also be tables of numbers.
 */
import type { Json } from '../../dsl/check/canonical.ts'
import { inRange, oneOf, problem, ranges, shown } from '../../dsl/check/checks.ts'
import type { ImageShape } from '../../dsl/index.ts'
import { type Data, placed } from '../../dsl/parts/data.ts'
import { type NormalizeOptions, normalizeOption } from './normalize.ts'
import { dataSet } from './source.ts'
import { splitRule, type TestOptions, withSplits } from './splits.ts'
import { type ColumnsOptions, columnsForm, type NumbersOptions, numbersForm, type TargetOptions, targetNames } from './table.ts'

/** Options of image data: classes and size. */
export interface PictureOptions<C extends number> extends TestOptions, NormalizeOptions {
  /** Labels are 0 up to `classes` − 1. */
  readonly classes: C
  /** [height, width] to resize images to; images of this size stay as they are. */
  readonly size: readonly [height: number, width: number]
  /** 3: red, green, blue; 1: grey. Default 3. */
  readonly channels?: 1 | 3
  /** How to fit another shape: `'cover'` crops, `'fill'` stretches. Default `'cover'`. */
  readonly fit?: 'cover' | 'fill'
}

export interface ImageFolderOptions<C extends number> extends PictureOptions<C> {
  /**
   * A folder with one folder per class, whose sorted names become labels 0, 1, …; or with folders `train`, `validation` and `test` that
   * contain the class folders. By default, a tenth of each class is used for validation or test if their folder is missing.
   */
  readonly from: string
}

const pictureWords = ['classes', 'size', 'channels', 'fit', 'test', 'normalize'] as const

/** JPEG, PNG, WebP, TIFF, GIF and AVIF images. They are decoded once and then stored as bytes. Transparent parts become black. */
export const imageFolder = <const C extends number>(options: ImageFolderOptions<C>): Data<C> => {
  const verb = 'imageFolder()'
  const { from = '', ...given } = withSplits(verb, options, ['from', ...pictureWords])
  const { classes, ...form } = pictures(verb, given)
  return dataSet({ name: 'imageFolder', options: { classes, ...form }, ...placed(verb, from) }, classes as C, shapeOf(form))
}

/** Columns of images in a table. */
export interface ColumnOptions<C extends number> extends PictureOptions<C> {
  /** The column of the images: the bytes of their files, or a struct with `bytes`. Default `'image'`. */
  readonly image?: string
  /** The column of the labels: numbers, or names, which are numbered in sorted order. Default `'label'`. */
  readonly label?: string
}

interface ParquetPlace {
  /** A Parquet file, or a folder of them. Files with `test` or `validation` in their path are for that split, others for training. */
  readonly from: string
}

/** Options of `parquet()` for images. */
export interface ParquetOptions<C extends number> extends ColumnOptions<C>, ParquetPlace {}

/** Options of `parquet()` for classification on a table. */
export interface ParquetTableOptions<C extends number> extends NumbersOptions<C>, ColumnsOptions, ParquetPlace {
  /** The column of the labels: numbers, or names, which are numbered in sorted order. Default `'label'`. */
  readonly label?: string
}

/** Options of `parquet()` for regression on a table. */
export interface ParquetTargetOptions<T extends readonly string[]> extends TargetOptions, ColumnsOptions, ParquetPlace {
  /** Columns whose numbers are predicted. */
  readonly targets: T
}

interface Parquet {
  <const C extends number>(options: ParquetOptions<C> | ParquetTableOptions<C>): Data<C>
  <const T extends readonly string[]>(options: ParquetTargetOptions<T>): Data<T['length']>
}

/**
 * Images in the rows of Parquet files (`size`), or numbers in their columns (`input`), possibly with regression targets (`targets`). A
 * tenth of each class is used for validation or test if there is no file for it.
 */
export const parquet: Parquet = <C extends number>(options: unknown): Data<C> => {
  const verb = 'parquet()'
  if (typeof options === 'object' && options !== null && 'input' in options) {
    const { from = '', ...given } = withSplits(verb, options, [
      'from',
      'classes',
      'input',
      'scale',
      'test',
      'label',
      'targets',
      'columns',
      'categories',
    ])
    const targets = targetNames(verb, given)
    const { classes, input, options: form } = numbersForm(verb, given, targets?.length)
    const predicted = targets === undefined ? { label: columnNamed(verb, 'label', given.label) } : { targets }
    const described = { ...form, ...predicted, ...columnsForm(verb, given) }
    const predicts = targets === undefined ? undefined : 'numbers'
    return dataSet({ name: 'parquetTable', options: described, ...placed(verb, from) }, classes as C, input, predicts)
  }
  const { from = '', ...given } = withSplits(verb, options, ['from', 'image', 'label', ...pictureWords])
  const { classes, ...form } = columns(verb, given)
  return dataSet({ name: 'parquet', options: { classes, ...form }, ...placed(verb, from) }, classes as C, shapeOf(form))
}

export interface HubOptions<C extends number> extends ColumnOptions<C> {
  /** The configuration, which is the folder of its files. Required only for data sets with several configurations. */
  readonly config?: string
}

/** A data set of Hugging Face's hub, downloaded beforehand with `espalier data fetch OWNER/NAME`. A run never downloads it. */
export const hub = <const C extends number>(repository: string, options: HubOptions<C>): Data<C> => {
  const verb = 'hub()'
  if (!isRepository(repository)) {
    throw problem(
      'hub() needs the name of a data set.',
      { verb, option: 'repository', value: shown(repository), allowed: 'OWNER/NAME' },
      "For example 'ylecun/mnist'.",
    )
  }
  const { config, ...given } = withSplits(verb, options, ['image', 'label', 'config', ...pictureWords])
  if (config !== undefined && (typeof config !== 'string' || config === '')) {
    throw problem(
      `${verb} needs the name of a configuration.`,
      { verb, option: 'config', value: shown(config), allowed: 'a name' },
      'Leave it out where there is one.',
    )
  }
  const { classes, ...form } = columns(verb, given)
  const chosen = config === undefined ? {} : { config }
  return dataSet({ name: 'hub', options: { repository, classes, ...chosen, ...form } }, classes as C, shapeOf(form))
}

/** `owner/name`, of letters, digits and `-_.`, so that it cannot be a path out of a folder. */
export const isRepository = (text: unknown): text is string =>
  typeof text === 'string' && /^[A-Za-z0-9][\w.-]{0,95}\/[A-Za-z0-9][\w.-]{0,95}$/.test(text)

type Given = { readonly [option: string]: unknown }

/** By default it has the name of the option. */
function columnNamed(verb: string, option: 'image' | 'label', given: unknown): string {
  const value = given ?? option
  if (typeof value === 'string' && value !== '') return value
  throw problem(
    `${verb} needs the name of a column.`,
    { verb, option, value: shown(value), allowed: 'a name' },
    'Leave it out for the default.',
  )
}

const columns = (verb: string, given: Given) => ({
  ...pictures(verb, given),
  image: columnNamed(verb, 'image', given.image),
  label: columnNamed(verb, 'label', given.label),
})

/** From the result of `pictures`. */
const shapeOf = ({ size, channels }: { readonly [option: string]: Json }): ImageShape => {
  const [height, width] = size as [number, number]
  return [height, width, channels as number]
}

const pictures = (verb: string, given: Given): { readonly classes: number; readonly [option: string]: Json } => {
  const { size, channels = 3, fit = 'cover' } = given
  const sides = Array.isArray(size) && size.length === 2 ? (size as readonly unknown[]) : []
  const wanted = (side: unknown): boolean => Number.isInteger(side) && Number(side) >= 1 && Number(side) <= 4096
  if (sides.length === 0 || !sides.every(wanted))
    throw problem(
      `${verb} needs the size of its pictures.`,
      { verb, option: 'size', value: shown(size), allowed: '[height, width], each a whole number from 1 to 4096' },
      'For example size: [32, 32].',
    )
  const colours = oneOf(verb, 'channels', channels, [1, 3])
  return {
    classes: inRange(verb, 'classes', given.classes, ranges.count),
    size: sides as readonly number[],
    channels: colours,
    fit: oneOf(verb, 'fit', fit, ['cover', 'fill']),
    ...splitRule(verb, given, { validation: 0.1, test: 0.1, by: 'class' }),
    ...normalizeOption(verb, given.normalize, colours),
  }
}
