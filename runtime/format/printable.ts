/** Text from outside as it may be printed: labels, names of files and metrics, messages of errors, rows of another's store. */

/**
 * What a terminal would obey or nobody could see: controls, line ends, halves of characters, and all that Unicode calls ignorable, where the
 * signs that turn the direction of writing and those of no width are. Selectors of a variant stay, joiners where they join: in emoji and in
 * scripts that need them.
 */
const unprintable = new RegExp(
  [
    String.raw`(?!\u200c|\u200d|[\ufe00-\ufe0f])[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]`,
    String.raw`(?<![^\p{ASCII}\p{Script=Latin}])(\u200c|\u200d)`,
    String.raw`(\u200c|\u200d)(?![^\p{ASCII}\p{Script=Latin}])`,
  ].join('|'),
  'gu',
)

const plain = /^[ -~]*$/

/** One line: a tab is four spaces, and each sign that is not to be printed is �. */
export const printable = (text: string): string => (plain.test(text) ? text : text.replaceAll('\t', '    ').replaceAll(unprintable, '�'))

/** A text of JSON, in which they are escaped: it means the same. Only what is not plain is looked at, as such texts may be megabytes. */
export const escaped = (json: string): string =>
  json.replaceAll(/[^\n -~]+/g, (signs) => signs.replaceAll(unprintable, (sign) => sign.split('').map(unit).join('')))

const unit = (half: string): string => `\\u${half.charCodeAt(0).toString(16).padStart(4, '0')}`
