/** Makes external text safe to print: labels, names of files and metrics, error messages, data from shared stores. */

/**
 * Control characters, line separators, lone surrogates and Unicode's default ignorable code points, which include bidirectional controls
 * and zero-width characters. Variation selectors are kept, and joiners where they have an effect: in emoji and in scripts that need
 * them.
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

/** A single line: tabs become four spaces, unprintable characters become �. */
export const printable = (text: string): string => (plain.test(text) ? text : text.replaceAll('\t', '    ').replaceAll(unprintable, '�'))

/** Escapes unprintable characters in JSON without changing its meaning. Skips ranges of plain ASCII, since JSON may be megabytes long. */
export const escaped = (json: string): string =>
  json.replaceAll(/[^\n -~]+/g, (signs) => signs.replaceAll(unprintable, (sign) => sign.split('').map(unit).join('')))

const unit = (half: string): string => `\\u${half.charCodeAt(0).toString(16).padStart(4, '0')}`
